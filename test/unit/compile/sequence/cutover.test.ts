import { expect, test } from 'vitest';
import { next } from '../../../support/compile/arbitrary-worlds.ts';
import { deployed, now, planOf } from '../../../support/compile/deployed.ts';
import { runPlan } from '../../../support/compile/run-plan.ts';
import { service, world } from '../../../support/compile/worlds.ts';

test('a TCP file that was emptied by hand and never read is read once no service has such a port any more', () => {
  const web = service('web', { ports: ['80'] });
  const question = world({ hosts: 2, services: [service('db', { ports: ['5432/tcp'] }), web] });
  const fleet = deployed(question);
  const machine = fleet.machine('vm2');
  const folder = machine.current.get('shop') ?? '';
  const laid = machine.generations.get(folder);
  if (laid === undefined) throw new Error('no files');
  const files = { ...laid.state.files, 'stream.conf': '' };
  machine.generations.set(folder, { ...laid, state: { ...laid.state, files } });
  expect(machine.loaded.stream.get('shop')?.files['stream.conf']).toContain('shop.db.5432');
  runPlan(planOf(now(next(question, [web]), fleet)), fleet);
  expect(machine.loaded.stream.get('shop')?.files['stream.conf']).not.toContain('shop.db.5432');
});
