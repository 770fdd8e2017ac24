import { expect, test } from 'vitest';
import { runCli } from '../../../src/cli/index.ts';
import type { AuditLog } from '../../../src/model/audit.ts';
import { aLog, anEntry } from '../../support/audit-logs.ts';
import { service } from '../../support/compile/worlds.ts';
import { aContainer, type FakeStages, fakeStages, type StagesSetup } from '../../support/fake-stages.ts';
import { aBody, aKeeper, aRecord } from '../../support/releases.ts';
import { type FakeTerminal, fakeTerminal } from '../../support/terminal.ts';

interface Called {
  readonly code: number;
  readonly terminal: FakeTerminal;
  readonly stages: FakeStages;
}

async function call(
  words: readonly string[],
  setup: StagesSetup = {},
  logs: readonly AuditLog[] = [],
): Promise<Called> {
  const terminal = fakeTerminal(['-i', 'lab.yaml', ...words]);
  const stages = fakeStages(setup);
  for (const { keeper, app, lines } of logs) {
    const numbered = lines.map((text, index) => `${index + 1}:${text}\n`).join('');
    stages.shell.onHost(keeper, /fleet-audit-log/, { stdout: `@@log ${app}\n${numbered}` });
  }
  return { code: await runCli(terminal, stages), terminal, stages };
}

const RECORDS = [aRecord(1, { web: 'w1 web:1' }), aRecord(2, { web: 'w2 web:2' })];
const HOSTS = { hosts: { vm1: aKeeper(RECORDS, [1]) } };
const DAY = 86_400_000;
const NOW = 1_700_000_000_000;

test('releases looks once, reads no playbook, and says which release is current and which can come back', async () => {
  const { code, terminal, stages } = await call(['releases', '--json', '-f', 'shop.yaml'], HOSTS);
  expect([code, stages.calls]).toEqual([0, ['observe', 'close']]);
  const rows = JSON.parse(terminal.out()).map((row: Record<string, unknown>) => [
    row.release,
    row.isCurrent,
    row.canReturn,
  ]);
  expect(rows).toEqual([
    [2, true, false],
    [1, false, true],
  ]);
});

test('diff compares with the current release where only one is named', async () => {
  const { code, terminal } = await call(['diff', '1'], HOSTS);
  expect(code).toBe(0);
  expect(terminal.out()).toContain('release 1 -> 2');
});

test('diff of a release that is not on record names those that are, exit code 1; of no number, exit code 2', async () => {
  const unknown = await call(['diff', '1', '9'], HOSTS);
  expect([unknown.code, unknown.terminal.err()]).toEqual([
    1,
    'error[E_RELEASE]: shop has no release 9 on record\n  on record: 1, 2\n  hint: fleet releases\n',
  ]);
  expect((await call(['diff', 'latest'], HOSTS)).code).toBe(2);
});

test('diff asks for the app where several have releases', async () => {
  const both = aKeeper(RECORDS, []);
  const hosts = { vm1: { ...both, releases: { ...both.releases, blog: [aRecord(1, {}, { app: 'blog' })] } } };
  const { code, terminal } = await call(['diff', '1'], { hosts });
  expect([code, terminal.err()]).toEqual([
    1,
    'error[E_RELEASE]: several apps run here: blog, shop\n  hint: fleet -p blog …\n',
  ]);
  expect((await call(['-p', 'shop', 'diff', '1'], { hosts })).code).toBe(0);
});

test('audit reads the keepers alone, and only so many lines', async () => {
  const logs = [aLog('vm1', [anEntry('a', { at: NOW - 1 })])];
  const { code, terminal, stages } = await call(['audit', '--limit', '7'], {}, logs);
  const asked = stages.shell.lines().map((line) => [line.slice(0, 4), line.slice(-18)]);
  expect([code, stages.calls, asked]).toEqual([0, ['close'], [['vm1:', ' fleet-audit-log 7']]]);
  expect(terminal.out()).toContain('deploy');
});

test('audit --since leaves older entries out', async () => {
  const entries = [anEntry('old', { at: NOW - 8 * DAY }), anEntry('new', { at: NOW - 6 * DAY })];
  const { terminal } = await call(['audit', '--since', '7d', '--format', 'json'], {}, [aLog('vm1', entries)]);
  expect(JSON.parse(terminal.out()).entries.map(({ id }: { id: string }) => id)).toEqual(['new']);
});

test.each([['7 moons'], ['-1d'], ['2026-13-45']])('audit --since %s is refused with exit code 2', async (since) => {
  const { code, terminal } = await call(['audit', `--since=${since}`]);
  expect([code, terminal.err().split(':')[0]]).toEqual([2, 'error[E_VALUE]']);
});

test('audit --verify ends with 0 for whole logs and with 1, keeper and line, where a line was changed', async () => {
  const log = aLog('vm1', [anEntry('a'), anEntry('b'), anEntry('c')]);
  const good = await call(['audit', '--verify'], {}, [log]);
  expect([good.code, good.terminal.err()]).toEqual([
    0,
    'verified: 3 entries on vm1, each line follows the one before it\n',
  ]);
  const lines = log.lines.map((line, index) => (index === 1 ? line.replace('ann', 'bob') : line));
  const bad = await call(['audit', '--verify'], {}, [{ ...log, lines }]);
  expect([bad.code, bad.terminal.err()]).toEqual([
    1,
    'broken: vm1 shop line 2 was changed, or lines behind it were taken out: line 3 follows another\n',
  ]);
});

test('what goes by the last release does nothing while the record of the one that runs is lost', async () => {
  const web = aContainer('web', { name: 'shop.web.3.1', release: 3, spec: 'w3' });
  const hosts = { vm1: { ...aKeeper(RECORDS, [2]), containers: [web] } };
  const { code, terminal, stages } = await call(['scale', 'web=3', '--yes'], { hosts, body: aBody([service('web')]) });
  expect([code, stages.calls.includes('compile')]).toEqual([1, false]);
  expect(terminal.err()).toBe(
    'error[E_RELEASE]: shop: release 3 runs, and no host that answers has a record of it: nothing was done\n  hint: fleet deploy writes it again\n',
  );
});

test('of an app that was removed nothing can be scaled or brought back, and it is no app among others', async () => {
  const removal = aRecord(3, {}, { removed: true });
  const hosts = { hosts: { vm1: aKeeper([...RECORDS, removal], [1]) } };
  const why = 'shop was removed by ann@laptop: there is nothing to start from\n  hint: fleet deploy starts it anew\n';
  for (const words of [
    ['scale', 'web=3'],
    ['rollback', '1'],
  ]) {
    const { code, terminal, stages } = await call(['-p', 'shop', ...words], hosts);
    expect([code, terminal.err()]).toEqual([1, `error[E_RELEASE]: ${why}`]);
    expect(stages.calls).not.toContain('compile');
  }
  const { terminal } = await call(['rebalance'], hosts);
  expect(terminal.err()).toContain('error[E_RELEASE]: nothing is deployed here');
});
