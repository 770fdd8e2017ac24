import fc from 'fast-check';
import { expect, test } from 'vitest';
import { scaleTarget } from '../../../../src/compile/scale/target.ts';
import type { ScaleMemory, ScalePolicy, ScaleWindow, ServiceMetrics } from '../../../../src/model/scale.ts';

const policy = (overrides: Partial<ScalePolicy> = {}): ScalePolicy => ({
  upAfterMs: 30_000,
  downAfterMs: 300_000,
  windows: [],
  ...overrides,
});
const byRate = policy({ max: 20, requestsPerSecond: 50 });
const byCpu = policy({ min: 2, max: 20, cpuShare: 0.7 });
const START = Date.parse('2026-11-27T00:00:00Z');
const EVERY = 15_000;

/** A scaler that looks at what the load makes of the replicas it decided on. */
class Scaler {
  readonly history: number[] = [];
  readonly reasons: string[] = [];
  private memory: ScaleMemory = [];
  private readonly policy: ScalePolicy;
  current: number;
  now = START;
  mostRemembered = 0;

  constructor(rules: ScalePolicy, current: number) {
    this.policy = rules;
    this.current = current;
  }

  look(metrics: ServiceMetrics, afterMs = EVERY): number {
    this.now += afterMs;
    const { policy: rules, current, now, memory } = this;
    const decision = scaleTarget({ policy: rules, declared: 1, current, now, metrics, memory });
    this.memory = decision.memory;
    this.mostRemembered = Math.max(this.mostRemembered, decision.memory.length);
    this.current = decision.replicas;
    this.history.push(decision.replicas);
    this.reasons.push(decision.reason);
    return decision.replicas;
  }

  /** So many looks at a service whose replicas share this much work: cpus in use, or requests a second. */
  serve(load: { readonly cpus?: number; readonly rate?: number }, looks: number): number[] {
    return Array.from({ length: looks }, () =>
      this.look({
        ...(load.cpus === undefined ? {} : { cpuShare: load.cpus / this.current }),
        ...(load.rate === undefined ? {} : { requestsPerSecond: load.rate }),
      }),
    );
  }
}

test('more replicas come once they were needed for the whole time, and fewer once none of the others was', () => {
  const scaler = new Scaler(byRate, 2);
  expect(scaler.serve({ rate: 100 }, 4)).toEqual([2, 2, 2, 2]);
  expect(scaler.serve({ rate: 220 }, 4)).toEqual([2, 2, 5, 5]);
  expect(scaler.serve({ rate: 90 }, 22)).toEqual([...Array(20).fill(5), 2, 2]);
});

test('reasons say where the load is, and what is waited for', () => {
  const scaler = new Scaler(byRate, 2);
  scaler.serve({ rate: 100 }, 2);
  scaler.serve({ rate: 220 }, 3);
  scaler.serve({ rate: 90 }, 1);
  expect(scaler.reasons).toEqual([
    '50 requests/s for each replica (target 50)',
    '50 requests/s for each replica (target 50)',
    '110 requests/s for each replica (target 50): 5 are needed, not yet for 30 s',
    '110 requests/s for each replica (target 50): 5 are needed, not yet for 30 s',
    '110 requests/s for each replica (target 50)',
    '18 requests/s for each replica (target 50): 2 would do, not yet for 300 s',
  ]);
});

test('a peak that is shorter than the time for more replicas changes nothing', () => {
  const scaler = new Scaler(byCpu, 4);
  scaler.serve({ cpus: 2.8 }, 40);
  scaler.serve({ cpus: 9 }, 1);
  scaler.serve({ cpus: 2.8 }, 40);
  expect(new Set(scaler.history)).toEqual(new Set([4]));
});

test('of two targets the one that asks for more counts', () => {
  const both = policy({ max: 20, requestsPerSecond: 50, cpuShare: 0.5 });
  const scaler = new Scaler(both, 2);
  expect(scaler.serve({ rate: 300, cpus: 2 }, 4).at(-1)).toBe(6);
});

test('with one of two loads unknown the other may ask for more and not for fewer', () => {
  const both = policy({ max: 20, requestsPerSecond: 50, cpuShare: 0.5 });
  const more = new Scaler(both, 2);
  expect(more.serve({ rate: 300 }, 4).at(-1)).toBe(6);
  const fewer = new Scaler(both, 6);
  expect(new Set(fewer.serve({ rate: 50 }, 60))).toEqual(new Set([6]));
  expect(fewer.reasons.at(-1)).toBe('cpu is not known, 8.3 requests/s for each replica (target 50)');
});

test('a scaler that starts anew goes down only after it has seen for itself that fewer are enough', () => {
  const scaler = new Scaler(byRate, 6);
  expect(scaler.serve({ rate: 90 }, 22)).toEqual([...Array(20).fill(6), 2, 2]);
});

