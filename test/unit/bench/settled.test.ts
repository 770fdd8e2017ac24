/** The fleets that the bench changes: one that was made wrong would need a whole new plan. */
import { expect, test } from 'vitest';
import { join, lose, movedWithoutNeed, scale } from '../../support/bench/changes.ts';
import { fleetOf } from '../../support/bench/fleets.ts';
import { placed } from '../../support/bench/placed.ts';
import { settledOf } from '../../support/bench/settled.ts';
import { planOf } from '../../support/compile/deployed.ts';

const QUESTION = fleetOf({ hosts: 100, replicas: 2500, services: 50 });
const SETTLED = settledOf(QUESTION, planOf(QUESTION));

test('a fleet after its first deploy is as asked: there is nothing to do', () => {
  const { steps, release } = planOf(SETTLED.question);
  expect([steps, release]).toEqual([[], 1]);
});

test('hosts that share their router files share one value', () => {
  const states = Object.values(SETTLED.question.observed.hosts).map((state) =>
    state.reachable ? state.router.apps.shop : undefined,
  );
  expect(new Set(states).size).toBe(1);
});

test.each([
  lose(SETTLED, { hosts: 1, replicas: 0 }),
  join(SETTLED, { hosts: 2, replicas: 0 }),
  scale(SETTLED, { hosts: 0, replicas: 10 }),
])('$what: only what must start does, by the decisions as by the whole plan', ({ question, necessary, name }) => {
  const { starts } = placed(question);
  const planned = planOf(question).placements.filter(({ change }) => change === 'starts');
  expect(planned.map(({ replica, host }) => `${replica}@${host}`).sort()).toEqual(
    starts.map(({ service, slot, host }) => `shop.${service}.${name === 'scale' ? 2 : 1}.${slot}@${host}`).sort(),
  );
  expect(starts.length).toBe(necessary);
  expect(movedWithoutNeed(question, starts)).toBe(0);
});

test('a replica that starts beside one of its slot is counted', () => {
  const [first] = placed(QUESTION).starts;
  expect(movedWithoutNeed(SETTLED.question, first === undefined ? [] : [first])).toBe(1);
});
