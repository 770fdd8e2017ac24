/** The cutover: lay new files on every router and edge and test them there, switch all, see it answer, drain, take back. */
import { statusAddress } from '../../model/inventory.ts';
import { LARGE_MARK } from '../../model/labels.ts';
import type { Command, ProbeTarget, RunCommand, Step } from '../../model/plan.ts';
import { inOrder, line } from '../../model/quote.ts';
import type { Context, Site } from '../context.ts';
import type { Generation } from '../nginx/generation.ts';
import { routerFolder } from '../nginx/main.ts';
import { pairwise } from '../pairwise.ts';
import type { Moment, Switch } from './moments.ts';
import { EXPLAIN_ROUTER, gate, idsOf, run, step, united } from './step.ts';

/** Steps of one cutover by what they are, each list one step per host. */
export interface CutoverSteps {
  readonly lay: readonly Step[];
  readonly switches: readonly Step[];
  readonly confirm: readonly Step[];
  /** What stands between them: all hosts may switch; all have switched. Empty when no host switches. */
  readonly gates: readonly Step[];
  /** Ids to wait for when every host must have switched. */
  readonly switched: readonly string[];
}

/** No host switches. */
export const NO_CUTOVER: CutoverSteps = { lay: [], switches: [], confirm: [], gates: [], switched: [] };

/** Lays, switches and confirms. `ready` are the steps that must be done before any host switches. */
export function cutoverSteps(
  context: Context,
  moment: Moment,
  label: string,
  ready: readonly string[],
  laid: readonly string[],
): CutoverSteps {
  const commandsOf = commandsIn(context);
  const cuts = moment.switches.map((one): Cut => ({ ...one, commands: commandsOf(one) }));
  const lay = cuts.map((cut) => layStep(cut, label, laid));
  const keeper = context.keepers[0]?.name ?? '';
  const go = gate(`ready ${label}`, keeper, 'every host is ready to switch', united(ready, idsOf(lay)));
  const switches = cuts.map((cut) => switchStep(cut, label, [go.id]));
  const confirm = cuts.map((cut, index) => confirmStep(cut, label, switches[index]?.id ?? ''));
  const done = gate(`switched ${label}`, keeper, 'every host has switched', idsOf(confirm));
  return { lay, switches, confirm, gates: [go, done], switched: [done.id] };
}

/** Waits on one host until no old worker is left, then drops generations that nobody needs any more. */
export function drainStep(
  context: Context,
  { host, report }: Site,
  label: string,
  needs: readonly string[],
  keep: readonly string[],
): Step {
  const wait = drainLine(context, report.home);
  const text = keep.length === 0 ? wait : inOrder(wait, tidyLine(context, report, keep));
  return step(
    `drain ${label}@${host.name}`,
    host.name,
    { kind: 'drain' },
    'blue stops only when no old worker is left',
    { needs, commands: [run(text, { timeoutMs: drainMs(context) + 10_000 })] },
  );
}

/** Drops generations that nobody needs any more, where nobody stops and so nobody need wait for old workers. */
export function tidyStep(
  context: Context,
  { host, report }: Site,
  needs: readonly string[],
  keep: readonly string[],
): Step {
  const what = 'old router files';
  return step(`tidy@${host.name}`, host.name, { kind: 'sweep', what }, 'no nginx reads them any more', {
    needs,
    commands: [run(tidyLine(context, report, keep))],
  });
}

function tidyLine({ app }: Context, { home }: Site['report'], keep: readonly string[]): string {
  const others = keep.map((id) => `! -name ${app}.${id}`).join(' ');
  const generations = line(`${routerFolder(home)}/generations`);
  return `find ${generations} -maxdepth 1 -name ${line(`${app}.*`)} ${others} -exec rm -rf {} +`;
}

/** What a host runs at its cutover. */
interface CutCommands {
  readonly lay: readonly Command[];
  readonly go: readonly Command[];
  readonly back: readonly Command[];
  readonly confirm: readonly Command[];
}

