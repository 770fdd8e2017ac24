/** Faults at random, the same for the same seed and the same fleet. Pure but for the generator's own state. */
import { LABEL } from '../../../src/model/labels.ts';
import type { ContainerFault, Fault } from '../real/faults.ts';
import type { LabView, ListedContainer } from '../view/lab-view.ts';

/** A number from 0 up to 1. */
export type Random = () => number;

/** mulberry32: small, quick, and good enough to choose faults. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A fault and how long it lasts before it is taken back. */
export interface TimedFault {
  readonly fault: Fault;
  readonly lastsMs: number;
}

/** What can be struck at this moment. */
export interface Targets {
  readonly view: LabView;
  readonly app: string;
  /** Replicas that work. */
  readonly containers: readonly ListedContainer[];
  /** Hosts on which nothing lasts any more. */
  readonly sound: readonly string[];
  /** Whether a whole host may be struck: one at a time is what a fleet must bear. */
  readonly machines: 'one-may-fail' | 'none-may-fail';
}

/** Services that nobody asks over the network: whether they hang can not be known. */
const UNASKED = new Set(['worker']);
const CONTAINER_FAULTS: readonly ContainerFault[] = ['kill-process', 'docker-kill', 'remove', 'freeze', 'sicken'];
const HOST_FAULTS = ['power-loss', 'cut', 'stop-docker', 'freeze-docker'] as const;

/** Does it strike a whole host? */
export function isOfMachine({ kind }: Fault): boolean {
  return HOST_FAULTS.some((one) => one === kind);
}

/** Chooses one. Half of them strike a container, the rest a router, a file or, where one may fail, a host. */
export function chooseFault(random: Random, targets: Targets): TimedFault {
  const { view, app, sound, machines } = targets;
  const host = pick(random, sound);
  const what = random();
  if (what < 0.5) return containerFault(random, targets);
  if (what < 0.58) return { fault: { kind: 'remove-router', host }, lastsMs: 0 };
  const then = random() < 0.5 ? 'leave' : 'reload';
  if (what < 0.66) return { fault: { kind: 'edit-generation', host, app, then }, lastsMs: 0 };
  if (what < 0.74) return { fault: { kind: 'edit-main', host, then }, lastsMs: 0 };
  const plain = sound.filter((one) => !view.isEdge(one));
  if (machines === 'none-may-fail' || plain.length === 0) return containerFault(random, targets);
  return {
    fault: { kind: pick(random, HOST_FAULTS), host: pick(random, plain) },
    lastsMs: between(random, 5_000, 40_000),
  };
}

function containerFault(random: Random, { containers, sound }: Targets): TimedFault {
  const kind = pick(random, CONTAINER_FAULTS);
  const fitting = containers.filter(({ host, health, labels }) => {
    if (!sound.includes(host)) return false;
    if (kind === 'sicken') return health === 'healthy';
    return kind !== 'freeze' || !UNASKED.has(labels[LABEL.service] ?? '');
  });
  const { host, id } = pick(random, fitting);
  const lasts = kind === 'freeze' || kind === 'sicken';
  return { fault: { kind, host, container: id }, lastsMs: lasts ? between(random, 15_000, 60_000) : 0 };
}

function pick<One>(random: Random, all: readonly One[]): One {
  const one = all[Math.floor(random() * all.length)];
  if (one === undefined) throw new Error('nothing to choose from');
  return one;
}

function between(random: Random, least: number, most: number): number {
  return Math.round(least + random() * (most - least));
}
