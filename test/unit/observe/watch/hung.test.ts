import { expect, test } from 'vitest';
import type { Container, Observed } from '../../../../src/model/observed.ts';
import { findHung, type HungMeans, watchHung } from '../../../../src/observe/watch/hung.ts';
import { patientsOf, reachTargetsOf } from '../../../../src/observe/watch/targets.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { aContainer, fakeStages, hostUp } from '../../../support/fake-stages.ts';
import { SILENT } from '../../../support/heal/sights.ts';

const stages = fakeStages({ hosts: { vm1: hostUp(), vm2: hostUp() } });
const inventory = await stages.loadInventory({} as never);
const port = (hostPort: number, protocol: 'http' | 'tcp' | 'udp' = 'http') => ({ port: 80, protocol, hostPort });

function web(slot: number, hostPort: number, more: Partial<Container> = {}): Container {
  return aContainer('web', { slot, ports: [port(hostPort)], ...more });
}

/** Asks for five minutes; each round the replicas at these ports answer. What is told, by the round. */
async function roundsOf(answering: (round: number) => readonly number[], containers: (round: number) => Container[]) {
  return (await roundsAndTimes(answering, containers)).told;
}

/** The same, and when each round began, in milliseconds since the first. */
async function roundsAndTimes(
  answering: (round: number) => readonly number[],
  containers: (round: number) => Container[],
) {
  const times: number[] = [];
  const clock = new FakeClock(containers(1)[0]?.startedAt ?? 0);
  const stop = new AbortController();
  const told: Record<number, readonly string[]> = {};
  let round = 0;
  const feelers = {
    shell: stages.shell,
    inventory,
    observed: (): Observed['hosts'] => ({ vm1: hostUp({ containers: containers(round + 1) }), vm2: hostUp() }),
    onPulse: () => undefined,
    onEvent: () => undefined,
    onStream: () => undefined,
    onHung: (keys: readonly string[]) => {
      told[round] = keys;
    },
    signal: stop.signal,
  };
  await watchHung(feelers, {
    clock,
    ask: async (questions) => {
      round += 1;
      times.push(clock.now());
      if (round === 60) stop.abort();
      const isAnswered = ({ port: asked }: { port: number }): boolean => answering(round).includes(asked);
      const keys = (wanted: boolean): string[] =>
        questions.filter((one) => isAnswered(one) === wanted).map(({ key }) => key);
      return { answered: keys(true), missed: keys(false), unknown: [] };
    },
  });
  return { told, times: times.map((at) => at - (times[0] ?? 0)) };
}

/** One round of three questions, long after the replicas started: who hangs, and how often all were asked. */
async function found(answering: (round: number) => readonly number[], containers: readonly Container[]) {
  const clock = new FakeClock((containers[0]?.startedAt ?? 0) + 600_000);
  const observed = { vm1: hostUp({ containers }), vm2: hostUp() };
  let round = 0;
  const ask: HungMeans['ask'] = async (questions) => {
    round += 1;
    const keys = (wanted: boolean): string[] =>
      questions.filter(({ port: asked }) => answering(round).includes(asked) === wanted).map(({ key }) => key);
    return { answered: keys(true), missed: keys(false), unknown: [] };
  };
  const hung = await findHung({ inventory, observed, signal: new AbortController().signal }, { clock, ask });
  return { hung, rounds: round };
}

const both = (): Container[] => [web(1, 20_001), web(2, 20_002)];

test('replicas that answer do not hang', async () => {
  expect(await roundsOf(() => [20_001, 20_002], both)).toEqual({});
});

test('a replica that answered and then missed three questions on end hangs, until it answers again', async () => {
  const told = await roundsOf((round) => (round > 10 && round < 20 ? [20_002] : [20_001, 20_002]), both);
  expect(told).toEqual({ 13: ['vm1/shop.web.6.1'], 20: [] });
});

test('who missed a question is asked again sooner, until it hangs', async () => {
  const { times } = await roundsAndTimes((round) => (round > 3 ? [20_002] : [20_001, 20_002]), both);
  expect(times.slice(0, 8)).toEqual([0, 5000, 10_000, 15_000, 17_000, 19_000, 24_000, 29_000]);
});

test('a port that nobody ever answered at hangs nobody', async () => {
  expect(await roundsOf(() => [], both)).toEqual({});
});