interface Cut extends Switch {
  readonly commands: CutCommands;
}

/** Made once for all hosts that change the same files in the same folder. */
function commandsIn(context: Context): (one: Switch) => CutCommands {
  const isSame = pairwise(isSameStream);
  const made = pairwise((next: Generation, before: Switch['before']) =>
    pairwise((home: string, kinds: Kinds): CutCommands => {
      const back = before === undefined ? `rm -f ${line(`current/${context.app}`)}` : pointAt(context.app, before.id);
      const enter = line('cd', routerFolder(home));
      return {
        lay: [layCommand(context.app, home, { next, before })],
        go: [run(inOrder(enter, pointAt(context.app, next.id), reload(kinds)))],
        back: [
          run(inOrder(enter, back, reload(kinds), drainLine(context, home)), { timeoutMs: drainMs(context) + 30_000 }),
        ],
        confirm: [confirmCommand(context, next)],
      };
    }),
  );
  return (one) => made(one.next, one.before)(one.site.report.home, changedKinds(context, one, isSame));
}

function layStep({ site, next, commands }: Cut, label: string, needs: readonly string[]): Step {
  return step(
    `lay ${label}@${site.host.name}`,
    site.host.name,
    { kind: 'lay', generation: next.id },
    'tested beside the live files before anything switches',
    { needs, commands: commands.lay },
  );
}

function switchStep({ site, next, before, commands }: Cut, label: string, needs: readonly string[]): Step {
  return step(
    `switch ${label}@${site.host.name}`,
    site.host.name,
    { kind: 'switch', generation: next.id },
    before === undefined ? 'first files of this app here' : `from generation ${before.id}`,
    { needs, commands: commands.go, undo: commands.back, diagnose: EXPLAIN_ROUTER },
  );
}

function confirmStep({ site, next, commands }: Cut, label: string, switched: string): Step {
  return step(
    `confirm ${label}@${site.host.name}`,
    site.host.name,
    { kind: 'confirm', generation: next.id },
    'the switch counts when the router says so',
    { needs: [switched], commands: commands.confirm },
  );
}

/** Unpacks beside the place, tests, and moves there what nothing leads to yet. */
function layCommand(app: string, home: string, { next, before }: Pick<Switch, 'next' | 'before'>): RunCommand {
  const target = `generations/${app}.${next.id}`;
  const isLarge = next.entries.some(({ path }) => path === LARGE_MARK);
  const lines = inOrder(
    line('cd', routerFolder(home)),
    line('rm', '-rf', `${target}.new`),
    line('mkdir', '-p', 'current', `${target}.new`),
    line('tar', isLarge ? '-xzf' : '-xf', '-', '-C', `${target}.new`, '--no-same-owner'),
    ...(next.id === before?.id ? [keepEdited(app, next.id)] : []),
    // One of that name may lie there from an earlier time, or changed by hand.
    `{ [ ! -d ${line(target)} ] || { ${inOrder(line('rm', '-rf', `${target}.old`), line('mv', target, `${target}.old`))}; }; }`,
    line('mv', `${target}.new`, target),
    line('rm', '-rf', `${target}.old`),
    trial(app, next.id),
  );
  return run(lines, { stdin: { kind: 'archive', entries: next.entries, ...(isLarge ? { gzip: true } : {}) } });
}

/**
 * Live files that were changed by hand stay live under another name until the switch: with right files that no nginx has
 * read, a run that is cut off here would look as if it had been done.
 */
function keepEdited(app: string, id: string): string {
  const target = `generations/${app}.${id}`;
  const isLive = `[ "$(${line('readlink', `current/${app}`)})" = ${line(`../${target}`)} ]`;
  const aside = inOrder(
    line('rm', '-rf', `${target}.edited`),
    line('cp', '-a', target, `${target}.edited`),
    pointAt(app, `${id}.edited`),
  );
  return `if ${isLive}; then ${aside}; fi`;
}

