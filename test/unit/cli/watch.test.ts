import { expect, test } from 'vitest';
import { runCli } from '../../../src/cli/index.ts';
import type { Stages } from '../../../src/stages.ts';
import { aPlaybook, fakeStages, hostUp, type StagesSetup } from '../../support/fake-stages.ts';
import { aPlan } from '../../support/plan-builders.ts';
import { commitOf, planOf, stepOf } from '../../support/plans.ts';
import { type FakeTerminal, fakeTerminal } from '../../support/terminal.ts';
import { repairPlan, WatchedFleet } from '../../support/watch/fleet.ts';

const RECORD = { app: 'shop', release: 6, at: 0, by: 'ann', planDigest: '', specs: {}, images: {}, body: 'x' };
const ON_RECORD: StagesSetup = {
  hosts: { vm1: hostUp({ releases: { shop: [RECORD] } }), vm2: hostUp() },
  body: { version: 1, playbook: aPlaybook(), images: {} },
};

/** Runs `fleet watch` for so long, and ends it by Ctrl-C. */
async function watchFor(
  ms: number,
  words: readonly string[],
  { fleet = new WatchedFleet(), terminal = {} }: { fleet?: WatchedFleet; terminal?: Partial<FakeTerminal> } = {},
): Promise<{ code: number; terminal: FakeTerminal }> {
  const fake = fakeTerminal(['-i', 'lab.yaml', 'watch', ...words], terminal);
  const running = runCli(fake, fleet.stages);
  await fleet.begun;
  await fleet.sleep(ms);
  fake.interrupt();
  return { code: await running, terminal: fake };
}

function hasWork(fleet: WatchedFleet): WatchedFleet {
  fleet.plan = () => repairPlan(stepOf('fix'));
  fleet.base.shell.on('fix', () => {
    fleet.plan = () => aPlan();
    return { takesMs: 1500 };
  });
  return fleet;
}

test('watch prints a line for each report, with its time and how long a repair took, and leaves with code 0', async () => {
  const { code, terminal } = await watchFor(10_000, [], { fleet: hasWork(new WatchedFleet()) });
  expect(code).toBe(0);
  expect(terminal.out()).toBe(
    [
      '2023-11-14T22:13:20Z  ok       watching shop on 3 hosts',
      '2023-11-14T22:13:21Z  ok       shop: repaired in 1.5 s: 2 steps done',
      '2023-11-14T22:13:30Z  ok       watching has ended',
      '',
    ].join('\n'),
  );
});

test('watch --json prints reports as lines of JSON', async () => {
  const { terminal } = await watchFor(1000, ['--json']);
  const lines = terminal.out().trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { kind: 'watch-started', severity: 'info', hosts: 3, apps: ['shop'], text: 'watching shop on 3 hosts' },
    { kind: 'watch-ended' },
  ]);
});

test('watch --every and -p are obeyed', async () => {
  const fleet = new WatchedFleet({ apps: ['blog', 'shop'] });
  await watchFor(35_000, ['--every', '10s', '-p', 'blog'], { fleet });
  expect(fleet.logged('look').length).toBe(4);
  expect(fleet.logged('compile').every((line) => line.includes('blog'))).toBe(true);
});

test('watch --max-repairs 0 only reports', async () => {
  const fleet = hasWork(new WatchedFleet());
  await watchFor(5000, ['--max-repairs', '0'], { fleet });
  expect(fleet.logged('lease')).toEqual([]);
});

test('watch --notify hands each report to a local command', async () => {
  const runs: { line: string; input: string }[] = [];
  const runLocal = async (line: string, input: string): Promise<number> => {
    runs.push({ line, input });
    return 0;
  };
  await watchFor(1000, ['--notify', 'mail ops'], { terminal: { runLocal } });
  expect(runs.map(({ line, input }) => [line, JSON.parse(input).kind])).toEqual([
    ['mail ops', 'watch-started'],
    ['mail ops', 'watch-ended'],
  ]);
});

test('watch takes no webhook that is none, and does not print it', async () => {
  const terminal = fakeTerminal(['-i', 'lab.yaml', 'watch', '--webhook', 'hooks.example/sesame']);
  expect(await runCli(terminal, fakeStages())).toBe(2);
  expect(terminal.err()).toContain('error[E_VALUE]: the webhook is no http or https URL');
  expect(terminal.err()).not.toContain('sesame');
});

test('watch --systemd prints a unit with absolute paths and without the webhook', async () => {
  const words = ['-i', 'inventory/lab.yaml', 'watch', '--systemd', '--grace', '30s', '--webhook', 'https://x/sesame'];
  const terminal = fakeTerminal(words, { cwd: '/srv/shop' });
  const stages: Stages = fakeStages();
  expect(await runCli(terminal, stages)).toBe(0);
  expect(terminal.out()).toContain(
    'ExecStart=/usr/bin/node /opt/fleet/main.js --inventory /srv/shop/inventory/lab.yaml --no-color watch --grace 30000ms\n',
  );
  expect(terminal.out() + terminal.err()).not.toContain('sesame');
  expect(terminal.err()).toContain('FLEET_WEBHOOK');
});

test('watch refuses to look more often than a look takes', async () => {
  const terminal = fakeTerminal(['-i', 'lab.yaml', 'watch', '--every', '10ms']);
  expect(await runCli(terminal, fakeStages())).toBe(2);
});

async function heal(words: readonly string[], setup: StagesSetup): Promise<{ code: number; terminal: FakeTerminal }> {
  const terminal = fakeTerminal(['-i', 'lab.yaml', 'heal', ...words]);
  return { code: await runCli(terminal, fakeStages({ ...ON_RECORD, ...setup })), terminal };
}

const FIX = planOf([stepOf('fix'), commitOf(['fix'])]);

test('heal says that there is nothing to do, exit code 0', async () => {
  const { code, terminal } = await heal(['--yes'], {});
  expect(code).toBe(0);
  expect(terminal.out()).toContain('nothing to do');
});

test('heal --yes repairs; without it and without a terminal nothing is done, exit code 1', async () => {
  const done = await heal(['--yes'], { plans: [FIX] });
  expect(done.code).toBe(0);
  expect(done.terminal.out()).toContain('done: shop release 6 serves on production');
  const declined = await heal([], { plans: [FIX] });
  expect(declined.code).toBe(1);
  expect(declined.terminal.err()).toContain('Add --yes');
});

test('heal --dry-run shows the plan and takes no lease', async () => {
  const { code, terminal } = await heal(['--dry-run'], { plans: [FIX] });
  expect(code).toBe(0);
  expect(terminal.out()).toContain('shop on production');
  expect(terminal.err()).not.toContain('lease');
});

test('heal without a release on record says what is missing, exit code 1', async () => {
  const { code, terminal } = await heal(['--yes', '-p', 'blog'], {});
  expect(code).toBe(1);
  expect(terminal.err()).toContain('error[E_RELEASE]: blog has no release on record');
});

test('heal on hosts that nothing is deployed on says so', async () => {
  const { code, terminal } = await heal(['--yes'], { hosts: { vm1: hostUp() } });
  expect(code).toBe(0);
  expect(terminal.err()).toBe('no app is on record on these hosts\n');
});
