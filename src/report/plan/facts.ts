/** What a reviewer wants to know of a plan, gathered from its services and steps. */
import { shortName } from '../../model/labels.ts';
import {
  type Action,
  type Intent,
  isOfHosts,
  type Plan,
  type ProbeTarget,
  type RouterChange,
  type ServiceChange,
  type Step,
  type Warning,
} from '../../model/plan.ts';
import { count } from '../units.ts';
import { hostCountWords, hostsWords } from './hosts.ts';

/** Router changes that say the same, with the hosts they happen on. */
export interface SharedChange extends Pick<RouterChange, 'file' | 'before' | 'after'> {
  readonly hosts: readonly string[];
}

/** The short form of the plan's digest, for people. */
export function shortDigest(plan: Plan): string {
  return plan.digest.slice(0, 6);
}

/** "release 6 -> 7", "release 1, the first", "release 6" when none is made. */
export function releaseWords(plan: Plan): string {
  if (plan.intent.kind === 'remove') return `removes release ${plan.previous}`;
  if (isOfHosts(plan.intent)) return hostsWords(plan.intent);
  if (plan.release === plan.previous) {
    if (plan.release === 0) return 'no release yet';
    const what = wishWords(plan.intent);
    return what === '' ? `release ${plan.release}` : `${what}, release ${plan.release}`;
  }
  if (plan.previous === 0) return `release ${plan.release}, the first`;
  const back = plan.intent.kind === 'rollback' ? ` (back to ${plan.intent.to})` : '';
  return `release ${plan.previous} -> ${plan.release}${back}`;
}

/** What is asked for where it is no deploy: "scale web=9", "drain vm3"; else "". */
function wishWords(intent: Intent): string {
  switch (intent.kind) {
    case 'deploy':
      return '';
    case 'remove':
    case 'heal':
    case 'rebalance':
      return intent.kind;
    case 'scale': {
      const counts = Object.entries(intent.replicas).sort(([a], [b]) => compareText(a, b));
      return `scale ${counts.map(([service, replicas]) => `${service}=${replicas}`).join(' ')}`;
    }
    case 'rollback':
      return `rollback to ${intent.to}`;
    case 'drain':
      return `drain ${intent.host}`;
    default:
      return intent satisfies never;
  }
}

/** "6 hosts, 2 edges". */
export function fleetWords(plan: Plan): string {
  return `${count(plan.hosts, 'host')}, ${count(plan.edges, 'edge')}`;
}

/** The steps whose action is of one kind. */
function stepsOf(plan: Plan, kind: Action['kind']): readonly Step[] {
  return plan.steps.filter((step) => step.action.kind === kind);
}

/** Hosts whose nginx is switched, sorted. */
function switchedHosts(plan: Plan): readonly string[] {
  return [...new Set(stepsOf(plan, 'switch').map((step) => step.host))].sort();
}

/** "4 to start", "4 to stop", "1 cutover on 8 nginx": only what is not zero. */
export function countWords(plan: Plan): string[] {
  if (isOfHosts(plan.intent)) return [hostCountWords(plan)];
  const starts = plan.services.reduce((sum, service) => sum + service.starts.length, 0);
  const stops = plan.services.reduce((sum, service) => sum + service.stops.length, 0);
  const switched = switchedHosts(plan).length;
  const cutovers = new Set(stepsOf(plan, 'switch').map((step) => step.id.split('@')[0])).size;
  const pulls = stepsOf(plan, 'pull').length;
  const preparations = stepsOf(plan, 'prepare').length;
  return [
    ...(starts === 0 ? [] : [`${starts} to start`]),
    ...(stops === 0 ? [] : [`${stops} to stop`]),
    ...(switched === 0 ? [] : [`${count(Math.max(1, cutovers), 'cutover')} on ${switched} nginx`]),
    ...(pulls === 0 ? [] : [count(pulls, 'image pull')]),
    ...(preparations === 0 ? [] : [count(preparations, 'preparation')]),
    count(plan.steps.length, 'step'),
  ];
}

