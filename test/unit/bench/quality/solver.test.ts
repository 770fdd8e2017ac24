/** The program and the solver, against answers that a person can find. */
import { beforeAll, expect, test } from 'vitest';
import { faultsOf, marksOf, problemOf } from '../../../bench/quality/problem.ts';
import { Solver } from '../../../bench/quality/solver.ts';
import { plantedWorld } from '../../../support/bench/planted.ts';
import { load, problem, room } from '../../../support/bench/problems.ts';

const LIMIT_MS = 60_000;
let solver: Solver;

beforeAll(async () => {
  solver = await Solver.load();
});

test('what fits in one way only is seated in that way', () => {
  const tight = problem([room(3, 4), room(4, 3)], [load(2, 3), load(1, 2, { replicas: 2, allowed: [true, false] })]);
  expect(solver.fit(tight, LIMIT_MS)).toEqual({
    kind: 'fits',
    seating: [
      [0, 1],
      [2, 0],
    ],
  });
});

test('room that is enough in sum and on no host is not enough, but for replicas cut into parts', () => {
  const cut = problem([room(3, 8), room(3, 8)], [load(2, 1, { replicas: 3 })]);
  expect(solver.fit(cut, LIMIT_MS)).toEqual({ kind: 'misfit' });
  expect(solver.fitsInParts(cut)).toBe(true);
});

test('a replica that is larger than any host does not fit in parts either', () => {
  expect(solver.fitsInParts(problem([room(3, 8), room(3, 8)], [load(4, 1)]))).toBe(false);
});

test('limits for each host and constraints are kept', () => {
  const rooms = [room(8, 8), room(8, 8)];
  const limited = (allowed: boolean[]) => problem(rooms, [load(1, 1, { replicas: 2, maxPerHost: 1, allowed })]);
  expect(solver.fit(limited([true, true]), LIMIT_MS)).toEqual({ kind: 'fits', seating: [[1, 1]] });
  expect(solver.fit(limited([true, false]), LIMIT_MS)).toEqual({ kind: 'misfit' });
});

test('zones come before hosts, and hosts before the fullest one', () => {
  // By zones two and two; then one on each host; then 2 of 4 cpus on the small ones is the least.
  const rooms = [room(4, 64, 'a'), room(4, 64, 'a'), room(4, 64, 'b'), room(16, 64, 'b')];
  const spread = problem(rooms, [load(2, 1, { replicas: 4, isSpread: true })]);
  const best = { zoneSkew: 0, mostOnOneHost: 1, fullest: 0.5 };
  expect(solver.best(spread, [[0, 0, 0, 4]], LIMIT_MS)).toEqual({
    bounds: best,
    found: [[1, 1, 1, 1]],
    isProven: true,
  });
  expect(marksOf(spread, [[1, 1, 1, 1]])).toEqual(best);
  expect(marksOf(spread, [[0, 0, 0, 4]])).toEqual({ zoneSkew: 4, mostOnOneHost: 4, fullest: 0.5 });
});

test('where zones can not be even, the best is as even as can be', () => {
  const uneven = problem([room(8, 64, 'a'), room(2, 64, 'b')], [load(2, 1, { replicas: 4, isSpread: true })]);
  const best = { zoneSkew: 2, mostOnOneHost: 3, fullest: 1 };
  expect(solver.best(uneven, [[4, 0]], LIMIT_MS)).toEqual({ bounds: best, found: [[3, 1]], isProven: true });
});

test('of instances that were made by filling hosts the solver says that they fit, and its seatings have no faults', () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const planted = problemOf(plantedWorld(seed));
    const fit = solver.fit(planted, LIMIT_MS);
    expect(fit.kind).toBe('fits');
    if (fit.kind === 'fits') expect(faultsOf(planted, fit.seating)).toEqual([]);
  }
});

test('each rule that a seating breaks is a fault of its own', () => {
  const strict = problem(
    [room(2, 2), room(9, 9)],
    [load(1, 1, { replicas: 2, maxPerHost: 1, allowed: [true, false] }), load(2, 2)],
  );
  expect(
    faultsOf(strict, [
      [1, 0],
      [0, 1],
    ]),
  ).toEqual([]);
  expect(
    faultsOf(strict, [
      [2, 1],
      [1, 0],
    ]),
  ).toEqual([
    's1: 3 of 2',
    's1: on 1 hosts that it may not use',
    's1: more than 1 on 1 hosts',
    'vm1: more than it has',
  ]);
});
