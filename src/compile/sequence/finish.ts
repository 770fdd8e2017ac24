/** After traffic has moved: blue is stopped and removed, what is left over is swept, the release is recorded. */
import { auditLine, whatOf } from '../../model/audit.ts';
import { canonicalJson } from '../../model/digest.ts';
import { HOME_FOLDER, shortName } from '../../model/labels.ts';
import type { ReleaseRecord } from '../../model/observed.ts';
import type { RunCommand, Step } from '../../model/plan.ts';
import { inOrder, line } from '../../model/quote.ts';
import { bodyFile, recordFile } from '../../model/release.ts';
import { type Context, homeOf } from '../context.ts';
import { ownNetworks } from '../desire/networks.ts';
import { type Existing, hostUp } from '../desire/world.ts';
import { removeLine, stopLine } from '../docker.ts';
import { warmRecord } from './bake.ts';
import { run, step } from './step.ts';

/** Stops a blue replica within its grace. `back` makes a failure start it again. */
export function stopStep(
  context: Context,
  { container, host }: Existing,
  needs: readonly string[],
  back: boolean,
): Step {
  const graceMs = graceOf(context, container.service);
  return step(
    `stop ${shortName(container.name)}@${host}`,
    host,
    { kind: 'stop', service: container.service, replica: container.name },
    back ? 'its successor needs its place' : 'no router sends it traffic any more',
    {
      needs,
      commands: [run(stopLine(container.name, graceMs), { timeoutMs: graceMs + 60_000 })],
      undo: back ? [run(`${line('docker', 'start', container.name)} >/dev/null`)] : [],
    },
  );
}

/** Removes a stopped replica. */
export function removeStep({ container, host }: Existing, needs: readonly string[]): Step {
  return step(
    `remove ${shortName(container.name)}@${host}`,
    host,
    { kind: 'remove', service: container.service, replica: container.name },
    'the new release serves',
    {
      needs,
      commands: [run(removeLine(container.name))],
    },
  );
}

/** Stops and removes a container that serves nobody. A job that still runs is waited for: two never run at once. */
export function sweepStep(context: Context, { container, host }: Existing, needs: readonly string[]): Step {
  const end =
    container.kind === 'job'
      ? `${line('docker', 'wait', container.name)} >/dev/null 2>&1; ${removeLine(container.name)}`
      : `${stopLine(container.name, graceOf(context, container.service))}; ${removeLine(container.name)}`;
  return step(
    `sweep ${shortName(container.name)}@${host}`,
    host,
    { kind: 'sweep', what: shortName(container.name) },
    'left over: nobody uses it',
    {
      needs,
      commands: [run(end, { timeoutMs: 30 * 60_000 })],
    },
  );
}

/**
 * Removes the networks that no service has any more, wherever they are. Not in a deploy of some services only: others
 * may still be in the networks that they had before.
 */
export function networkSweeps({ world, sites, app, desired, isPartial }: Context, needs: readonly string[]): Step[] {
  if (isPartial) return [];
  const declared = new Set(desired.map(({ network }) => network));
  const networksOn = ownNetworks(app, world.observed);
  return sites.flatMap(({ host }) =>
    networksOn(host.name)
      .filter((name) => !declared.has(name))
      .map((name) =>
        step(`sweep ${name}@${host.name}`, host.name, { kind: 'sweep', what: name }, 'no service has it any more', {
          needs,
          commands: [
            run(
              `${line('docker', 'network', 'rm', name)} >/dev/null 2>&1 || ! ${line('docker', 'network', 'inspect', name)} >/dev/null 2>&1`,
            ),
          ],
        }),
      ),
  );
}

/**
 * Keepers that have no record of the release that stays, or another one: a run was cut off there, the host is new, or it
 * was written anew while a keeper that had it was silent. Times differ by the clocks of keepers.
 */
function forgetfulKeepers({ world, app, keepers, recorded }: Context): string[] {
  const wanted = recorded === undefined ? undefined : canonicalJson({ ...recorded, at: 0 });
  return keepers
    .map(({ name }) => name)
    .filter((name) => {
      const records = hostUp(world.observed, name)?.releases[app] ?? [];
      return !records.some((one) => one.release === recorded?.release && canonicalJson({ ...one, at: 0 }) === wanted);
    });
}

/** Keepers that must write a record: all of them for a new release or other numbers of replicas, else who lacks it. */
export function recordDue(context: Context): string[] {
  if (context.isNew || isRevised(context)) return context.keepers.map(({ name }) => name);
  return forgetfulKeepers(context);
}

/** True when the same release is recorded in another way: other numbers of replicas, or its playbook for the first time. */
function isRevised({ recorded, replicas, scaled, body }: Context): boolean {
  if (recorded === undefined) return false;
  if (recorded.body === undefined && body !== undefined) return true;
  const [before, now] = [
    [recorded.replicas ?? {}, recorded.scaled ?? {}],
    [replicas, scaled],
  ];
  return canonicalJson(before) !== canonicalJson(now);
}

