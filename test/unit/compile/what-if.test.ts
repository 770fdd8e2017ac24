import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { compile, type Question } from '../../../src/compile/index.ts';
import type { Plan } from '../../../src/model/plan.ts';
import type { Assumption, WhatIf } from '../../../src/model/what-if.ts';
import { scenarios } from '../../support/compile/arbitrary-worlds.ts';
import { deployed, now, planOf, tryDeployed } from '../../support/compile/deployed.ts';
import { host, MIB, numbered, SILENT, service, world } from '../../support/compile/worlds.ts';

// A busy machine may take its time; what is tested is not speed.
vi.setConfig({ testTimeout: 120_000 });

const RUNS = { numRuns: Number(process.env.RUNS ?? 10), endOnFailure: process.env.RUNS !== undefined };

const shop = world({
  hosts: 4,
  services: [
    service('web', { replicas: 4, ports: ['8080'], reservation: { cpus: 1, memoryBytes: 1024 * MIB } }),
    service('db', { ports: ['5432/tcp'], volumes: ['data'] }),
    service('queue', { volumes: ['jobs'] }),
  ],
});
const fleet = deployed(shop);
const running = now(shop, fleet);

function ask(assumptions: readonly Assumption[], question: Question = running): Plan & { whatIf: WhatIf } {
  const plan = planOf({ ...question, assumptions });
  if (plan.whatIf === undefined) throw new Error('no answer');
  return { ...plan, whatIf: plan.whatIf };
}

const lose = (name: string): Assumption => ({ kind: 'lose', host: name });
const scale = (name: string, replicas: number): Assumption => ({ kind: 'scale', service: name, replicas });
const hostOf = (name: string): string => planOf(shop).placements.find((one) => one.service === name)?.host ?? '';
const startsOf = (plan: Plan, name: string) => plan.services.find((one) => one.service === name)?.starts ?? [];

test('a lost host: its replicas start elsewhere, nothing stops, and what it ran is said', () => {
  const lost = planOf(shop).placements.find((one) => one.service === 'web' && one.host !== 'vm1')?.host ?? '';
  const plan = ask([lose(lost)]);
  expect(startsOf(plan, 'web')).toHaveLength(1);
  expect(startsOf(plan, 'web').map((one) => one.host)).not.toContain(lost);
  expect(plan.services.flatMap(({ stops }) => stops)).toEqual([]);
  expect(plan.whatIf.fits).toBe(true);
  expect(plan.whatIf.assumptions[0]?.words).toMatch(
    new RegExp(`^${lost} is gone, and what it runs: \\d replicas?: .*web`),
  );
  expect(plan.warnings.map(({ code }) => code)).not.toContain('W_HOST_SILENT');
});

test.each(['db', 'queue'])('%s, bound to a volume on a lost host, waits and starts nowhere else', (name) => {
  const lost = hostOf(name);
  const plan = ask([lose(lost)]);
  expect(startsOf(plan, name)).toEqual([]);
  expect(plan.whatIf.waiting).toContainEqual({
    service: name,
    replica: `shop.${name}.1.1`,
    host: lost,
    volumes: [name === 'db' ? 'data' : 'jobs'],
  });
});

test('an external volume that only a lost host has is no error of the playbook: who mounts it waits', () => {
  const volumeOrigins = { data: { isExternal: true, options: {}, labels: {} } };
  const question = { ...running, playbook: { ...running.playbook, volumeOrigins } };
  expect(ask([lose(hostOf('db'))], question).whatIf.waiting.map(({ replica }) => replica)).toContain('shop.db.1.1');
});

test('most of the hosts and all keepers may be lost in a what-if, and the release stays known', () => {
  const edges = numbered(5).map((one, index) =>
    index < 2 ? { ...one, roles: ['edge' as const, 'worker' as const] } : one,
  );
  const question = world({ hosts: edges, services: [service('web', { replicas: 3, ports: ['8080'] })] });
  const plan = ask(['vm1', 'vm2', 'vm3'].map(lose), now(question, deployed(question)));
  expect([plan.hosts, plan.edges, plan.release, plan.previous]).toEqual([2, 0, 1, 1]);
  expect(plan.whatIf.fits).toBe(true);
  expect(
    startsOf(plan, 'web')
      .map((one) => one.host)
      .filter((name) => !['vm4', 'vm5'].includes(name)),
  ).toEqual([]);
});

