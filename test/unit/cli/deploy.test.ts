import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCli } from '../../../src/cli/index.ts';
import { FleetError } from '../../../src/model/error.ts';
import type { Event } from '../../../src/model/event.ts';
import type { Plan } from '../../../src/model/plan.ts';
import { fakeStages, hostUp, type StagesSetup } from '../../support/fake-stages.ts';
import { aChange, aPlan, aStep, run } from '../../support/plan-builders.ts';
import { commitOf, planOf, stepOf } from '../../support/plans.ts';
import { type FakeTerminal, fakeTerminal } from '../../support/terminal.ts';

const FILES = ['-i', 'lab.yaml', '-f', 'shop.yaml'];
const work = (more: Partial<Plan> = {}): Plan => ({
  ...planOf([stepOf('start'), commitOf(['start'])]),
  previous: 6,
  release: 7,
  ...more,
});

async function deploy(
  words: readonly string[],
  setup: StagesSetup,
  terminal: FakeTerminal = fakeTerminal([...FILES, 'deploy', ...words]),
): Promise<{ code: number; terminal: FakeTerminal; stages: ReturnType<typeof fakeStages> }> {
  const stages = fakeStages(setup);
  const code = await runCli(terminal, stages);
  return { code, terminal, stages };
}

const UNASKED = ['load', 'lease', 'observe', 'compile', 'execute', 'release', 'close'];
const ASKED = ['load', 'observe', 'compile', 'lease', 'observe', 'compile', 'execute', 'release', 'close'];

test('with --yes the lease is taken first, so that the hosts are looked at once, and is given back', async () => {
  const { code, terminal, stages } = await deploy(['--yes'], { plans: [work()] });
  expect(code).toBe(0);
  expect(stages.calls).toEqual(UNASKED);
  expect(stages.shell.lines()).toEqual(['vm1: start', 'vm1: commit']);
  expect(terminal.out()).toContain('done: shop release 7 serves on production');
});

test('what was seen before the last keeper gave the lease counts only where all keepers know of the same holders', async () => {
  const { code, stages } = await deploy(['--yes'], { plans: [work()], keepers: 'parted' });
  expect(code).toBe(0);
  expect(stages.calls.filter((call) => call === 'observe')).toHaveLength(2);
  expect(stages.calls.lastIndexOf('compile')).toBeLessThan(stages.calls.indexOf('execute'));
});

test('a plan without steps takes no lease and exits with 0', async () => {
  const { code, terminal, stages } = await deploy([], { plans: [aPlan()] });
  expect(code).toBe(0);
  expect(stages.calls).toEqual(['load', 'observe', 'compile', 'close']);
  expect(terminal.out()).toContain('nothing to do');
});

test('without a terminal and without --yes nothing is done, and it is said', async () => {
  const { code, terminal, stages } = await deploy([], { plans: [work()] });
  expect(code).toBe(1);
  expect(stages.calls).not.toContain('lease');
  expect(terminal.err()).toBe('not carried out: there is no terminal to ask on. Add --yes to carry it out unasked.\n');
});

test('the question names the fleet, and anything but yes declines', async () => {
  const terminal = fakeTerminal([...FILES, 'deploy'], { answers: [''] });
  const { code, stages } = await deploy([], { plans: [work()] }, terminal);
  expect(code).toBe(1);
  expect(terminal.questions).toEqual(['Deploy shop to production (6 hosts)? [y/N] ']);
  expect(stages.calls).not.toContain('lease');
});

test('yes carries it out; a plan that changed under the lease is asked about again', async () => {
  const fresh = work({ digest: 'other', steps: [stepOf('another'), commitOf(['another'])] });
  const terminal = fakeTerminal([...FILES, 'deploy'], { answers: ['y', 'yes'] });
  const { code, stages } = await deploy([], { plans: [work(), fresh] }, terminal);
  expect(code).toBe(0);
  expect(terminal.questions.length).toBe(2);
  expect(terminal.err()).toContain('steps that are new now: another');
  expect(stages.shell.lines()).toEqual(['vm1: another', 'vm1: commit']);
});

