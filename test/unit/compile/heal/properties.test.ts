import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { judge } from '../../../../src/compile/heal/judge.ts';
import type { Memory } from '../../../../src/compile/heal/memory.ts';
import { hostsThatAre, type Sight } from '../../../../src/compile/heal/sight.ts';
import type { Container } from '../../../../src/model/observed.ts';
import { Mind, NO_DOCKER, replica, SILENT } from '../../../support/heal/sights.ts';

vi.setConfig({ testTimeout: 120_000 });

const RUNS = { numRuns: Number(process.env.RUNS ?? 100) };
const HOSTS = ['vm1', 'vm2', 'vm3', 'vm4', 'vm5'];

/** What happens between two moments, and how much time passes. */
const changes = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('pulse'), host: fc.constantFrom(...HOSTS), to: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('answers'), host: fc.constantFrom(...HOSTS), to: fc.nat(1) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('health'), slot: fc.nat(11), to: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('end'), slot: fc.nat(11), to: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('replace'), slot: fc.nat(11), to: fc.nat(1) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('repair'), slot: fc.nat(11), to: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('nothing'), to: fc.nat(1) }) },
);
const moments = fc.array(
  fc.record({ change: changes, ms: fc.constantFrom(0, 300, 1000, 2500, 11_000, 200_000), isLook: fc.boolean() }),
  { maxLength: 60 },
);

/** Twelve replicas: slots 1 to 8 of web and 1 to 4 of api, over five hosts. */
class Life extends Mind {
  readonly slots: Container[] = Array.from({ length: 12 }, (_, index) =>
    index < 8 ? replica('web', index + 1) : replica('api', index - 7),
  );

  constructor() {
    super(HOSTS.length, { maxRepairs: 5 });
    this.lay();
  }

  happen(change: Record<string, unknown>, now: number): void {
    const { kind, host = '', slot = 0, to = 0 } = change as { kind: string; host?: string; slot?: number; to?: number };
    const at = this.slots[slot];
    if (kind === 'pulse') this.pulse(host, [{ kind: 'up' } as const, NO_DOCKER, SILENT][to] ?? SILENT);
    if (kind === 'answers' && to === 0) this.answering.delete(host);
    if (kind === 'answers' && to === 1) this.answering.add(host);
    if (at !== undefined) this.slots[slot] = changed(at, kind, to);
    const order = { absences: {}, distrusted: this.slots.map((_, index) => this.keyOf(index)), held: [], avoided: [] };
    const blamed = slot % 2 === 0 ? [] : ['web.1', 'api.2'];
    if (kind === 'repair')
      this.note({ order, blamed, end: (['done', 'failed', 'refused'] as const)[to] ?? 'interrupted', at: now });
    this.lay();
  }

  private keyOf(index: number): string {
    return `${HOSTS[index % HOSTS.length]}/${this.slots[index]?.name}`;
  }

  private lay(): void {
    for (const [index, host] of HOSTS.entries())
      this.put(host, ...this.slots.filter((_, slot) => slot % HOSTS.length === index));
  }
}

function changed(at: Container, kind: string, to: number): Container {
  if (kind === 'health')
    return { ...at, state: 'running', health: (['healthy', 'unhealthy', 'starting'] as const)[to] ?? 'none' };
  if (kind === 'end' && to < 2) return { ...at, state: 'exited', startedAt: at.startedAt + 1 };
  if (kind === 'end') return { ...at, state: 'running', restarts: at.restarts + 1 };
  return kind === 'replace' ? { ...replica(at.service, at.slot, { release: at.release + 1 }), restarts: 0 } : at;
}

type Check = (seen: { life: Life; sight: Sight; before: Memory; verdict: ReturnType<typeof judge> }) => void;

/** Lives random lives and checks each moment of them. */
function inEveryLife(check: Check): void {
  fc.assert(
    fc.property(moments, (steps) => {
      const life = new Life();
      let now = 0;
      for (const { change, ms, isLook } of steps) {
        now += ms;
        life.happen(change, now);
        const before = life.memory;
        if (isLook) life.lookedAt = now;
        const sight = life.sight(now);
        check({ life, sight, before, verdict: life.judgeAt(now) });
      }
    }),
    RUNS,
  );
}