/** Tests the new files together with the other apps' live ones, in the router's own container. */
function trial(app: string, id: string): string {
  const name = `trial.${app}`;
  const conf = (kind: string): string =>
    `sed ${line(`s#/etc/nginx/fleet/current/#/etc/nginx/fleet/${name}/#`)} ${kind}.conf > ${line(`${name}.${kind}.conf`)}`;
  const test = (kind: string): string => line('nginx', '-t', '-q', '-c', `/etc/nginx/fleet/${name}.${kind}.conf`);
  return inOrder(
    line('rm', '-rf', name),
    line('mkdir', name),
    `{ for link in current/*; do [ -h "$link" ] && cp -P "$link" ${line(name)}/; done; true; }`,
    line('ln', '-sfn', `../generations/${app}.${id}`, `${name}/${app}`),
    conf('http'),
    conf('stream'),
    line('docker', 'exec', 'fleet-router', 'sh', '-c', inOrder(test('http'), test('stream'))),
    line('rm', '-rf', name, `${name}.http.conf`, `${name}.stream.conf`),
  );
}

function confirmCommand({ app, world }: Context, next: Generation): Command {
  const http = { path: `/generation/${app}`, tls: false, status: [200, 200] as const, body: next.id };
  const address = statusAddress(world.inventory);
  const target: ProbeTarget = { name: `generation ${next.id}`, address, port: 80, http };
  return {
    kind: 'probe',
    targets: [target],
    attemptMs: 2000,
    intervalMs: 100,
    timeoutMs: 10_000,
    monitorMs: 0,
    maxFailureRatio: 0,
  };
}

/** nginx masters by what they serve. */
type Kinds = readonly ('http' | 'stream')[];

const HTTP: Kinds = ['http'];
const BOTH: Kinds = ['http', 'stream'];

/**
 * Which nginx masters have to reload: HTTP always (it answers the generation), TCP/UDP only when its file changed, or may
 * have: nginx may go by files to which no link leads, or by what a file said before somebody emptied it.
 */
function changedKinds({ app }: Context, { site, next, before }: Switch, isSame: typeof isSameStream): Kinds {
  if (before === undefined && site.report.router.unlinked?.[app] !== undefined) return BOTH;
  return isSame(before, next) ? HTTP : BOTH;
}

/** But for the first line, which names the generation; a file that was emptied is another one. */
function isSameStream(before: Switch['before'], { stream }: Switch['next']): boolean {
  const [head, is] = parted(before?.stream ?? '\n');
  const isEmptied = before !== undefined && head === '';
  return is === parted(stream)[1] && !isEmptied;
}

/** The first line of a file, which names its generation, and all else. */
function parted(text: string): [head: string, body: string] {
  const end = text.indexOf('\n');
  return end < 0 ? [text, ''] : [text.slice(0, end), text.slice(end + 1)];
}

function pointAt(app: string, id: string): string {
  return inOrder(
    line('ln', '-sfn', `../generations/${app}.${id}`, `.next.${app}`),
    line('mv', '-fT', `.next.${app}`, `current/${app}`),
  );
}

/** Both masters at once: each waits a tenth of a second for its new workers, and hosts wait for each other. */
function reload(kinds: Kinds): string {
  const [first, second] = kinds.map((kind) => line('sh', 'reload.sh', kind));
  if (first === undefined || second === undefined) return first ?? ':';
  return `{ ${first} & first=$!; ${second}; second=$?; wait $first && [ $second = 0 ]; }`;
}

function drainLine({ world }: Context, home: string): string {
  return line(
    'sh',
    `${routerFolder(home)}/drain.sh`,
    String(Math.ceil(world.inventory.network.shutdownTimeoutMs / 1000) + 5),
  );
}

function drainMs({ world }: Context): number {
  return world.inventory.network.shutdownTimeoutMs + 5000;
}