test('too few hosts that really answer are refused as ever, whatever is assumed', () => {
  const question = world({ hosts: 3, reports: { vm1: SILENT, vm2: SILENT } });
  const compiled = compile({ ...question, assumptions: [{ kind: 'add', host: 'vm9', capacity: {} }] });
  expect(compiled).toMatchObject({ ok: false, problems: [{ code: 'E_QUORUM' }] });
});

test('the only host that answers may be lost too: nothing fits', () => {
  const question = world({ hosts: 2, reports: { vm2: SILENT }, services: [service('web')] });
  const plan = ask([lose('vm1')], question);
  expect(plan.whatIf.misfits.map(({ code }) => code)).toEqual(['E_UNPLACEABLE']);
});

test('a refusal under assumptions names them', () => {
  const question = world({ services: [service('web', { ports: ['8080'], published: ['80:8080'] })] });
  const compiled = compile({ ...question, assumptions: [lose('vm1')] });
  expect(compiled).toMatchObject({
    ok: false,
    problems: [{ code: 'E_REFERENCE', notes: ['a what-if: lose=vm1'] }],
  });
});

test('what does not fit is explained with numbers, and the rest is planned', () => {
  const plan = ask([scale('web', 40)]);
  expect([plan.whatIf.fits, plan.room.withoutOne.fits]).toEqual([false, false]);
  expect(startsOf(plan, 'web').length).toBe(12);
  expect(plan.whatIf.misfits).toMatchObject([
    {
      code: 'E_UNPLACEABLE',
      message: 'web: 24 of 40 replicas fit nowhere',
      expected: 'each needs 1 cpu and 1024 MiB',
      hint: 'smallest change that would do: 1 cpu more on vm1, or replicas: 16',
    },
  ]);
});

test('what fits not even once is not said to have nothing to do', () => {
  const question = world({ services: [service('web', { reservation: { cpus: 9, memoryBytes: 0 } }), service('api')] });
  const plan = ask([scale('api', 2)], question);
  expect(plan.services.map(({ service: name, change }) => [name, change])).toEqual([
    ['api', 'create'],
    ['web', 'create'],
  ]);
});

test('scaling down stops the last slots, to nothing as well', () => {
  const plan = ask([scale('web', 0)]);
  expect(plan.services.find((one) => one.service === 'web')?.stops).toHaveLength(4);
});

test('an added host is an empty worker like the first one, as large as is said', () => {
  const plan = ask([
    scale('web', 40),
    { kind: 'add', host: 'vm9', capacity: { cpus: 30, memoryBytes: 64 * 1024 * MIB } },
  ]);
  expect(plan.whatIf.fits).toBe(true);
  expect(startsOf(plan, 'web').filter((one) => one.host === 'vm9').length).toBeGreaterThan(20);
  const other = ask(
    [{ kind: 'add', host: 'vm9', capacity: {} }],
    world({ hosts: [host('vm1', { labels: { zone: 'b' } })] }),
  );
  expect(other.whatIf.free.map((one) => [one.host, one.capacity])).toEqual([
    ['vm1', { cpus: 4, memoryBytes: 8192 * MIB }],
    ['vm9', { cpus: 4, memoryBytes: 8192 * MIB }],
  ]);
});

test('a cordoned host gets nothing new and does not count as room', () => {
  const plan = ask([{ kind: 'cordon', host: 'vm2' }, scale('web', 8)]);
  expect(startsOf(plan, 'web').map((one) => one.host)).not.toContain('vm2');
  expect(plan.whatIf.free.map((one) => one.host)).toEqual(['vm1', 'vm3', 'vm4']);
});

