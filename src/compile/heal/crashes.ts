/** Replicas that end again and again: they are left alone for growing times, so that nothing spins. */
import type { Report } from '../../model/report.ts';
import { type Crashes, earlier, entriesOf, type Memory, type Seen } from './memory.ts';
import { growingPause } from './settings.ts';
import { type Sight, type Sighted, sightedReplicas, slotName } from './sight.ts';

/** The first end is nobody's fault: it is started again at once. */
const FREE = 1;
const FIRST_MS = 10_000;
const LONGEST_MS = 10 * 60_000;
/** So long it must run before its ends are forgotten. */
const CALM_MS = 10 * 60_000;
/** So many ends are a loop, which people are told of. */
const LOOP = 3;

/** What is known of replicas that ended. */
interface CrashLoops extends Pick<Memory, 'seen' | 'crashes'> {
  /** "APP/SERVICE.SLOT", sorted: left alone now. */
  readonly held: readonly string[];
  readonly reports: readonly Report[];
  readonly wakeAt?: number;
}

/** A slot, its replica (the newest, where an old one is still there) and how it stood before. */
interface Slot {
  readonly name: string;
  readonly replica: Sighted;
  readonly seen?: Seen;
  readonly was?: Crashes;
}

/** Judges all replicas; those on hosts that are not up are remembered as they were. */
export function judgeCrashes(memory: Pick<Memory, 'seen' | 'crashes'>, sight: Sight): CrashLoops {
  const slots = slotsOf(memory, sight);
  const now = slots.map((slot) => ({ slot, is: next(slot, sight.now) }));
  const absent = Object.keys(memory.crashes).filter((name) => !slots.some((slot) => slot.name === name));
  const kept = absent.map((name): [string, Crashes | undefined] => [name, agedOut(memory.crashes[name], sight.now)]);
  const crashes = entriesOf([...now.map(({ slot, is }): [string, Crashes | undefined] => [slot.name, is]), ...kept]);
  const held = now.filter(({ slot, is }) => isHeld(slot, is, sight.now)).map(({ slot }) => slot.name);
  const ends = held.flatMap((name) => crashes[name]?.heldUntil ?? []).filter((at) => at > sight.now);
  const wakeAt = ends.reduce<number | undefined>(earlier, undefined);
  return {
    seen: entriesOf(slots.map(({ replica }) => [replica.key, seenOf(replica)])),
    crashes,
    held: held.sort(),
    reports: now.flatMap(({ slot, is }) => changeOf(slot, is, sight)),
    ...(wakeAt === undefined ? {} : { wakeAt }),
  };
}

function slotsOf(memory: Pick<Memory, 'seen' | 'crashes'>, sight: Sight): Slot[] {
  const newest = new Map<string, Sighted>();
  for (const replica of sightedReplicas(sight)) {
    const name = slotName(replica.container);
    const other = newest.get(name);
    if (other === undefined || isNewer(replica, other)) newest.set(name, replica);
  }
  return [...newest].map(([name, replica]) => {
    const [seen, was] = [memory.seen[replica.key], memory.crashes[name]];
    return { name, replica, ...(seen === undefined ? {} : { seen }), ...(was === undefined ? {} : { was }) };
  });
}

function isNewer({ container: a }: Sighted, { container: b }: Sighted): boolean {
  return a.release !== b.release ? a.release > b.release : a.startedAt > b.startedAt;
}

function seenOf({ container: { restarts, startedAt, state } }: Sighted): Seen {
  return { restarts, startedAt, isDown: state === 'exited' || state === 'dead' || state === 'restarting' };
}

/** How often it ended since the last look. One that is seen for the first time ended at most once, whatever it did before. */
function deathsOf({ replica, seen }: Slot): number {
  const is = seenOf(replica);
  if (seen === undefined) return is.isDown && is.startedAt > 0 ? 1 : 0;
  const restarts = Math.max(0, is.restarts - seen.restarts);
  if (restarts > 0) return restarts;
  return is.isDown && (!seen.isDown || is.startedAt !== seen.startedAt) ? 1 : 0;
}

function next(slot: Slot, now: number): Crashes | undefined {
  const { was } = slot;
  const more = deathsOf(slot);
  if (more === 0) return was === undefined || isCalm(slot, was, now) ? undefined : was;
  const deaths = (was?.deaths ?? 0) + more;
  const pauseMs = deaths > FREE ? growingPause(deaths - FREE, FIRST_MS, LONGEST_MS) : 0;
  const told = toldOf(deaths, pauseMs);
  return { deaths, lastAt: now, heldUntil: now + pauseMs, told: was?.told === 'longest' ? 'longest' : told };
}

function toldOf(deaths: number, pauseMs: number): Crashes['told'] {
  if (deaths < LOOP) return 'nothing';
  return pauseMs === LONGEST_MS ? 'longest' : 'loop';
}

/** The pause itself is no calm: nothing ran. */
function isCalm({ replica }: Slot, { lastAt, heldUntil }: Crashes, now: number): boolean {
  return !seenOf(replica).isDown && now - Math.max(lastAt, heldUntil) >= CALM_MS;
}

/** A slot that nobody has any more, or whose host is away for long, is forgotten. */
function agedOut(was: Crashes | undefined, now: number): Crashes | undefined {
  return was === undefined || now - was.heldUntil >= CALM_MS ? undefined : was;
}

/** While Docker itself starts it again, by its own growing pauses, it is Docker's. */
function isHeld({ replica }: Slot, is: Crashes | undefined, now: number): boolean {
  if (replica.container.state === 'restarting') return true;
  return is !== undefined && is.heldUntil > now && seenOf(replica).isDown;
}

function changeOf({ replica, was }: Slot, is: Crashes | undefined, { now }: Sight): Report[] {
  const { app, service, slot, name, exitCode } = replica.container;
  const isTold = was !== undefined && was.told !== 'nothing';
  if (is === undefined) return isTold ? [{ at: now, kind: 'crash-over', app, service, slot }] : [];
  if (is.told === 'nothing' || is.told === was?.told) return [];
  const { deaths, heldUntil, lastAt } = is;
  const about = { app, service, slot, host: replica.host, container: name, deaths, exitCode };
  return [{ at: now, kind: 'crash-loop', ...about, pauseMs: heldUntil - lastAt, logs: [] }];
}
