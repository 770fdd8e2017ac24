/** Replicas that run and do not work: which of them are replaced now. Never more than a part of a service at a time. */
import type { Report } from '../../model/report.ts';
import { earlier, entriesOf, type SickService, type Suspect } from './memory.ts';
import { growingPause, type HealSettings } from './settings.ts';
import { hostsThatAre, lastReplicasOf, type Sight, type Sighted, sightedReplicas, slotName } from './sight.ts';

/** A service all of whose replicas stay sick though one was replaced is left alone so long, then longer. */
const FIRST_REST_MS = 10 * 60_000;
const LONGEST_REST_MS = 3_600_000;

/** What is known of sick replicas. */
interface Distrust {
  readonly suspects: Readonly<Record<string, Suspect>>;
  readonly sickServices: Readonly<Record<string, SickService>>;
  /** Those to be replaced, sorted by key. */
  readonly distrusted: readonly Sighted[];
  readonly reports: readonly Report[];
  /** When a suspect or a service has rested. */
  readonly wakeAt?: number;
  /** When another look tells whether a suspect is still sick. */
  readonly lookAt?: number;
}

/** One service and its replicas on hosts that are up. */
interface Ward {
  readonly app: string;
  readonly service: string;
  /** Running ones, sorted by key. */
  readonly running: readonly Sighted[];
  /** Of `running`: sick for long enough, sorted by key. */
  readonly sick: readonly Sighted[];
  /** How many may be replaced at one time. */
  readonly most: number;
  readonly was: SickService | undefined;
}

/** What is decided about one service. */
interface Treatment {
  readonly chosen: readonly Sighted[];
  readonly sickService?: SickService;
  readonly reports: readonly Report[];
}

/** What is known before; in slots that are held nothing may be started, so nothing is replaced either. */
interface Known extends Pick<Distrust, 'suspects' | 'sickServices'> {
  readonly held: readonly string[];
}

/** Judges all replicas. */
export function judgeDistrust(memory: Known, sight: Sight, settings: HealSettings): Distrust {
  const replicas = sightedReplicas(sight);
  const suspects = suspectsNow(memory.suspects, replicas, sight);
  const wards = wardsOf({ replicas, suspects, sickServices: memory.sickServices }, sight, settings);
  const isHeld = ({ container }: Sighted): boolean => memory.held.includes(slotName(container));
  const treatments = wards.map((ward) => ({ ward, ...treat(ward, { suspects, isHeld }, sight) }));
  const distrusted = treatments.flatMap(({ chosen }) => chosen).sort((a, b) => (a.key < b.key ? -1 : 1));
  const keys = new Set(distrusted.map(({ key }) => key));
  const waits = waitsOf({ suspects, treatments, keys }, sight, settings);
  return {
    suspects: entriesOf(
      Object.entries(suspects).map(([key, one]) => [key, { ...one, isDistrusted: one.isDistrusted || keys.has(key) }]),
    ),
    sickServices: entriesOf(treatments.map(({ ward, sickService }) => [nameOf(ward), sickService])),
    distrusted,
    reports: [
      ...distrusted.filter(({ key }) => suspects[key]?.isDistrusted !== true).map((one) => sickReport(one, sight)),
      ...wellReports(memory.suspects, replicas, sight),
      ...treatments.flatMap(({ reports }) => reports),
    ],
    ...waits,
  };
}

function suspectsNow(was: Distrust['suspects'], replicas: readonly Sighted[], sight: Sight): Distrust['suspects'] {
  return entriesOf(
    replicas
      .filter((one) => causeOf(one, sight) !== undefined)
      .map(({ key, container: { app, service } }) => [
        key,
        was[key] ?? { app, service, since: sight.lookedAt, isDistrusted: false, failures: 0 },
      ]),
  );
}

/** Why a replica that runs is not to be trusted; undefined when there is no reason. */
function causeOf({ container, key }: Sighted, { hung }: Sight): 'unhealthy' | 'hung' | undefined {
  if (container.state !== 'running') return undefined;
  if (container.health === 'unhealthy') return 'unhealthy';
  return hung.includes(key) ? 'hung' : undefined;
}

function wardsOf(
  { replicas, suspects, sickServices }: Pick<Distrust, 'suspects' | 'sickServices'> & { replicas: readonly Sighted[] },
  sight: Sight,
  { settleMs, maxPart }: HealSettings,
): Ward[] {
  const absent = [...hostsThatAre('silent', sight), ...hostsThatAre('no-docker', sight)];
  const all = [...replicas, ...absent.flatMap((host) => lastReplicasOf(host, sight))];
  const names = [...new Set(replicas.map(({ container }) => nameOf(container)))].sort();
  return names.flatMap((name) => {
    const own = all.filter(({ container }) => nameOf(container) === name);
    const [first] = own;
    if (first === undefined) return [];
    const running = own.filter((one) => replicas.includes(one) && one.container.state === 'running');
    const isSettled = ({ key }: Sighted): boolean =>
      sight.lookedAt - (suspects[key]?.since ?? sight.lookedAt) >= settleMs && suspects[key] !== undefined;
    const slots = new Set(own.map(({ container }) => container.slot)).size;
    const { app, service } = first.container;
    const most = Math.max(1, Math.floor(slots * maxPart));
    return [{ app, service, running, sick: running.filter(isSettled), most, was: sickServices[name] }];
  });
}