test('a deploy that is asked about goes the long way: the lease is held while it rechecks and executes', async () => {
  const terminal = fakeTerminal([...FILES, 'deploy'], { answers: ['y'] });
  const { code, stages } = await deploy([], { plans: [work()] }, terminal);
  expect(code).toBe(0);
  expect(terminal.questions.length).toBe(1);
  expect(stages.calls).toEqual(ASKED);
});

test('declining the second question gives the lease back and changes nothing', async () => {
  const terminal = fakeTerminal([...FILES, 'deploy'], { answers: ['y', 'n'] });
  const { code, stages } = await deploy([], { plans: [work(), work({ digest: 'other' })] }, terminal);
  expect(code).toBe(1);
  expect(stages.calls.slice(-2)).toEqual(['release', 'close']);
  expect(stages.shell.lines()).toEqual([]);
});

test('a failed step is shown with its cause, what was taken back and what serves; exit code 1', async () => {
  const stages = fakeStages({ plans: [work()] });
  stages.shell.on('start', { code: 125, stderr: 'port is taken' });
  const terminal = fakeTerminal([...FILES, 'deploy', '--yes']);
  expect(await runCli(terminal, stages)).toBe(1);
  expect(terminal.err()).toContain('port is taken');
  expect(terminal.err()).toContain('Release 6 serves as before.');
});

test('a saved plan runs when the hosts still give the same plan', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fleet-'));
  await writeFile(join(folder, 'next.plan.json'), JSON.stringify(work()));
  const terminal = fakeTerminal([...FILES, 'deploy', 'next.plan.json', '--yes'], { cwd: folder });
  const { code, stages } = await deploy([], { plans: [work()] }, terminal);
  expect(code).toBe(0);
  expect(stages.shell.lines()).toEqual(['vm1: start', 'vm1: commit']);
});

test('a saved plan is refused with the difference when the hosts changed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fleet-'));
  await writeFile(join(folder, 'next.plan.json'), JSON.stringify(work()));
  const fresh = work({ digest: 'other', steps: [aStep('pull', 'vm2', { commands: [run('docker pull x')] })] });
  const ways = [
    { plans: [fresh], words: ['--yes'] },
    { plans: [fresh], words: [] },
    { plans: [work(), fresh], words: [] },
  ];
  for (const { plans, words } of ways) {
    const terminal = fakeTerminal([...FILES, 'deploy', 'next.plan.json', ...words], { cwd: folder, answers: ['y'] });
    const { code, stages } = await deploy([], { plans }, terminal);
    expect(code).toBe(1);
    expect(terminal.err()).toContain('error[E_PLAN_STALE]');
    expect(terminal.err()).toContain('steps that are new now: pull@vm2');
    expect(stages.shell.lines()).toEqual([]);
  }
});

test('a file that is no plan is refused before any host is asked', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fleet-'));
  await writeFile(join(folder, 'x.json'), '{"version":1}');
  const terminal = fakeTerminal([...FILES, 'deploy', 'x.json'], { cwd: folder });
  const { code, stages } = await deploy([], {}, terminal);
  expect(code).toBe(2);
  expect(stages.calls).toEqual([]);
});

test('with fewer than half of the hosts nothing is done, and each silent host is named', async () => {
  const down = { reachable: false, code: 'E_HOST_UNREACHABLE', message: 'no route' } as const;
  const { code, terminal, stages } = await deploy(['--yes'], {
    plans: [work()],
    hosts: { vm1: hostUp(), vm2: down, vm3: { ...down, message: 'vm3 timed out', hint: 'fleet hosts' } },
  });
  expect(code).toBe(1);
  expect(stages.calls).toEqual(['load', 'lease', 'observe', 'release', 'close']);
  expect(terminal.err()).toContain('error[E_HOST_UNREACHABLE]: vm2: no route');
  expect(terminal.err()).toContain('error[E_QUORUM]: 1 of 3 hosts answer');
});

test('a host with another key stops everything, though the others answer', async () => {
  const changed = { reachable: false, code: 'E_HOST_KEY_CHANGED', message: 'vm3 shows another key' } as const;
  const hosts = { vm1: hostUp(), vm2: hostUp(), vm3: changed };
  const { code, terminal } = await deploy(['--yes'], { plans: [work()], hosts });
  expect(code).toBe(1);
  expect(terminal.err()).toContain('error[E_HOST_KEY_CHANGED]: vm3 shows another key');
});

