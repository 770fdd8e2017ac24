import { expect, test } from 'vitest';
import { NO_ORDER } from '../../../../src/model/heal.ts';
import type { Plan } from '../../../../src/model/plan.ts';
import { asked, deployed, planOf } from '../../../support/compile/deployed.ts';
import type { Simulator } from '../../../support/compile/simulator.ts';
import { host, service, world } from '../../../support/compile/worlds.ts';

const HOSTS = [host('vm1', { roles: ['edge', 'worker'] }), host('vm2'), host('vm3'), host('vm4')];
/** Not where the records are. */
const ELSEWHERE = [{ key: 'hostname', operator: '!=', value: 'vm1' }] as const;
const HEAL = { kind: 'heal', order: NO_ORDER } as const;

const STORE = world({ hosts: HOSTS, services: [service('store', { volumes: ['data'], constraints: ELSEWHERE })] });

/** Its host is silent, and no router remembers it. */
function lost(): { readonly fleet: Simulator; readonly home: string } {
  const fleet = deployed(STORE);
  const [home = ''] = [...fleet.machines].find(([, one]) => one.containers.has('shop.store.1.1')) ?? [];
  fleet.machine(home).isSilent = true;
  for (const { current, generations } of fleet.machines.values()) {
    current.clear();
    generations.clear();
  }
  return { fleet, home };
}

test('what has a volume is not started with an empty one while a host is silent that may have it', () => {
  expect(starts(planOf(asked(STORE, lost().fleet, HEAL)))).toEqual([]);
});

test('a volume that a silent host had when it was seen last binds a service that is on no record', () => {
  const { fleet, home } = lost();
  fleet.machine('vm1').releases.clear();
  const { hosts } = fleet.observed();
  fleet.machine(home).isSilent = false;
  const before = fleet.observed().hosts[home];
  if (before?.reachable !== true) throw new Error('no report');
  const silent = { reachable: false, code: 'E_HOST_UNREACHABLE', message: 'no answer', before } as const;
  const observed = { ...STORE.observed, hosts: { ...hosts, [home]: silent } };
  expect(starts(planOf({ ...STORE, observed, intent: HEAL }))).toEqual([]);
  const unseen = { ...STORE.observed, hosts };
  expect(starts(planOf({ ...STORE, observed: unseen, intent: HEAL }))).toHaveLength(1);
});

function starts({ services }: Plan): string[] {
  return services.flatMap((one) => one.starts.map(({ replica, host: at }) => `${replica}@${at}`));
}