test('a replica that never answered hangs when it has run for two minutes and another of its kind answers', async () => {
  expect(await roundsOf(() => [20_002], both)).toEqual({ 25: ['vm1/shop.web.6.1'] });
});

test('an answer from before a restart proves nothing of the time after it', async () => {
  const restarted = (round: number): Container[] => [
    web(1, 20_001, round > 10 ? { startedAt: 1_699_999_050_000 } : {}),
    web(2, 20_002),
  ];
  const told = await roundsOf((round) => (round > 10 ? [20_002] : [20_001, 20_002]), restarted);
  // Two minutes after its restart in round 10.
  expect(told).toEqual({ 35: ['vm1/shop.web.6.1'] });
});

test('only HTTP replicas that run and are not starting are asked, through their own host', () => {
  const containers = [
    web(1, 20_001),
    web(2, 20_002, { state: 'exited' }),
    web(3, 20_003, { health: 'starting' }),
    web(4, 20_004, { kind: 'job' }),
    aContainer('db', { ports: [port(20_005, 'tcp')] }),
  ];
  const hosts = { vm1: hostUp({ containers }), vm2: { reachable: false as const, code: 'X', message: '' } };
  expect(patientsOf(inventory, hosts)).toEqual([
    {
      key: 'vm1/shop.web.6.1',
      kin: 'shop/web/abc',
      startedAt: 1_699_999_000_000,
      questions: [{ key: 'vm1/shop.web.6.1', from: 'vm1', address: '10.0.0.1', port: 20_001, http: { path: '/' } }],
    },
  ]);
});

test('replicas of a silent host are known from its last report and from the routers of others, linked or not', () => {
  const upstream = { container: 'shop.web.6.2', slot: 2, host: 'vm2', address: '10.0.0.2', ports: [port(20_002)] };
  const routed = { vip: '', subnet: '', upstreams: [upstream, { ...upstream, host: 'vm1' }], claims: [] };
  const app = { app: 'shop', generation: '', services: { web: routed }, files: {} };
  const former = { ...upstream, container: 'eu.web.1.1', ports: [port(20_007)] };
  const unlinked = { eu: { web: { ...routed, upstreams: [former] } } };
  const hosts: Observed['hosts'] = {
    vm1: hostUp({ containers: [web(9, 20_009)], router: { mainDigest: '', apps: { shop: app }, unlinked } }),
    vm2: {
      reachable: false,
      code: SILENT.kind,
      message: '',
      before: hostUp({
        containers: [
          aContainer('dns', { ports: [port(53, 'udp'), port(20_053, 'tcp')] }),
          web(3, 20_003, { state: 'exited' }),
        ],
      }),
    },
  };
  expect(reachTargetsOf(inventory, hosts, ['vm2'])).toEqual([
    { host: 'vm2', container: 'eu.web.1.1', address: '10.0.0.2', port: 20_007 },
    { host: 'vm2', container: 'shop.dns.6.1', address: '10.0.0.2', port: 20_053 },
    { host: 'vm2', container: 'shop.web.6.2', address: '10.0.0.2', port: 20_002 },
  ]);
  expect(reachTargetsOf(inventory, hosts, [])).toEqual([]);
});

test('asked a few times without any history, who misses all of what its kin answers hangs, if it is up for a while', async () => {
  expect(await found(() => [20_001, 20_002], both())).toEqual({ hung: [], rounds: 1 });
  expect(await found(() => [20_001], both())).toEqual({ hung: ['vm1/shop.web.6.2'], rounds: 3 });
  expect(await found((round) => (round === 2 ? [20_001, 20_002] : [20_001]), both())).toEqual({ hung: [], rounds: 2 });
  expect(await found((round) => (round === 3 ? [20_001, 20_002] : [20_001]), both())).toEqual({ hung: [], rounds: 3 });
  const young = web(2, 20_002, { startedAt: aContainer('web').startedAt + 550_000 });
  expect(await found(() => [20_001], [web(1, 20_001), young])).toEqual({ hung: [], rounds: 3 });
});

test('where no replica of a service ever answers, nobody listens there, and nobody hangs', async () => {
  expect(await found(() => [], both())).toEqual({ hung: [], rounds: 3 });
});
