/** The status of an app: its hosts, its services, its release, and what drifted from the playbook. */
import type { HostState } from '../../model/observed.ts';
import type { Plan } from '../../model/plan.ts';
import { compareText } from '../plan/facts.ts';
import type { HostRow } from './hosts.ts';
import { type ReplicaRow, replicasOf } from './replicas.ts';

/** A service as `status --json` has it. */
export interface ServiceStatus {
  readonly app: string;
  readonly name: string;
  /** As the playbook or the newest container writes it. */
  readonly image: string;
  /** Replicas that the playbook asks for; without a playbook, as many as there are containers. */
  readonly desired: number;
  readonly running: number;
  /** Running and not known to be unhealthy or still starting. */
  readonly healthy: number;
  /** "" when it has none. */
  readonly vip: string;
  readonly replicas: readonly ReplicaRow[];
}

/** One thing that a deploy of the playbook at hand would change. */
interface Drift {
  readonly service: string;
  readonly message: string;
}

/** `fleet status`. */
export interface Status {
  readonly fleet: string;
  /** Apps that are shown, sorted. */
  readonly apps: readonly string[];
  /** The newest recorded release; 0 when none is recorded; of the first app when several are shown. */
  readonly release: number;
  readonly hosts: readonly HostRow[];
  readonly services: readonly ServiceStatus[];
  /** Absent when no playbook was at hand to compare with. */
  readonly drift?: readonly Drift[];
}

/** What the status is made of. */
export interface StatusInput {
  readonly fleet: string;
  readonly hosts: readonly HostRow[];
  readonly observed: Readonly<Record<string, HostState>>;
  /** The app of the playbook; absent: all apps on the hosts. */
  readonly app?: string;
  /** The plan that a deploy of the playbook would make now. */
  readonly plan?: Plan;
  /** Why there is no plan though a playbook is at hand. */
  readonly problems?: readonly string[];
}

/** The status as a value: plain JSON, sorted by name. */
export function statusOf(input: StatusInput): Status {
  const replicas = replicasOf(input.observed, input.app);
  const planned = (input.plan?.services ?? []).filter((service) => service.replicas > 0);
  const app = input.plan?.app ?? input.app ?? '';
  const keys = new Map<string, readonly [app: string, service: string]>();
  for (const replica of replicas) keys.set(`${replica.app} ${replica.service}`, [replica.app, replica.service]);
  for (const service of planned) keys.set(`${app} ${service.service}`, [app, service.service]);
  const services = [...keys]
    .sort(([left], [right]) => compareText(left, right))
    .map(([, [owner, name]]) => serviceStatus(owner, name, replicas, input));
  const apps = [...new Set(services.map((service) => service.app))].sort(compareText);
  return {
    fleet: input.fleet,
    apps,
    release: newestRelease(input.observed, input.app ?? apps[0] ?? ''),
    hosts: input.hosts,
    services,
    ...driftPart(input),
  };
}

/** What carrying out the plan would change, as sentences. Empty: everything is as the playbook says. */
function driftOf(plan: Plan): Drift[] {
  const drifts = plan.services
    .filter((service) => service.change !== 'none')
    .map((service) => ({
      service: service.service,
      message: `${verbOf(service.change)}: ${service.reasons.join(', ')}`.replace(/: $/, ''),
    }));
  if (drifts.length > 0 || plan.steps.length === 0) return drifts;
  return plan.steps.slice(0, 20).map((step) => ({ service: '', message: `${step.id}: ${step.reason}` }));
}

function driftPart({ plan, problems = [] }: StatusInput): { readonly drift?: readonly Drift[] } {
  if (plan !== undefined) return { drift: driftOf(plan) };
  return problems.length === 0 ? {} : { drift: problems.map((message) => ({ service: '', message })) };
}

function verbOf(change: string): string {
  switch (change) {
    case 'create':
      return 'not there yet';
    case 'remove':
      return 'not in the playbook any more';
    case 'repair':
      return 'to be repaired';
    default:
      return 'to be updated';
  }
}

function serviceStatus(app: string, name: string, all: readonly ReplicaRow[], input: StatusInput): ServiceStatus {
  const replicas = all.filter((replica) => replica.app === app && replica.service === name);
  const planned = input.plan?.app === app ? input.plan.services.find((change) => change.service === name) : undefined;
  const newest = [...replicas].sort((left, right) => right.release - left.release)[0];
  const running = replicas.filter((replica) => replica.state === 'running');
  return {
    app,
    name,
    image: newest?.image ?? planned?.image ?? '',
    desired: planned === undefined ? replicas.length : planned.change === 'remove' ? 0 : planned.replicas,
    running: running.length,
    healthy: running.filter((replica) => replica.health === 'healthy' || replica.health === 'none').length,
    vip: vipOf(input, app, name),
    replicas,
  };
}

function vipOf(input: StatusInput, app: string, service: string): string {
  for (const state of Object.values(input.observed)) {
    const vip = state.reachable ? state.router.apps[app]?.services[service]?.vip : undefined;
    if (vip !== undefined) return vip;
  }
  return (input.plan?.app === app ? input.plan.vips[service] : undefined) ?? '';
}

function newestRelease(observed: Readonly<Record<string, HostState>>, app: string): number {
  const recorded = Object.values(observed).flatMap((state) => (state.reachable ? (state.releases[app] ?? []) : []));
  return Math.max(0, ...recorded.map((record) => record.release));
}
