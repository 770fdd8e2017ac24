import { expect, test } from 'vitest';
import { planDifference } from '../../../../src/report/plan/stale.ts';
import { aPlan, aStep, run } from '../../../support/plan-builders.ts';

test('plans with the same digest do not differ', () => {
  expect(planDifference(aPlan(), aPlan({ warnings: [{ code: 'W', message: 'new' }] }))).toEqual([]);
});

test('a stale plan names steps that are new, gone and changed, and the release', () => {
  const reviewed = aPlan({ digest: 'a', steps: [aStep('pull', 'vm1'), aStep('start', 'vm1')] });
  const fresh = aPlan({
    digest: 'b',
    previous: 7,
    steps: [aStep('start', 'vm1', { commands: [run('docker start x')] }), aStep('start', 'vm2')],
  });
  expect(planDifference(reviewed, fresh)).toEqual([
    'the release on the hosts was 6, now it is 7',
    'steps that are new now: start@vm2',
    'steps that are not needed any more: pull@vm1',
    'steps that would run something else: start@vm1',
  ]);
});
