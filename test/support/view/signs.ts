/** How long it takes until something is so, and what the machine was busy with meanwhile. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Something that becomes true sooner or later. */
export interface Sign {
  readonly everyMs: number;
  readonly isSo: () => boolean | Promise<boolean>;
}

/** Looks for all signs at once. For each of them: milliseconds from `since` until it was seen, or undefined after `limitMs`. */
export async function firstTimes<Name extends string>(
  since: number,
  signs: Readonly<Record<Name, Sign>>,
  limitMs: number,
): Promise<Record<Name, number | undefined>> {
  const names = Object.keys(signs) as Name[];
  const times = await Promise.all(names.map((name) => firstTime(since, signs[name], limitMs)));
  return Object.fromEntries(names.map((name, index) => [name, times[index]])) as Record<Name, number | undefined>;
}

/** The same for one sign. */
export async function firstTime(since: number, sign: Sign, limitMs: number): Promise<number | undefined> {
  while (Date.now() - since < limitMs) {
    if (await sign.isSo()) return Date.now() - since;
    await sleep(sign.everyMs);
  }
  return undefined;
}

/** Milliseconds from `since` until it is so and stays so for that long; undefined when that lasts longer than `limitMs`. */
export async function heldFrom(
  since: number,
  { everyMs, isSo }: Sign,
  { holdsMs, limitMs }: { readonly holdsMs: number; readonly limitMs: number },
): Promise<number | undefined> {
  let heldSince: number | undefined;
  const isHeld = async (): Promise<boolean> => {
    heldSince = (await isSo()) ? (heldSince ?? Date.now()) : undefined;
    return heldSince !== undefined && Date.now() - heldSince >= holdsMs;
  };
  const isEverHeld = (await firstTime(since, { everyMs, isSo: isHeld }, limitMs)) !== undefined;
  return isEverHeld && heldSince !== undefined ? heldSince - since : undefined;
}

/** One look for all who ask at about the same time: a look at all hosts costs both cores more than a moment. */
export function recent<Value>(look: () => Promise<Value>): () => Promise<Value> {
  let last = { at: 0, value: undefined as Promise<Value> | undefined };
  return () => {
    if (last.value === undefined || Date.now() - last.at >= RECENT_MS) last = { at: Date.now(), value: look() };
    return last.value ?? look();
  };
}

const RECENT_MS = 100;

/** Counts how busy the machine is from now on: all of its cores, everybody's work. */
export function busyCores(): () => number {
  const before = ticks();
  const startedAt = Date.now();
  return () => {
    const used = (ticks() - before) / 100;
    return Math.round((used / ((Date.now() - startedAt) / 1_000)) * 100) / 100;
  };
}

/** Hundredths of a second that were not idle, since the machine started. */
function ticks(): number {
  const line = readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? '';
  const [user, nice, system, , , irq, softirq, steal] = line.split(/\s+/).slice(1).map(Number);
  return [user, nice, system, irq, softirq, steal].reduce((sum: number, one) => sum + (one ?? 0), 0);
}
