import { expect, test } from 'vitest';
import type { Placement } from '../../../src/model/plan.ts';
import { blamedSlots } from '../../../src/watch/blame.ts';
import { aStep } from '../../support/plan-builders.ts';

function placement(service: string, slot: number, change: Placement['change'] = 'starts'): Placement {
  const replica = `shop.${service}.6.${slot}`;
  return { service, slot, replica, host: 'vm1', address: '', ports: [], image: `${service}:1@sha256:ab`, change };
}

const PLAN = {
  placements: [
    placement('db', 1, 'stays'),
    placement('db', 2, 'stays'),
    placement('web', 1, 'stays'),
    placement('web', 2),
  ],
  steps: [
    aStep('pull', 'vm1', { action: { kind: 'pull', image: 'web:1@sha256:ab' } }),
    aStep('adopt', 'vm1', { action: { kind: 'adopt', service: 'db', replica: 'shop.db.6.2' } }),
    aStep('start', 'vm1', { action: { kind: 'start', service: 'web', replica: 'shop.web.6.2' } }),
    aStep('health', 'vm1', { action: { kind: 'health', service: 'web', replicas: ['shop.web.6.2'] } }),
    aStep('probe', 'vm1', { action: { kind: 'probe', replicas: ['shop.web.6.2'] } }),
    aStep('switch', 'vm1', { action: { kind: 'switch', generation: 'a' } }),
  ],
};

test.each([
  ['pull@vm1', ['web.2']],
  ['start@vm1', ['web.2']],
  ['health@vm1', ['web.2']],
  ['probe@vm1', ['web.2']],
  ['adopt@vm1', ['db.2']],
  ['switch@vm1', []],
])('when %s fails, %j could not be started', (id, slots) => {
  expect(blamedSlots(PLAN, [id])).toEqual(slots);
});
