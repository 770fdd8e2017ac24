/** What a watcher sees at one moment, and how it is read. */
import type { Container, HostState, HostUp, Observed } from '../../model/observed.ts';
import { isRemoval, newestRecords } from '../../model/release.ts';
import type { Pulse, Reach } from '../../model/watch.ts';

/** One moment as a watcher sees it. */
export interface Sight {
  /** Epoch milliseconds by the watcher's clock. */
  readonly now: number;
  /** What came before it proves nothing: the watcher stood still or was cut off until then. Absent: never. */
  readonly countsFrom?: number;
  /** When the last full look was made; the same look may be judged several times. */
  readonly lookedAt: number;
  /** Every host of the inventory. */
  readonly pulses: Readonly<Record<string, Pulse>>;
  /** As the last full look had it. A silent host has what it reported `before`. */
  readonly observed: Observed['hosts'];
  /** Of hosts that are not up; one that is not named answers nobody. */
  readonly reaches: readonly Reach[];
  /** "HOST/NAME" of running containers that left several questions in a row unanswered. */
  readonly hung: readonly string[];
  /** The apps that are watched. */
  readonly apps: readonly string[];
}

/** A replica and the host that reported it. */
export interface Sighted {
  readonly host: string;
  readonly container: Container;
  /** "HOST/NAME" */
  readonly key: string;
}

/** "APP/SERVICE.SLOT" */
export function slotName({ app, service, slot }: Pick<Container, 'app' | 'service' | 'slot'>): string {
  return `${app}/${service}.${slot}`;
}

/** How a host stands by one report: for rounds that have no open connections. */
export function pulseOf(state: HostState): Pulse {
  if (state.reachable) return { kind: 'up' };
  const { code, message } = state;
  return { kind: code === 'E_HOST_DOCKER' ? 'no-docker' : 'silent', code, message };
}

/** Names of hosts that stand so, sorted. */
export function hostsThatAre(kind: Pulse['kind'], { pulses }: Pick<Sight, 'pulses'>): string[] {
  return Object.keys(pulses)
    .filter((host) => pulses[host]?.kind === kind)
    .sort();
}

/** What the host reported last, however long ago that was. */
function lastReportOf(host: string, { observed }: Pick<Sight, 'observed'>): HostUp | undefined {
  const state = observed[host];
  return state?.reachable === false ? state.before : state;
}

/** Replicas of watched apps on hosts that are up now and were in the last look, sorted by key. */
export function sightedReplicas(sight: Sight): Sighted[] {
  return hostsThatAre('up', sight).flatMap((host) => {
    const state = sight.observed[host];
    return state?.reachable === true ? replicasOn(host, state, sight) : [];
  });
}

/** Replicas of watched apps that the host reported last, sorted by key. */
export function lastReplicasOf(host: string, sight: Sight): Sighted[] {
  const report = lastReportOf(host, sight);
  return report === undefined ? [] : replicasOn(host, report, sight);
}

function replicasOn(host: string, { containers }: HostUp, { apps }: Sight): Sighted[] {
  return containers
    .filter(({ kind, app }) => kind === 'replica' && apps.includes(app))
    .map((container) => ({ host, container, key: `${host}/${container.name}` }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** All apps that any host runs, routes or has releases of, sorted; none of which only the removal is on record. */
export function appsOn(observed: Observed['hosts']): string[] {
  const names = Object.keys(observed).flatMap((host) => {
    const report = lastReportOf(host, { observed });
    if (report === undefined) return [];
    const recorded = Object.entries(report.releases).flatMap(([app, releases]) => {
      const newest = newestRecords(releases).at(-1);
      return newest === undefined || isRemoval(newest) ? [] : [app];
    });
    return [...report.containers.map(({ app }) => app), ...Object.keys(report.router.apps), ...recorded];
  });
  return [...new Set(names)].sort();
}
