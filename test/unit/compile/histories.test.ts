/**
 * Whatever happens to a fleet, no step of any plan takes the last replica that serves, no singleton is reached twice, and
 * in the end the fleet is as declared. FLEET_RUNS=10000 tries more, FLEET_SEED=7 others; a history that fails is told
 * event by event, and FLEET_SEED and FLEET_PATH, which fast-check prints, live it again.
 */
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { histories } from '../../support/histories/arbitrary-histories.ts';
import { live } from '../../support/histories/life.ts';
import type { Tally } from '../../support/histories/stage.ts';

// A busy machine may take its time; what is tested is not speed.
vi.setConfig({ testTimeout: 24 * 3_600_000 });

const { FLEET_RUNS, FLEET_PATH } = process.env;
const RUNS = Number(FLEET_RUNS ?? 100);

test(`no step takes the last that serves, and in the end the fleet is as declared (${RUNS} histories)`, () => {
  const total: Tally = { happenings: 0, looks: 0, plans: 0, steps: 0 };
  const history = fc.property(histories, (one) => {
    const tally = live(one);
    for (const what of ['happenings', 'looks', 'plans', 'steps'] as const) total[what] += tally[what];
  });
  fc.assert(history, { numRuns: RUNS, ...(FLEET_PATH === undefined ? {} : { path: FLEET_PATH }) });
  if (FLEET_RUNS !== undefined) process.stderr.write(`${JSON.stringify({ histories: RUNS, ...total })}\n`);
  expect(total.steps).toBeGreaterThan(RUNS);
});