test('a time in which nobody looked proves nothing', () => {
  const scaler = new Scaler(byRate, 6);
  scaler.serve({ rate: 90 }, 10);
  expect(scaler.look({ requestsPerSecond: 90 }, 600_000)).toBe(6);
  expect(scaler.serve({ rate: 90 }, 19).at(-1)).toBe(6);
  expect(scaler.serve({ rate: 90 }, 1)).toEqual([2]);
  scaler.serve({ rate: 500 }, 1);
  expect(scaler.look({ requestsPerSecond: 500 }, 600_000)).toBe(2);
  expect(scaler.serve({ rate: 500 }, 2)).toEqual([2, 10]);
});

test('what somebody scaled to 0 is left alone', () => {
  const window = { ...campaign, startAt: START, endAt: START + 1e9 };
  const question = { policy: policy({ windows: [window] }), declared: 3, now: START + 1, metrics: {}, memory: [] };
  expect(scaleTarget({ ...question, current: 0 })).toEqual({
    replicas: 0,
    reason: 'scaled to 0 by hand: left alone',
    memory: [],
  });
});

const campaign: Extract<ScaleWindow, { kind: 'dates' }> = {
  kind: 'dates',
  startAt: START + 3_600_000,
  endAt: START + 7_200_000,
  replicas: 12,
  timeZone: 'Europe/Berlin',
  warmUpMs: 600_000,
};

test('a campaign in fast-forward: as declared, pre-warmed, held, and back at its end', () => {
  const rules = policy({ windows: [campaign] });
  const seen: [number, number, string][] = [];
  let current = 4;
  for (let minute = 0; minute <= 150; minute += 1) {
    const now = START + minute * 60_000;
    const { replicas, reason } = scaleTarget({ policy: rules, declared: 4, current, now, metrics: {}, memory: [] });
    if (replicas !== current || minute === 0) seen.push([minute, replicas, reason]);
    current = replicas;
  }
  expect(seen).toEqual([
    [0, 4, 'no window is held: as declared'],
    [50, 12, 'window of 2026-11-27 02:00 Europe/Berlin: at least 12'],
    [120, 4, 'no window is held: as declared'],
  ]);
});

test('of windows that are held at once the greatest counts, and load goes above them', () => {
  const windows = [campaign, { ...campaign, replicas: 8 }];
  const held = { declared: 1, current: 12, now: campaign.startAt, memory: [] };
  expect(scaleTarget({ policy: policy({ windows }), ...held, metrics: {} }).replicas).toBe(12);
  const scaler = new Scaler(policy({ windows, max: 20, requestsPerSecond: 50 }), 12);
  scaler.now = campaign.startAt;
  expect(scaler.serve({ rate: 900 }, 4)).toEqual([12, 12, 18, 18]);
  expect(scaler.serve({ rate: 0 }, 30).at(-1)).toBe(12);
  expect(scaler.reasons.at(-1)).toBe('window of 2026-11-27 02:00 Europe/Berlin: at least 12');
});

const RUNS = { numRuns: Number(process.env.RUNS ?? 200) };
const metricsArbitrary: fc.Arbitrary<ServiceMetrics> = fc.record(
  {
    cpuShare: fc.double({ min: 0, max: 5, noNaN: true }),
    requestsPerSecond: fc.double({ min: 0, max: 5000, noNaN: true }),
  },
  { requiredKeys: [] },
);
const policies: fc.Arbitrary<ScalePolicy> = fc
  .record({
    min: fc.integer({ min: 1, max: 5 }),
    more: fc.integer({ min: 0, max: 20 }),
    cpuShare: fc.constantFrom(undefined, 0.5, 0.9),
    rate: fc.constantFrom(undefined, 10, 77),
    upAfterMs: fc.constantFrom(0, 15_000, 60_000),
    downAfterMs: fc.constantFrom(0, 60_000, 600_000),
    window: fc.option(fc.integer({ min: 0, max: 25 }), { nil: undefined }),
  })
  .map(({ min, more, cpuShare, rate, window, ...times }) => ({
    ...times,
    min,
    max: min + more,
    ...(cpuShare === undefined ? {} : { cpuShare }),
    ...(rate === undefined ? {} : { requestsPerSecond: rate }),
    windows: window === undefined ? [] : [{ ...campaign, startAt: START, replicas: Math.min(window, min + more) }],
  }));