/** Who is suspected, and who has to wait. */
interface Chart extends Pick<Distrust, 'suspects'> {
  readonly isHeld: (one: Sighted) => boolean;
}

function treat(ward: Ward, chart: Chart, sight: Sight): Treatment {
  const { app, service, running, sick, most, was } = ward;
  const { suspects, isHeld } = chart;
  if (running.length >= 2 && sick.length === running.length) return treatAll(ward, chart, sight);
  const isReady = (one: Sighted): boolean => !isHeld(one) && (suspects[one.key]?.restsUntil ?? 0) <= sight.now;
  // Whom is being replaced goes on being; then who has been sick for longest.
  const inOrder = sick
    .filter(isReady)
    .sort((a, b) => rankOf(suspects[a.key]) - rankOf(suspects[b.key]) || (a.key < b.key ? -1 : 1));
  const isOver = was !== undefined && sick.length === 0;
  return {
    chosen: inOrder.slice(0, most),
    ...(was === undefined || isOver ? {} : { sickService: was }),
    reports: isOver ? [{ at: sight.now, kind: 'service-well', app, service }] : [],
  };
}

function rankOf(suspect: Suspect | undefined): number {
  return suspect === undefined || suspect.isDistrusted ? 0 : suspect.since;
}

/** All at once: it is probably not the replicas. One is replaced, and what comes of it decides. */
function treatAll({ app, service, running, was }: Ward, { suspects, isHeld }: Chart, sight: Sight): Treatment {
  const [first] = running;
  if (first === undefined) return { chosen: [], reports: [] };
  const told = { at: sight.now, kind: 'service-sick', app, service, replicas: running.length } as const;
  if (was === undefined) return choose({ app, service, tried: first.key, times: 0 }, first, [told]);
  const tried = running.find(({ key }) => key === was.tried);
  if (tried !== undefined) {
    const rests = Math.max(was.restsUntil ?? 0, suspects[tried.key]?.restsUntil ?? 0);
    return rests > sight.now || isHeld(tried) ? { chosen: [], sickService: was, reports: [] } : choose(was, tried, []);
  }
  const times = was.times + 1;
  const restsUntil = sight.now + growingPause(times, FIRST_REST_MS, LONGEST_REST_MS);
  const sickService = { app, service, tried: first.key, times, restsUntil };
  return { chosen: [], sickService, reports: [{ ...told, helped: false }] };
}

function choose(sickService: SickService, one: Sighted, reports: readonly Report[]): Treatment {
  return { chosen: [one], sickService, reports };
}

function sickReport({ host, key, container }: Sighted, sight: Sight): Report {
  const { app, service, name } = container;
  const cause = causeOf({ host, key, container }, sight) ?? 'unhealthy';
  return { at: sight.now, kind: 'replica-sick', app, service, host, container: name, cause };
}

/** Distrusted ones that are still there and work again by themselves. */
function wellReports(was: Distrust['suspects'], replicas: readonly Sighted[], sight: Sight): Report[] {
  return replicas
    .filter((one) => was[one.key]?.isDistrusted === true && one.container.state === 'running')
    .filter((one) => causeOf(one, sight) === undefined)
    .map(({ host, container: { app, service, name } }) => {
      return { at: sight.now, kind: 'replica-well', app, service, host, container: name };
    });
}

function waitsOf(
  {
    suspects,
    treatments,
    keys,
  }: {
    readonly suspects: Distrust['suspects'];
    readonly treatments: readonly Treatment[];
    readonly keys: ReadonlySet<string>;
  },
  { now, lookedAt }: Sight,
  { settleMs }: HealSettings,
): Pick<Distrust, 'wakeAt' | 'lookAt'> {
  const rests = [
    ...Object.values(suspects).map(({ restsUntil }) => restsUntil),
    ...treatments.map(({ sickService }) => sickService?.restsUntil),
  ];
  const wakeAt = rests.map((at) => (at === undefined || at <= now ? undefined : at)).reduce(earlier, undefined);
  const unsettled = Object.entries(suspects)
    .filter(([key, { since }]) => !keys.has(key) && lookedAt - since < settleMs)
    .map(([, { since }]) => since + settleMs);
  const lookAt = unsettled.reduce<number | undefined>(earlier, undefined);
  return { ...(wakeAt === undefined ? {} : { wakeAt }), ...(lookAt === undefined ? {} : { lookAt }) };
}

function nameOf({ app, service }: { readonly app: string; readonly service: string }): string {
  return `${app}/${service}`;
}
