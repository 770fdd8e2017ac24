import { expect, test } from 'vitest';
import { planDigest } from '../../../src/compile/digest.ts';
import type { Command, Plan, Step } from '../../../src/model/plan.ts';
import { planOf } from '../../support/compile/deployed.ts';
import { host, service, world } from '../../support/compile/worlds.ts';

const PLAN = planOf(world({ hosts: [host('vm1'), host('vm2')], services: [service('web', { ports: ['8080'] })] }));

/** The plan with the first command of the kind changed on one host only. */
function changed(kind: 'probe' | 'archive', change: (command: Command) => Command): Plan {
  const isIt = (command: Command): boolean =>
    kind === 'probe' ? command.kind === 'probe' : command.kind === 'run' && command.stdin?.kind === 'archive';
  const at = PLAN.steps.findIndex(({ commands }) => commands.some(isIt));
  expect(at).not.toBe(-1);
  const steps = PLAN.steps.map((step, index) =>
    index === at ? { ...step, commands: step.commands.map((one) => (isIt(one) ? change(one) : one)) } : step,
  );
  return { ...PLAN, steps };
}

/** The plan with one step changed. */
function stepped(change: (step: Step) => Step): Plan {
  const at = PLAN.steps.findIndex(({ action }) => action.kind === 'start');
  expect(at).not.toBe(-1);
  return { ...PLAN, steps: PLAN.steps.map((step, index) => (index === at ? change(step) : step)) };
}

test('a plan that went through JSON has the same digest', () => {
  const { digest: _digest, room: _room, warnings: _warnings, carried: _carried, ...doing } = PLAN;
  expect(planDigest(JSON.parse(JSON.stringify(doing)) as Plan)).toBe(planDigest(doing));
});

test.each([
  ['a probe of one host', changed('probe', (one) => (one.kind === 'probe' ? { ...one, targets: [] } : one))],
  [
    'a file of one host',
    changed('archive', (one) =>
      one.kind === 'run' && one.stdin?.kind === 'archive'
        ? { ...one, stdin: { kind: 'archive', entries: one.stdin.entries.slice(1) } }
        : one,
    ),
  ],
  [
    'a word of a command',
    { ...PLAN, steps: PLAN.steps.map((step, index) => (index === 0 ? { ...step, reason: 'x' } : step)) },
  ],
  ['what a step is', stepped((step) => ({ ...step, action: { kind: 'start', service: 'web', replica: 'x' } }))],
  ['a need', stepped((step) => ({ ...step, needs: step.needs.slice(1) }))],
  ['needs by the hundred', stepped((step) => ({ ...step, needs: Array.from({ length: 200 }, () => 'x') }))],
  ['what is taken back', stepped((step) => ({ ...step, undo: [] }))],
  ['a checkpoint', stepped((step) => ({ ...step, checkpoint: true }))],
  ['what explains a failure', stepped((step) => ({ ...step, diagnose: [] }))],
  [
    'a line that moves from undo to commands',
    stepped((step) => ({ ...step, commands: [...step.commands, ...step.undo], undo: [] })),
  ],
  [
    'a router file',
    { ...PLAN, routers: PLAN.routers.map((one, index) => (index === 0 ? { ...one, after: '' } : one)) },
  ],
  ['the release', { ...PLAN, release: PLAN.release + 1 }],
  ['the order of steps', { ...PLAN, steps: [...PLAN.steps].reverse() }],
])('%s makes another digest', (_, other) => {
  expect(planDigest(other)).not.toBe(planDigest(PLAN));
});
