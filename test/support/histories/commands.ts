/** What people ask for: each command on the one way, with the fate that the history has for it. */
import { lastRecord, type Question } from '../../../src/compile/index.ts';
import type { HostMark } from '../../../src/model/mark.ts';
import type { Intent } from '../../../src/model/plan.ts';
import { recordsOf } from '../../../src/recorded.ts';
import { act, type End } from './acting.ts';
import type { Happening } from './history.ts';
import { bodyOf, questionOf } from './on-record.ts';
import { APP, type Stage } from './stage.ts';

/** Who is killed holds the lease for so long. */
const LEASE_MS = 30_000;

/** Gives the command and tells it. False for what is no command. */
export function command(stage: Stage, happening: Happening): boolean {
  const { kind, a, b } = happening;
  switch (kind) {
    case 'deploy':
      deploy(stage, happening);
      return true;
    case 'deploy of one service':
      deployOne(stage, happening);
      return true;
    case 'scale':
      scale(stage, happening);
      return true;
    case 'rollback':
      rollback(stage, happening);
      return true;
    case 'drain':
      mark(stage, 'drained', hostOf(stage, a));
      change(stage, happening, { kind: 'drain', host: hostOf(stage, a) });
      return true;
    case 'cordon':
      mark(stage, 'cordoned', hostOf(stage, a));
      return true;
    case 'uncordon':
      uncordon(stage);
      return true;
    case 'rebalance':
      change(stage, happening, { kind: 'rebalance', maxMoves: 1 + (b % 3) });
      return true;
    default:
      return false;
  }
}

/** Deploys a version as it is in the files. */
export function deploy(stage: Stage, happening: Pick<Happening, 'a' | 'doom'>): End {
  stage.version = happening.a % stage.versions.length;
  return give(stage, happening, { what: `deploy version ${stage.version}`, question: stage.deploy(stage.version) });
}

function deployOne(stage: Stage, happening: Happening): void {
  const { a, b } = happening;
  const version = a % stage.versions.length;
  const services = stage.versions[version]?.services.filter(({ job }) => job === undefined) ?? [];
  const name = services[b % Math.max(1, services.length)]?.name ?? '';
  const looked = stage.looked();
  const record = lastRecord(APP, looked.observed);
  const base = record?.body === undefined ? undefined : bodyOf(looked, record);
  const question = { ...stage.deploy(version, [name]), ...(base === undefined ? {} : { base }) };
  give(stage, happening, { what: `deploy ${name} of version ${version}`, question });
}

function scale(stage: Stage, happening: Happening): void {
  const looked = stage.looked();
  const record = lastRecord(APP, looked.observed);
  const body = record === undefined ? undefined : bodyOf(looked, record);
  const services = body?.playbook.services.filter(({ mode, job, mounts }) => {
    return mode === 'replicated' && job === undefined && mounts.length === 0;
  });
  const name = services?.[happening.a % Math.max(1, services.length)]?.name;
  if (name === undefined) stage.tell('  nothing can be scaled');
  else change(stage, happening, { kind: 'scale', replicas: { [name]: 1 + (happening.b % 4) } });
}

function rollback(stage: Stage, happening: Happening): void {
  const records = recordsOf(APP, stage.looked().observed).slice(0, -1);
  const to = records[happening.a % Math.max(1, records.length)]?.release;
  if (to === undefined) stage.tell('  there is nothing to go back to');
  else change(stage, happening, { kind: 'rollback', to });
}

function change(stage: Stage, happening: Happening, intent: Intent): void {
  const question = questionOf(stage.looked(), intent);
  const what = JSON.stringify(intent);
  if (question === undefined) stage.tell(`  ${what}: nothing is on record`);
  else give(stage, happening, { what, question });
}

function give(
  stage: Stage,
  { doom }: Pick<Happening, 'doom'>,
  { what, question }: { readonly what: string; readonly question: Question },
): End {
  const end = act(question, stage.fleet, stage.doomed(doom));
  stage.ended(what, end);
  if (end.kind === 'killed') stage.fleet.pass(LEASE_MS);
  return end;
}

function hostOf({ inventory }: Stage, number: number): string {
  return inventory.hosts[number % inventory.hosts.length]?.name ?? '';
}

/** Takes all marks away. */
export function uncordon(stage: Stage): void {
  for (const { name } of stage.inventory.hosts) mark(stage, 'none', name);
}

/** Written on every keeper that answers. */
function mark(stage: Stage, kind: HostMark['kind'], host: string): void {
  const { fleet, keepers } = stage;
  const one: HostMark = { kind, at: fleet.now, by: 'ann@laptop', why: '' };
  for (const keeper of keepers) {
    const machine = fleet.machine(keeper);
    if (machine.isSilent) continue;
    const marks = { ...machine.report.marks, [host]: one };
    fleet.machines.set(keeper, { ...machine, report: { ...machine.report, marks } });
  }
  fleet.changes++;
  fleet.now++;
  stage.tell(`  ${host} is marked ${kind}`);
}
