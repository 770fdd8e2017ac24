import { expect, test } from 'vitest';
import { runCli } from '../../../src/cli/index.ts';
import { FleetError } from '../../../src/model/error.ts';
import type { HostMark } from '../../../src/model/mark.ts';
import type { HostUp } from '../../../src/model/observed.ts';
import type { Plan } from '../../../src/model/plan.ts';
import { aContainer, aPlaybook, fakeStages, hostUp, type StagesSetup } from '../../support/fake-stages.ts';
import { aPlan } from '../../support/plan-builders.ts';
import { commitOf, planOf, stepOf } from '../../support/plans.ts';
import { type FakeTerminal, fakeTerminal } from '../../support/terminal.ts';

const record = { app: 'shop', release: 6, at: 0, by: 'ann@laptop', planDigest: '', specs: {}, images: {}, body: 'b' };
const body = { version: 1, playbook: aPlaybook(), images: {} } as const;

/** vm1 is the edge and keeps the records; replicas of shop run on vm2 and vm3. */
const HOSTS: Readonly<Record<string, HostUp>> = {
  vm1: hostUp({ releases: { shop: [record] } }),
  vm2: hostUp({ containers: [aContainer('web')] }),
  vm3: hostUp({ containers: [aContainer('web', { slot: 2 })] }),
};
const move: Plan = { ...planOf([stepOf('move'), commitOf(['move'])]), release: 6, previous: 6 };
const nothing = aPlan();

interface Run {
  readonly code: number;
  readonly terminal: FakeTerminal;
  readonly stages: ReturnType<typeof fakeStages>;
  /** What was run, marks and progress as what they say. */
  readonly did: readonly string[];
}

/** Marks and progress that are written on vm1 are what is observed from then on. */
async function call(words: readonly string[], setup: StagesSetup & { readonly broken?: RegExp } = {}): Promise<Run> {
  const stages = fakeStages({ hosts: HOSTS, body, plans: [nothing], ...setup });
  const { shell } = stages;
  let hosts = setup.hosts ?? HOSTS;
  const did: string[] = [];
  const remember = (change: Partial<HostUp>): void => {
    const vm1 = hosts.vm1;
    if (vm1?.reachable === true) hosts = { ...hosts, vm1: { ...vm1, ...change } };
  };
  shell.on(/./, ({ host, line }) => {
    if (!/fleet-audit/.test(line))
      did.push(`${host}: ${line.length > 60 ? (/fleet-well|docker top/.exec(line)?.[0] ?? line) : line}`);
    return {};
  });
  shell.on(/marks\/\S+\.json/, ({ line, stdin = '' }) => {
    const of = /marks\/(\S+)\.json\.new/.exec(line)?.[1] ?? '';
    const mark = JSON.parse(stdin) as HostMark;
    const vm1 = hosts.vm1;
    remember({ marks: { ...(vm1?.reachable === true ? vm1.marks : {}), [of]: mark } });
    did.push(`${of} is ${mark.kind}`);
    return {};
  });
  shell.on(/maintain\.json/, ({ stdin = '' }) => {
    const maintenance = JSON.parse(stdin);
    remember({ maintenance });
    did.push(`done: ${maintenance.done.join(', ')}`);
    return {};
  });
  if (setup.broken !== undefined) shell.on(setup.broken, { code: 1, stderr: 'no space left' });
  const terminal = fakeTerminal(['-i', 'lab.yaml', ...words]);
  const observe = async () => ({ hosts, images: {} });
  return { code: await runCli(terminal, { ...stages, observe }), terminal, stages, did };
}

const turnOf = (host: string, done: string, moved: readonly string[] = ['vm1: move', 'vm1: commit']): string[] => [
  `${host} is drained`,
  `done: ${done.split(', ').slice(0, -1).join(', ')}`,
  ...moved,
  `${host}: sh -c uptime`,
  `${host}: docker ps --quiet >/dev/null`,
  `${host}: fleet-well`,
  `${host} is none`,
  `done: ${done}`,
];

test('host by host: drained, worked on, waited for, let in; at the end replicas are shared out', async () => {
  const plans = [move, move, move, move, nothing];
  const { code, terminal, did } = await call(['maintain', 'vm2', 'vm3', '--run', 'uptime', '--yes'], { plans });
  expect(terminal.err()).not.toContain('error');
  expect(did).toEqual([...turnOf('vm2', 'vm2'), ...turnOf('vm3', 'vm2, vm3')]);
  expect(code).toBe(0);
  expect(terminal.out().split('\n').slice(0, 7)).toEqual([
    'fleet maintain   on production (3 hosts, 1 edge)',
    '',
    'each host   drained, run: uptime, waited for until it is well, let in again',
    'turn 1      vm2',
    'turn 2      vm3',
    'at the end  replicas are shared out anew',
    '',
  ]);
  expect(terminal.out()).toContain('maintained: vm2, vm3\n');
});

