/** The baselines, on problems small enough to do by hand. */
import { expect, test } from 'vitest';
import { BASELINES, scoreFit } from '../../../bench/quality/baselines.ts';
import type { Seating } from '../../../bench/quality/problem.ts';
import { load, problem, room } from '../../../support/bench/problems.ts';

function seated(name: string, ...parts: Parameters<typeof problem>): Seating | undefined {
  return BASELINES.find((one) => one.name === name)?.seat(problem(...parts));
}

test('first fit takes the first host of the file that has room', () => {
  const rooms = [room(2, 8), room(4, 8)];
  expect(seated('first fit', rooms, [load(3, 1), load(1, 1, { replicas: 3 })])).toEqual([
    [0, 1],
    [2, 1],
  ]);
});

test('best fit decreasing takes large ones first, each on the host that has least left', () => {
  const rooms = [room(8, 8), room(4, 4)];
  expect(seated('best fit decreasing', rooms, [load(1, 1), load(4, 4)])).toEqual([
    [1, 0],
    [0, 1],
  ]);
});

test("Swarm's rule counts tasks of the service before tasks of all, and neither looks at how full a host is", () => {
  const rooms = [room(8, 8), room(8, 8)];
  expect(seated("Swarm's rule", rooms, [load(6, 6), load(1, 1, { replicas: 3 }), load(1, 1)])).toEqual([
    [1, 0],
    [1, 2],
    [1, 0],
  ]);
});

test("Swarm's rule chooses the zone first where the service asks for it", () => {
  const rooms = [room(8, 8, 'a'), room(8, 8, 'a'), room(8, 8, 'b')];
  const spread = load(1, 1, { replicas: 4, isSpread: true });
  expect(seated("Swarm's rule", rooms, [spread])).toEqual([[1, 1, 2]]);
});

test("Nomad's bin packing fills the host that is fullest afterwards", () => {
  const rooms = [room(8, 8), room(4, 4)];
  expect(seated("Nomad's bin packing", rooms, [load(2, 2, { replicas: 3 })])).toEqual([[1, 2]]);
});

test("Nomad's score is 0 for an empty host, 18 for a full one, and 20 - 2 * 10^0.5 for one that is half full", () => {
  expect(scoreFit(1, 1)).toBe(0);
  expect(scoreFit(0, 0)).toBe(18);
  expect(scoreFit(0.5, 0.5)).toBeCloseTo(13.675, 3);
});

test.each(BASELINES)('$name keeps to room, constraints and limits, and leaves out what fits nowhere', ({ seat }) => {
  const rooms = [room(4, 4), room(4, 4), room(4, 4)];
  const bound = load(2, 1, { replicas: 2, allowed: [false, true, false], maxPerHost: 1 });
  expect(seat(problem(rooms, [bound, load(5, 1)]))).toEqual([
    [0, 1, 0],
    [0, 0, 0],
  ]);
});