test('with --json each line of standard output is an event, also when there is nothing to do', async () => {
  const parse = (text: string): Event[] =>
    text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Event);
  const done = await deploy(['--yes', '--json'], { plans: [work()] });
  expect(parse(done.terminal.out()).map((event) => event.kind)).toEqual([
    'plan-started',
    'step-started',
    'step-done',
    'step-started',
    'step-done',
    'plan-done',
  ]);
  const nothing = await deploy(['--json'], { plans: [aPlan()] });
  expect(parse(nothing.terminal.out()).map((event) => event.kind)).toEqual(['plan-done']);
});

test('Ctrl-C takes back what began and exits with 130', async () => {
  const stages = fakeStages({
    plans: [work({ steps: [stepOf('a'), stepOf('b', { needs: ['a'] }), commitOf(['b'])] })],
  });
  const terminal = fakeTerminal([...FILES, 'deploy', '--yes']);
  stages.shell.on('a', () => {
    terminal.interrupt();
    return {};
  });
  expect(await runCli(terminal, stages)).toBe(130);
  expect(stages.shell.lines().slice(0, 2)).toEqual(['vm1: a', 'vm1: undo a']);
  expect(terminal.err()).toContain('interrupted after');
});

test('a deploy that fails leaves a line in the audit log of every keeper before the lease is given back', async () => {
  const setup = { plans: [work({ steps: [stepOf('a'), stepOf('b', { needs: ['a'] }), commitOf(['b'])] })] };
  const stages = fakeStages(setup);
  stages.shell.on('b', { code: 1 });
  const audited = new Map<string, unknown>();
  stages.shell.on(/fleet-audit/, ({ host, stdin = '' }) => {
    audited.set(host, JSON.parse(stdin));
    return host === 'vm1' ? { error: new FleetError('E_HOST_UNREACHABLE', 'gone') } : {};
  });
  expect(await runCli(fakeTerminal([...FILES, 'deploy', '--yes']), stages)).toBe(1);
  expect(stages.calls).toEqual(['load', 'lease', 'observe', 'compile', 'execute', 'audit', 'release', 'close']);
  expect([...audited.keys()]).toEqual(['vm1', 'vm2']);
  expect(audited.get('vm1')).toEqual(audited.get('vm2'));
  expect(audited.get('vm2')).toMatchObject({
    id: expect.stringMatching(/^[0-9a-f]{12}$/),
    by: 'ann@laptop',
    what: 'deploy',
    release: 7,
    previous: 6,
    result: 'failed',
    detail: 'failed: b; 2 steps taken back',
  });
});

test('a dry run shows the plan and takes no lease', async () => {
  const { code, terminal, stages } = await deploy(['--dry-run'], {
    plans: [work({ services: [aChange('web', { change: 'create', reasons: ['new'] })] })],
  });
  expect(code).toBe(0);
  expect(stages.calls).toEqual(['load', 'observe', 'compile', 'close']);
  expect(terminal.out()).toContain('+ web');
});

test('remove asks for its intent, and volumes go only with --volumes', async () => {
  for (const [words, volumes] of [
    [['remove'], false],
    [['remove', '--volumes'], true],
  ] as const) {
    const { stages } = await deploy([], {}, fakeTerminal([...FILES, ...words]));
    expect(stages.compiled[0]?.intent).toEqual({ kind: 'remove', volumes });
  }
});

test('plan -o writes a file that reads back as the same plan', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fleet-'));
  const terminal = fakeTerminal([...FILES, 'plan', '-o', 'x.plan.json', '--detailed-exitcode'], { cwd: folder });
  const { code } = await deploy([], { plans: [work()] }, terminal);
  expect(code).toBe(3);
  expect(JSON.parse(await readFile(join(folder, 'x.plan.json'), 'utf8'))).toEqual(work());
  expect(terminal.out()).toContain('carry out: fleet deploy x.plan.json');
});