/** Appends the release and a line of the audit log on every keeper. */
export function recordSteps(context: Context, needs: readonly string[]): Step[] {
  const due = new Set(recordDue(context));
  const text = releaseText(context);
  return context.keepers.map(({ name }) => {
    const folder = `${homeOf(context.world, name)}/${HOME_FOLDER}/${context.app}`;
    const releases = `${folder}/releases`;
    const bodyLine = writeLine(`${releases}/${bodyFile(context.release)}`);
    const body = context.body === undefined ? [] : [run(bodyLine, { stdin: { kind: 'body' } })];
    const recordLine = writeLine(`${releases}/${recordFile(context.release)}`);
    const record = [...body, run(recordLine, { stdin: { kind: 'stamped', text } })];
    return step(
      `record release ${context.release}@${name}`,
      name,
      { kind: 'record', release: context.release },
      due.has(name) && !context.isNew ? recordReason(context) : 'kept on every edge host',
      {
        needs,
        commands: [...(due.has(name) ? record : []), auditCommand(context)],
      },
    );
  });
}

function recordReason(context: Context): string {
  if (context.isRebuilt) return 'rebuilt from containers: no keeper has a record of it that can be read';
  return isRevised(context) ? 'kept on every edge host' : 'this keeper had no record of it that can be read';
}

/** Written beside its place and moved there, so that who reads it never sees half of it. */
export function writeLine(file: string): string {
  const folder = file.slice(0, file.lastIndexOf('/'));
  return inOrder(line('mkdir', '-p', folder), `cat > ${line(`${file}.new`)}`, line('mv', '-f', `${file}.new`, file));
}

/** Appends a line to the audit log of a keeper; id, time and who are filled in while executing. */
export function auditCommand({ app, intent, release, previous }: AuditContext): RunCommand {
  const detail = intent.kind === 'scale' ? intent.watcher?.because : undefined;
  const what = whatOf({ intent, release, previous });
  const rest = { app, what, release, previous, result: 'done', ...(detail === undefined ? {} : { detail }) };
  const text = `{"id":"@RUN@","at":@AT@,"by":"@BY@","plan":"@PLAN@",${JSON.stringify(rest).slice(1)}\n`;
  return run(auditLine(app), { stdin: { kind: 'stamped', text } });
}

type AuditContext = Pick<Context, 'app' | 'intent' | 'release' | 'previous'>;

/** A release that is recorded again keeps its time and who made it; where nothing about it is new, every word. */
function releaseText(context: Context): string {
  const { recorded, isNew, isRebuilt } = context;
  const isKept = !isNew && !isRebuilt && !isRevised(context);
  if (recorded !== undefined && isKept) return `${JSON.stringify(recorded)}\n`;
  const specs = Object.fromEntries(context.desired.map(({ service, spec }) => [service.name, spec]));
  const images = Object.fromEntries(
    context.desired.map(({ service, facts }) => [
      service.name,
      facts?.digest === undefined ? { image: service.image } : { image: service.image, digest: facts.digest },
    ]),
  );
  const parts = Object.fromEntries(context.desired.map((one) => [one.service.name, one.parts]));
  const { app, release, replicas, scaled, body } = context;
  const rest = {
    ...{ app, release, planDigest: '@PLAN@', specs, images, parts },
    ...(Object.keys(replicas).length === 0 ? {} : { replicas }),
    ...(Object.keys(scaled).length === 0 ? {} : { scaled }),
    ...historyOf(context),
    ...(body === undefined ? {} : { body }),
  };
  if (isNew || recorded === undefined) return `{"at":@AT@,"by":"@BY@",${JSON.stringify(rest).slice(1)}\n`;
  // A record that is lost may turn up on a keeper that is silent now; that one is the better one.
  const revision = isRebuilt ? 0 : (recorded.revision ?? 0) + (isRevised(context) ? 1 : 0);
  const { at, by, planDigest } = recorded;
  return `${JSON.stringify({ at, by, ...rest, planDigest, ...(revision === 0 ? {} : { revision }) })}\n`;
}

/** What a record that is written again keeps, and what a new one begins with. */
function historyOf(context: Context): Pick<ReleaseRecord, 'rollback' | 'warm'> {
  const { intent, isNew, recorded, previous } = context;
  const back = intent.kind === 'rollback' ? { rollback: { from: previous, to: intent.to } } : {};
  if (isNew) return { ...back, ...warmRecord(context) };
  const { rollback, warm } = recorded ?? {};
  return { ...(rollback === undefined ? {} : { rollback }), ...(warm === undefined ? {} : { warm }) };
}

/** The grace of the service as it is declared now; Docker's own default when it is gone from the playbook. */
function graceOf(context: Context, service: string): number {
  const declared = context.world.playbook.services.find(({ name }) => name === service);
  return declared?.container.stopGraceMs ?? 10_000;
}