test('there is never an order while fewer than half of the hosts are up', () => {
  inEveryLife(({ sight, verdict }) => {
    if (hostsThatAre('up', sight).length * 2 < HOSTS.length) expect(verdict.isCutOff).toBe(true);
    if (verdict.isCutOff) expect(verdict.orders).toEqual({});
  });
});

test('no host is gone before it was silent for the whole grace, all of it seen by a watcher that was not cut off', () => {
  fc.assert(
    fc.property(moments, (steps) => {
      const life = new Life();
      const since: Record<string, number> = {};
      let now = 0;
      for (const { change, ms } of steps) {
        now += ms;
        life.happen(change, now);
        const { isCutOff, orders } = life.at(now);
        for (const host of HOSTS) {
          const isUp = life.pulses[host]?.kind === 'up';
          if (isUp) delete since[host];
          else if (isCutOff && life.memory.away[host]?.kind !== 'gone') since[host] = now;
          else since[host] ??= now;
          const absence = orders.shop?.absences[host];
          if (isUp) expect(absence).toBeUndefined();
          if (absence === 'gone') expect(now - (since[host] ?? now)).toBeGreaterThanOrEqual(10_000);
          if (absence === undefined && orders.shop !== undefined) expect(isUp).toBe(true);
        }
      }
    }),
    RUNS,
  );
});

test('never more than a third of a service is distrusted at one time, and all of it runs and is sick', () => {
  inEveryLife(({ life, verdict }) => {
    const distrusted = verdict.orders.shop?.distrusted ?? [];
    expect(distrusted.filter((key) => key.includes('.web.')).length).toBeLessThanOrEqual(2);
    expect(distrusted.filter((key) => key.includes('.api.')).length).toBeLessThanOrEqual(1);
    for (const key of distrusted) {
      const container = life.slots.find(({ name }) => key.endsWith(`/${name}`));
      expect(container).toMatchObject({ state: 'running', health: 'unhealthy' });
    }
  });
});

test('judging the same moment twice orders the same and tells nothing more', () => {
  inEveryLife(({ life, sight, verdict }) => {
    const again = judge({ memory: verdict.memory, sight, settings: life.settings });
    expect(again.reports).toEqual([]);
    expect(again.orders).toEqual(verdict.orders);
    expect(again.memory).toEqual(verdict.memory);
  });
});

test('what is woken for lies ahead, and being woken for it never wakes at once again', () => {
  inEveryLife(({ sight, verdict }) => {
    expect(verdict.wakeAt ?? Number.POSITIVE_INFINITY).toBeGreaterThan(sight.now);
    expect(verdict.lookAt ?? Number.POSITIVE_INFINITY).toBeGreaterThan(sight.lookedAt);
  });
});

test('there are never more repairs in an hour than the ceiling, when a repair follows each order', () => {
  fc.assert(
    fc.property(moments, (steps) => {
      const life = new Life();
      const repairs: number[] = [];
      let now = 0;
      for (const { change, ms } of steps) {
        now += ms;
        if (change.kind !== 'repair') life.happen(change, now);
        const order = life.at(now).orders.shop;
        if (order === undefined) continue;
        life.note({ order, end: 'done', at: now });
        repairs.push(now);
        expect(repairs.filter((at) => now - at < 3_600_000).length).toBeLessThanOrEqual(5);
      }
    }),
    RUNS,
  );
});

test('what is remembered is no more than the fleet, however long the watcher lives', () => {
  const life = new Life();
  let now = 0;
  let sizeOfMemory = 0;
  for (let round = 0; round < 4000; round++) {
    now += 1000 + (round % 7) * 700;
    life.happen({ kind: 'pulse', host: HOSTS[round % 5], to: round % 11 === 0 ? 2 : 0 }, now);
    life.happen({ kind: 'replace', slot: round % 12 }, now);
    life.happen({ kind: 'health', slot: (round * 5) % 12, to: round % 2 }, now);
    life.happen({ kind: 'repair', slot: round % 12, to: round % 4 }, now);
    life.at(now);
    life.told.length = 0;
    if (round > 1000) sizeOfMemory = Math.max(sizeOfMemory, JSON.stringify(life.memory).length);
  }
  expect(sizeOfMemory).toBeLessThan(4000);
});