/** What is asked of new replicas, by who they are: gathered once for all services of a plan. */
export interface Gates {
  readonly routers: number;
  /** Short name of a replica -> what routers ask it. */
  readonly probes: ReadonlyMap<string, ProbeTarget>;
  /** Services that are healthy by their own health check. */
  readonly ownChecks: ReadonlySet<string>;
}

/** The gates of the plan. */
export function gatesOf(plan: Plan): Gates {
  const probes = new Map<string, ProbeTarget>();
  // Where all routers ask the same it is one list, and in a large fleet each has a share of its own.
  const lists = new Set<readonly ProbeTarget[]>();
  for (const command of stepsOf(plan, 'probe').flatMap((step) => step.commands)) {
    if (command.kind !== 'probe' || lists.has(command.targets)) continue;
    lists.add(command.targets);
    for (const target of command.targets) {
      const name = target.name.split(':')[0] ?? '';
      if (!probes.has(name)) probes.set(name, target);
    }
  }
  const own = stepsOf(plan, 'health').filter((step) => step.reason.includes('own health check'));
  const ownChecks = new Set(own.map(({ action }) => (action.kind === 'health' ? action.service : '')));
  return { routers: switchedHosts(plan).length, probes, ownChecks };
}

/** What must be good before traffic moves: "3 of 3 are healthy on GET /up". Undefined when nothing starts. */
export function gateWords({ probes, ownChecks }: Gates, service: ServiceChange): string | undefined {
  const total = service.starts.length;
  if (total === 0) return undefined;
  const probed = service.starts.map((start) => shortName(start.replica)).find((name) => probes.has(name));
  const target = probed === undefined ? undefined : probes.get(probed);
  const own = ownChecks.has(service.service);
  const healthy = `after ${total} of ${total} ${total === 1 ? 'is' : 'are'} healthy`;
  const ways = [
    ...(own ? [`by ${total === 1 ? 'its' : 'their'} own health check`] : []),
    ...(target === undefined ? [] : [`on ${targetWords(target)}`]),
  ];
  return [healthy, ways.join(' and ')].filter((part) => part !== '').join(' ');
}

/** "GET /up" or "tcp 5432". */
export function targetWords(target: ProbeTarget): string {
  return target.http === undefined ? `tcp ${target.port}` : `GET ${target.http.path}`;
}

/** Router changes with equal texts taken together; sorted by file, then first host. */
export function sharedChanges(plan: Plan): readonly SharedChange[] {
  // Texts are long and many hosts share one: they are looked up as they are, never joined to a key.
  const groups: { change: RouterChange; hosts: string[] }[] = [];
  const known = new Map<string, Map<string, Map<string, string[]>>>();
  for (const change of plan.routers) {
    const byBefore = known.get(change.file) ?? new Map<string, Map<string, string[]>>();
    known.set(change.file, byBefore);
    const byAfter = byBefore.get(change.before) ?? new Map<string, string[]>();
    byBefore.set(change.before, byAfter);
    const hosts = byAfter.get(change.after);
    if (hosts !== undefined) hosts.push(change.host);
    else {
      const group = { change, hosts: [change.host] };
      byAfter.set(change.after, group.hosts);
      groups.push(group);
    }
  }
  return groups
    .map(({ change, hosts }) => ({
      file: change.file,
      before: change.before,
      after: change.after,
      hosts: [...new Set(hosts)].sort(),
    }))
    .filter((change) => change.before !== change.after)
    .sort((left, right) => compareText(left.file, right.file) || compareText(left.hosts.join(), right.hosts.join()));
}

/** Order by code units: the same on every machine, whatever its locale. */
export function compareText(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** True for what a file asks for and means something else on a fleet; all other warnings are about the hosts. */
export function isNote({ code }: Warning): boolean {
  return code.startsWith('N_');
}