test('whatever is measured and however many there are, the bounds are kept and memory stays small', () => {
  fc.assert(
    fc.property(
      policies,
      fc.array(fc.tuple(metricsArbitrary, fc.integer({ min: 1, max: 400_000 })), { minLength: 1, maxLength: 60 }),
      fc.integer({ min: 1, max: 40 }),
      (rules, looks, current) => {
        const scaler = new Scaler(rules, current);
        for (const [metrics, afterMs] of looks) {
          const replicas = scaler.look(metrics, afterMs);
          expect(replicas).toBeGreaterThanOrEqual(rules.min ?? 1);
          expect(replicas).toBeLessThanOrEqual(rules.max ?? 0);
        }
      },
    ),
    RUNS,
  );
});

test('memory does not grow with the looks: a day of noise at every second leaves little more than the last times', () => {
  const scaler = new Scaler(policy({ max: 100, requestsPerSecond: 10, downAfterMs: 86_400_000 }), 50);
  for (let second = 0; second < 20_000; second += 1)
    scaler.look({ requestsPerSecond: ((second * 7919) % 1000) + 1 }, 1000);
  expect(scaler.mostRemembered).toBeLessThan(140);
});

test('a constant load with noise within the tolerance: replicas never go up again once they went down', () => {
  const noise = fc.double({ min: 0.956, max: 1.044, noNaN: true });
  fc.assert(
    fc.property(
      fc.double({ min: 1, max: 900, noNaN: true }),
      fc.integer({ min: 1, max: 20 }),
      fc.array(noise, { minLength: 200, maxLength: 200 }),
      (rate, current, noises) => {
        const scaler = new Scaler(byRate, current);
        for (const factor of noises) scaler.look({ requestsPerSecond: rate * factor });
        const changes = scaler.history.flatMap((replicas, index) => {
          const before = index === 0 ? current : (scaler.history[index - 1] ?? 0);
          return replicas === before ? [] : [Math.sign(replicas - before)];
        });
        expect(changes).toEqual([...changes].sort((left, right) => right - left));
      },
    ),
    { numRuns: 100 },
  );
});

test('a constant load settles within the stabilisation times, within the tolerance of its target, and stays', () => {
  fc.assert(
    fc.property(fc.double({ min: 1, max: 900, noNaN: true }), fc.integer({ min: 1, max: 20 }), (rate, current) => {
      const scaler = new Scaler(byRate, current);
      scaler.serve({ rate }, 24);
      const settled = scaler.current;
      expect(new Set(scaler.serve({ rate }, 100))).toEqual(new Set([settled]));
      expect(rate / settled).toBeLessThanOrEqual(50 * 1.1 + 1e-9);
    }),
    { numRuns: 100 },
  );
});

test('unknown metrics change nothing, for as long as it may be', () => {
  fc.assert(
    fc.property(policies, fc.integer({ min: 0, max: 20 }), fc.array(metricsArbitrary), (rules, above, known) => {
      fc.pre(rules.cpuShare !== undefined || rules.requestsPerSecond !== undefined);
      const scaler = new Scaler({ ...rules, windows: [] }, Math.min(rules.max ?? 0, (rules.min ?? 1) + above));
      for (const metrics of known) scaler.look(metrics);
      const before = scaler.current;
      expect(new Set(Array.from({ length: 60 }, () => scaler.look({})))).toEqual(new Set([before]));
    }),
    RUNS,
  );
});

test('a window is held for the whole of its time, whenever one looks, and not a moment longer', () => {
  const daily: ScaleWindow = {
    kind: 'cron',
    cron: '30 2 * * *',
    durationMs: 5_400_000,
    replicas: 7,
    timeZone: 'Europe/Berlin',
    warmUpMs: 900_000,
  };
  // The night in which the summer time ends: half past two comes twice, the first one counts.
  const startAt = Date.parse('2026-10-25T00:30:00Z');
  fc.assert(
    fc.property(fc.integer({ min: -7_200_000, max: 14_400_000 }), (after) => {
      const question = { policy: policy({ windows: [daily] }), declared: 3, current: 3, metrics: {}, memory: [] };
      const isHeld = after >= -daily.warmUpMs && after < daily.durationMs;
      expect(scaleTarget({ ...question, now: startAt + after }).replicas).toBe(isHeld ? 7 : 3);
    }),
    RUNS,
  );
});

test('noise of up to ten percent around the target never changes anything', () => {
  const noise = fc.array(fc.integer({ min: -100, max: 100 }), { minLength: 30, maxLength: 60 });
  fc.assert(
    fc.property(noise, fc.integer({ min: 2, max: 20 }), fc.constantFrom('rate', 'cpu'), (permille, current, by) => {
      const scaler = new Scaler(by === 'rate' ? byRate : byCpu, current);
      for (const one of permille) {
        const part = 1 + one / 1000;
        scaler.look(by === 'rate' ? { requestsPerSecond: 50 * current * part } : { cpuShare: 0.7 * part });
      }
      expect(new Set(scaler.history)).toEqual(new Set([current]));
    }),
  );
});
