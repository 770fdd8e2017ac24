import { expect, test } from 'vitest';
import type { Plan } from '../../../../src/model/plan.ts';
import { planJson, readShared } from '../../../../src/report/plan/json.ts';
import { planOf } from '../../../support/compile/deployed.ts';
import { service, world } from '../../../support/compile/worlds.ts';

const jsonOf = (plan: Plan): string => [...planJson(plan)].join('');

const SMALL = planOf(world({ hosts: 3, services: [service('web', { ports: ['8080'], replicas: 4 })] }));

/** Each of many hosts gets the same long file, and asks the same long list of replicas. */
function large(hosts: number): Plan {
  const text = 'server 10.0.0.1:20001;\n'.repeat(5000);
  const replicas = Array.from({ length: 500 }, (_, index) => `shop.web.1.${index + 1}`);
  const entries = [{ path: 'http.conf', mode: 0o644, uid: 0, gid: 0, content: { kind: 'text' as const, text } }];
  const steps = Array.from({ length: hosts }, (_, index) => ({
    ...{ id: `lay@vm${index}`, host: `vm${index}`, reason: '', needs: [], undo: [], diagnose: [] },
    action: { kind: 'probe' as const, replicas },
    commands: [
      { kind: 'run' as const, line: 'tar', timeoutMs: 1, stdin: { kind: 'archive' as const, entries } },
      { kind: 'run' as const, line: 'cat', timeoutMs: 1, stdin: { kind: 'text' as const, text } },
    ],
  }));
  return { ...SMALL, steps };
}

test('an ordinary plan is the JSON that everybody would write', () => {
  expect(jsonOf(SMALL)).toBe(JSON.stringify(SMALL, null, 2));
  expect(jsonOf({ ...SMALL, steps: [] })).toBe(JSON.stringify({ ...SMALL, steps: [] }, null, 2));
});

test('what many hosts share is written once, and read back into each place', () => {
  const plan = large(300);
  const json = jsonOf(plan);
  expect(json.length).toBeLessThan(JSON.stringify(plan, null, 2).length / 50);
  expect(readShared(JSON.parse(json))).toEqual(JSON.parse(JSON.stringify(plan)));
});

test('what is read back is one value for all who share it', () => {
  const { steps } = readShared(JSON.parse(jsonOf(large(300)))) as Plan;
  expect(steps[0]?.action).toEqual({ kind: 'probe', replicas: expect.any(Array) });
  const lists = new Set(steps.map(({ action }) => (action.kind === 'probe' ? action.replicas : [])));
  expect(lists.size).toBe(1);
});
