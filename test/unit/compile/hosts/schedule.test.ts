import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type MaintenanceWish, scheduleOf } from '../../../../src/compile/index.ts';
import type { Maintenance, Schedule } from '../../../../src/model/hosts.ts';
import { emptyHost, host, inventory } from '../../../support/compile/worlds.ts';

/** vm1 and vm2 are edges, and so they keep the records; vm3 to vm6 are workers. */
const FLEET = inventory(
  ['vm1', 'vm2', 'vm3', 'vm4', 'vm5', 'vm6'].map((name) => host(name, name < 'vm3' ? { roles: ['edge'] } : {})),
);

const reboot: MaintenanceWish = { hosts: [], command: '', reboot: true, parallel: 1 };

function schedule(wish: Partial<MaintenanceWish> = {}, ...known: readonly Partial<Maintenance>[]): Schedule {
  const hosts = ['vm3', 'vm4', 'vm5', 'vm6'];
  const records = known.map(
    (one): Maintenance => ({
      ...{ command: '', reboot: true, hosts, done: [], before: {}, at: 1, by: 'ann@laptop' },
      ...one,
    }),
  );
  const states = records.map((maintenance, index) => [`vm${index + 1}`, emptyHost({ maintenance })]);
  return scheduleOf(FLEET, { hosts: Object.fromEntries(states), images: {} }, { ...reboot, ...wish });
}

test('workers go first, so many at a time; edges and keepers go one by one', () => {
  expect(schedule().turns).toEqual([['vm3'], ['vm4'], ['vm5'], ['vm6'], ['vm1'], ['vm2']]);
  expect(schedule({ parallel: 3 }).turns).toEqual([['vm3', 'vm4', 'vm5'], ['vm6'], ['vm1'], ['vm2']]);
});

test('hosts that are named twice take one turn, in the order of their names', () => {
  expect(schedule({ hosts: ['vm5', 'vm3', 'vm5'] }).turns).toEqual([['vm3'], ['vm5']]);
});

test('the same command goes on where it stopped', () => {
  const before = { vm4: { kind: 'cordoned', at: 1, by: 'bob@ci', why: 'disk' } } as const;
  const known = { done: ['vm3'], before };
  const { turns, progress, goesOn } = schedule({ hosts: ['vm6', 'vm5', 'vm4', 'vm3'] }, known);
  expect({ turns, progress }).toEqual({
    turns: [['vm4'], ['vm5'], ['vm6']],
    progress: { command: '', reboot: true, hosts: ['vm3', 'vm4', 'vm5', 'vm6'], done: ['vm3'], before },
  });
  expect(goesOn).toMatchObject(known);
});

test.each<[string, Partial<MaintenanceWish>]>([
  ['command', { command: 'true', hosts: ['vm3', 'vm4', 'vm5', 'vm6'] }],
  ['kind', { reboot: false, hosts: ['vm3', 'vm4', 'vm5', 'vm6'] }],
  ['list of hosts', { hosts: ['vm3', 'vm4'] }],
])('another %s begins anew, and the one that was not finished is told', (_, wish) => {
  const { progress, goesOn, gaveUp } = schedule(wish, { done: ['vm3'] });
  expect(progress.done).toEqual([]);
  expect(goesOn).toBeUndefined();
  expect(gaveUp).toMatchObject({ done: ['vm3'] });
});

test('one that is finished is over: the same command is another maintenance', () => {
  const hosts = ['vm3', 'vm4'];
  const { turns, goesOn, gaveUp } = schedule({ hosts }, { hosts, done: hosts });
  expect({ turns, goesOn, gaveUp }).toEqual({ turns: [['vm3'], ['vm4']], goesOn: undefined, gaveUp: undefined });
});

test('the newest record counts, whoever keeps it', () => {
  const hosts = ['vm3', 'vm4'];
  expect(schedule({ hosts }, { hosts, at: 1 }, { hosts, at: 2, done: ['vm3'] }).turns).toEqual([['vm4']]);
  expect(schedule({ hosts }, { hosts, at: 2, done: ['vm3'] }, { hosts, at: 1 }).turns).toEqual([['vm4']]);
});

test('each host has one turn, and no turn has an edge beside another host', () => {
  const names = FLEET.hosts.map(({ name }) => name);
  const wishes = fc.record({
    hosts: fc.subarray(names),
    parallel: fc.integer({ min: 1, max: 7 }),
  });
  fc.assert(
    fc.property(wishes, ({ hosts, parallel }) => {
      const { turns } = schedule({ hosts, parallel });
      expect(turns.flat().sort()).toEqual(hosts.length === 0 ? names : [...hosts].sort());
      for (const turn of turns) {
        expect(turn.length).toBeLessThanOrEqual(parallel);
        expect(turn.length === 1 || !turn.some((name) => name < 'vm3')).toBe(true);
      }
    }),
  );
});