test('what is free is counted after the blue ones are gone', () => {
  const question = {
    ...running,
    playbook: {
      ...running.playbook,
      services: running.playbook.services.map((one) => ({ ...one, image: `${one.image}1` })),
    },
  };
  const used = ask([{ kind: 'cordon', host: 'vm4' }], question).whatIf.free.map(
    ({ free, capacity }) => capacity.cpus - free.cpus,
  );
  expect(used.reduce((sum, one) => sum + one, 0)).toBe(4);
});

test('without assumptions the plan is the plain one to the byte, and no answer is in it', () => {
  fc.assert(
    fc.property(scenarios, ({ first, second }) => {
      const there = tryDeployed(first);
      const question = there === undefined ? second : now(second, there);
      expect(JSON.stringify(compile({ ...question, assumptions: [] }))).toBe(JSON.stringify(compile(question)));
    }),
    RUNS,
  );
});

test('no replica that is bound to a volume on a lost host starts elsewhere, with or without ports: it waits', () => {
  fc.assert(
    fc.property(scenarios, fc.nat(), ({ first }, pick) => {
      const there = tryDeployed(first);
      const names = first.inventory.hosts.map(({ name }) => name);
      const lost = names[pick % names.length] ?? '';
      if (there === undefined || names.length === 1) return;
      const question = now(first, there);
      const compiled = compile({ ...question, assumptions: [lose(lost)] });
      if (!compiled.ok) return;
      const state = question.observed.hosts[lost];
      const bound = (state?.reachable === true ? state.containers : []).filter(
        ({ kind, volumes }) => kind === 'replica' && volumes.length > 0,
      );
      const waiting = compiled.plan.whatIf?.waiting.map(({ replica }) => replica) ?? [];
      for (const { name, service: of } of bound) {
        expect(waiting).toContain(name);
        expect(startsOf(compiled.plan, of)).toEqual([]);
      }
    }),
    RUNS,
  );
});

test('any what-if of any fleet is answered: never by a crash, nothing starts on lost or cordoned hosts', () => {
  fc.assert(
    fc.property(scenarios, fc.nat(), fc.nat(), fc.integer({ min: 0, max: 30 }), ({ first, second }, a, b, replicas) => {
      const there = tryDeployed(first);
      const question = there === undefined ? second : now(second, there);
      const names = question.inventory.hosts.map(({ name }) => name);
      const kept = question.playbook.services.filter(({ mode, job }) => mode === 'replicated' && job === undefined);
      const [lost = '', cordoned = ''] = [names[a % names.length], names[b % names.length]];
      const assumptions: Assumption[] = [
        ...(names.length > 1 ? [lose(lost)] : []),
        ...(cordoned === lost ? [] : [{ kind: 'cordon' as const, host: cordoned }]),
        ...kept.slice(0, 1).map(({ name }) => scale(name, replicas)),
        ...(a % 2 === 0
          ? [
              { kind: 'add' as const, host: 'vm99', capacity: { cpus: 1 } },
              { kind: 'add' as const, host: 'vm98', capacity: {} },
            ]
          : []),
      ];
      if (assumptions.length === 0) return;
      const compiled = compile({ ...question, assumptions });
      const real = compile(question);
      if (!compiled.ok) {
        expect(compiled.problems.flatMap(({ code }) => code)).not.toContain('E_UNPLACEABLE');
        return;
      }
      const { plan } = compiled;
      expect(JSON.parse(JSON.stringify(plan))).toStrictEqual(plan);
      expect(plan.digest).not.toBe(real.ok ? real.plan.digest : '');
      const starts = plan.services.flatMap((one) => one.starts.map((start) => start.host));
      if (names.length > 1) expect(starts).not.toContain(lost);
      if (cordoned !== lost) expect(starts).not.toContain(cordoned);
      const mixed = compile({ ...question, assumptions: [...assumptions].reverse() });
      expect(mixed.ok && mixed.plan.digest).toBe(plan.digest);
    }),
    RUNS,
  );
});