test('it stops at the first host whose work fails, which stays drained, and says how to go on', async () => {
  const { code, terminal, did } = await call(['maintain', 'vm2', 'vm3', '--run', 'uptime', '--yes'], {
    broken: /^sh -c uptime$/,
  });
  expect(code).toBe(1);
  expect(did).toEqual(['vm2 is drained', 'done: ']);
  expect(terminal.out()).toContain(
    'stopped at vm2, no host done: the same command goes on from there; fleet uncordon vm2 lets it in as it is\n',
  );
});

test('the same command goes on where it stopped', async () => {
  const words = { command: 'uptime', reboot: false, hosts: ['vm2', 'vm3'], done: ['vm2'], before: {} };
  const vm1 = hostUp({ releases: { shop: [record] }, maintenance: { ...words, at: 1, by: 'bob@ci' } });
  const { code, terminal, did } = await call(['maintain', 'vm2', 'vm3', '--run', 'uptime', '--yes'], {
    hosts: { ...HOSTS, vm1 },
  });
  expect(code).toBe(0);
  expect(did).toEqual(turnOf('vm3', 'vm2, vm3', []));
  expect(terminal.out()).toContain('goes on  vm2 are done, by bob@ci');
});

test('a mark that somebody else set is there again afterwards', async () => {
  const cordoned: HostMark = { kind: 'cordoned', at: 1, by: 'bob@ci', why: 'disk' };
  const vm1 = hostUp({ releases: { shop: [record] }, marks: { vm2: cordoned } });
  const { did, stages } = await call(['maintain', 'vm2', '--run', 'uptime', '--yes'], { hosts: { ...HOSTS, vm1 } });
  expect(did.filter((text) => text.startsWith('vm2 is'))).toEqual(['vm2 is drained', 'vm2 is cordoned']);
  const last = stages.shell.calls.findLast(({ line }) => line.includes('marks/vm2.json'));
  expect(JSON.parse(last?.stdin ?? '')).toMatchObject({ kind: 'cordoned', why: 'disk' });
});

test('what fits nowhere else is told before anything is marked', async () => {
  const problems = [new FleetError('E_UNPLACEABLE', 'web: 1 of 2 replicas fits nowhere')];
  const { code, terminal, did } = await call(['maintain', 'vm2', '--run', 'uptime', '--yes'], { problems });
  expect(code).toBe(1);
  expect(did).toEqual([]);
  expect(terminal.err()).toContain('E_UNPLACEABLE');
  expect((await call(['drain', 'vm2', '--yes'], { problems })).did).toEqual([]);
});

test('nobody is asked to agree to nothing, and nothing is done without a yes', async () => {
  const nothingAsked = await call(['maintain', 'vm2']);
  expect(nothingAsked.code).toBe(2);
  expect(nothingAsked.terminal.err()).toContain('E_VALUE');
  const unanswered = await call(['maintain', 'vm2', '--run', 'uptime']);
  expect(unanswered.code).toBe(1);
  expect(unanswered.did).toEqual([]);
});

test('drain marks the host and moves each app off it, and shows both before', async () => {
  const { code, terminal, did } = await call(['drain', 'vm2', '--yes', '--why', 'new disk'], { plans: [move] });
  expect(did).toEqual(['vm2 is drained', 'vm1: move', 'vm1: commit']);
  expect(code).toBe(0);
  expect(terminal.out().match(/^fleet .*$/gm)).toEqual([
    'fleet drain vm2   on production (3 hosts, 1 edge)',
    expect.stringMatching(/^fleet plan {3}shop on production/),
  ]);
});

test('a host that is drained already is left alone', async () => {
  const vm1 = hostUp({ marks: { vm2: { kind: 'drained', at: 1, by: 'ann@laptop', why: '' } } });
  const { code, terminal, did } = await call(['drain', 'vm2', '--yes'], { hosts: { ...HOSTS, vm1, vm2: hostUp() } });
  expect(code).toBe(0);
  expect(did).toEqual([]);
  expect(terminal.out()).toBe('nothing to do: vm2 is drained\n');
});
