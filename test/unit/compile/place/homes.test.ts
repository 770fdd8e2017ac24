import { expect, test } from 'vitest';
import { compile, type Question } from '../../../../src/compile/index.ts';
import { deployed, now, planOf } from '../../../support/compile/deployed.ts';
import { emptyHost, MIB, service, world } from '../../../support/compile/worlds.ts';

const ON_VM3 = [{ key: 'hostname', operator: '==' as const, value: 'vm3' }];

/** "SERVICE@HOST" of each start. */
function startsOf(question: Question): string[] {
  return planOf(question).services.flatMap((one) => one.starts.map(({ host }) => `${one.service}@${host}`));
}

test('services that share a volume go to one host, also through a third one; others are spread', () => {
  const services = [
    service('a', { volumes: ['x'] }),
    service('b', { volumes: ['x', 'y'] }),
    service('c', { volumes: ['y'], replicas: 2 }),
    service('d', { volumes: ['z'] }),
    service('e', { volumes: ['w'] }),
  ];
  const question = world({ services });
  expect(startsOf(question)).toEqual(['a@vm1', 'b@vm1', 'c@vm1', 'c@vm1', 'd@vm2', 'e@vm3']);
  expect(planOf(question).services.map(({ notes }) => notes)).toEqual([
    ['shares volumes with b, c: all of it on one host'],
    ['shares volumes with a, c: all of it on one host'],
    ['shares volumes with a, b: all of it on one host'],
    [],
    [],
  ]);
  expect(planOf(now(question, deployed(question))).steps).toEqual([]);
});

test('the host will do for all that share the volume: constraints and room', () => {
  const bound = [service('a', { volumes: ['x'] }), service('b', { volumes: ['x'], constraints: ON_VM3 })];
  expect(startsOf(world({ services: bound }))).toEqual(['a@vm3', 'b@vm3']);
  const memoryBytes = (mebibytes: number) => emptyHost({ memoryBytes: mebibytes * MIB });
  const reports = { vm1: memoryBytes(1000), vm2: memoryBytes(8000), vm3: memoryBytes(1000) };
  const large = { cpus: 0, memoryBytes: 3000 * MIB };
  const small = { cpus: 0, memoryBytes: 400 * MIB };
  const sized = [
    { ...service('a', { volumes: ['x'] }), reservation: small },
    { ...service('b', { volumes: ['x'] }), reservation: large },
  ];
  expect(startsOf(world({ reports, services: sized }))).toEqual(['a@vm2', 'b@vm2']);
});

test('what shares a volume that is on a host goes there', () => {
  const reports = { vm2: emptyHost({ volumes: ['x'] }) };
  const services = [service('a', { volumes: ['x', 'y'] }), service('b', { volumes: ['y'] })];
  expect(startsOf(world({ reports, services }))).toEqual(['a@vm2', 'b@vm2']);
});

test('hosts that can not serve all of them are named', () => {
  const elsewhere = [{ key: 'hostname', operator: '==' as const, value: 'vm1' }];
  const services = [
    service('a', { volumes: ['x'], constraints: elsewhere }),
    service('b', { volumes: ['x'], constraints: ON_VM3 }),
  ];
  const result = compile(world({ services }));
  expect(result).toMatchObject({ ok: false, problems: [{ code: 'E_UNPLACEABLE' }, { code: 'E_UNPLACEABLE' }] });
});

test('services on every host, and volumes of a server, bind nobody', () => {
  const shared = { volumes: ['x'] };
  const global = world({ services: [service('a', { ...shared, mode: 'global' }), service('b', shared)] });
  expect(startsOf(global)).toEqual(['a@vm1', 'a@vm2', 'a@vm3', 'b@vm1']);
  const question = world({ services: [service('a', shared), service('b', shared)] });
  const origin = { options: { type: 'nfs', o: 'addr=10.0.0.9' }, labels: {}, isExternal: false };
  const volumeOrigins = { x: origin };
  expect(startsOf({ ...question, playbook: { ...question.playbook, volumeOrigins } })).toEqual(['a@vm1', 'b@vm2']);
});
