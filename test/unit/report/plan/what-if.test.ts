import { expect, test } from 'vitest';
import type { Plan } from '../../../../src/model/plan.ts';
import type { WhatIf } from '../../../../src/model/what-if.ts';
import { PLAIN } from '../../../../src/report/palette.ts';
import { formatPlanMarkdown } from '../../../../src/report/plan/markdown.ts';
import { formatPlan } from '../../../../src/report/plan/text.ts';
import { aPlan, theUpdate } from '../../../support/plan-builders.ts';

const golden = (name: string): string => `../../../golden/${name}`;
const GIB = 2 ** 30;
const resources = (cpus: number, gib: number) => ({ cpus, memoryBytes: gib * GIB });

const ANSWER: WhatIf = {
  assumptions: [
    { asked: 'lose=vm3', words: 'vm3 is gone, and what it runs: 2 replicas: backend.6.2, db.6.1' },
    { asked: 'scale.backend=4', words: 'backend has 4 replicas, not 3' },
  ],
  fits: false,
  misfits: [
    {
      code: 'E_UNPLACEABLE',
      message: 'backend: 1 of 4 replicas fits nowhere',
      expected: 'each needs 2 cpu and 1024 MiB',
      notes: ['2 hosts: 2 lack cpu: vm1 has 0.5 cpu free, vm2 has 1 cpu free'],
      hint: 'smallest change that would do: 1 cpu more on vm2, or replicas: 3',
    },
  ],
  waiting: [{ service: 'db', replica: 'shop.db.6.1', host: 'vm3', volumes: ['db-data'] }],
  free: [
    { host: 'vm1', free: resources(0.5, 3), capacity: resources(4, 8) },
    { host: 'vm2', free: resources(1, 0.5), capacity: resources(4, 8) },
  ],
};
const asked = (whatIf: Partial<WhatIf> = {}): Plan => ({ ...theUpdate(), whatIf: { ...ANSWER, ...whatIf } });
const text = (plan: Plan): string => formatPlan(plan, { palette: PLAIN, detail: 'summary' });

test('the answer says what was assumed, who waits, what would move, what fits nowhere and what is free', async () => {
  await expect(text(asked())).toMatchFileSnapshot(golden('plan-what-if.txt'));
});

test('the Markdown says the same', async () => {
  await expect(formatPlanMarkdown(asked())).toMatchFileSnapshot(golden('plan-what-if-markdown.txt'));
});

test('the last line is the verdict', () => {
  const last = (plan: Plan): string => text(plan).trimEnd().split('\n').at(-1) ?? '';
  expect(last(asked({ fits: true, misfits: [], waiting: [] }))).toMatch(
    /^it fits: it would be 3 to start, .*plan 9f3c1e$/,
  );
  expect(last(asked())).toMatch(
    /^it does not fit, and 1 would wait for a lost host: for all the rest it would be 3 to/,
  );
  const nothing = aPlan({ whatIf: { ...ANSWER, fits: true, misfits: [], waiting: [] } });
  expect(last(nothing)).toBe('it fits: nothing would change.   plan 9f3c1e');
});

test('of many hosts the fullest are listed', () => {
  const free = Array.from({ length: 20 }, (_, index) => ({
    host: `vm${index + 1}`,
    free: resources(20 - index, 8),
    capacity: resources(20, 8),
  }));
  const lines = text(asked({ free })).split('\n');
  expect(lines).toContain('    vm20 1 of 20 cpu, 8 GiB of 8 GiB');
  expect(lines).toContain('    8 hosts more, with more room');
  expect(text(asked({ free: [] }))).toContain('    no host takes new replicas');
});

test('names from hosts move no cursor', () => {
  const assumptions = [{ asked: 'lose=vm3', words: 'gone: \u001b[2Jweb' }];
  const waiting = [{ service: 'db', replica: 'shop.db.6.1', host: 'vm3', volumes: ['a\u0007b'] }];
  const plan = asked({ assumptions, waiting });
  expect(text(plan) + formatPlanMarkdown(plan)).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
});
