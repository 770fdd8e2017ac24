import { expect, test } from 'vitest';
import { runCli } from '../../../src/cli/index.ts';
import { type FakeStages, fakeStages } from '../../support/fake-stages.ts';
import { recordsObserved } from '../../support/records.ts';
import { type FakeTerminal, fakeTerminal } from '../../support/terminal.ts';

async function call(...args: string[]): Promise<{ code: number; terminal: FakeTerminal; stages: FakeStages }> {
  const terminal = fakeTerminal(['-i', 'lab.yaml', ...args]);
  const stages = fakeStages({ hosts: recordsObserved() });
  return { code: await runCli(terminal, stages), terminal, stages };
}

const SILENT = `vm3: no route to host
  hint: ping 10.0.0.3
  what runs on vm3 is unknown; routers lead to backend.6.3 there
`;

test.each([['where', 'backend'], ['whois', '10.96.0.5'], ['records']])(
  '%s looks once, loads no playbook, runs nothing, and tells silent hosts on standard error',
  async (...args) => {
    const { code, terminal, stages } = await call(...args.filter((word) => word !== undefined), '-f', 'shop.yaml');
    expect([code, stages.calls, stages.shell.calls, terminal.err()]).toEqual([0, ['observe', 'close'], [], SILENT]);
  },
);

test('where shows the replicas of a service, or one of its slots', async () => {
  const all = await call('where', 'backend', '--json');
  expect(JSON.parse(all.terminal.out()).map((one: { slot: number }) => one.slot)).toEqual([1, 2, 3]);
  const one = await call('where', 'backend.2');
  expect(one.terminal.out()).toBe(
    'REPLICA      HOST  ADDRESS   PORTS  VIP        SINCE  STATE\nbackend.6.2  vm2   10.0.0.2  -      10.96.0.5  -      exited (3)\n',
  );
});

test('where of a service or slot that nobody knows names what there is, exit code 2', async () => {
  const service = await call('where', 'bakend');
  expect([service.code, service.terminal.err()]).toEqual([
    2,
    `${SILENT}error[E_REFERENCE]: no replica of bakend is known\n  there are: backend, cache\n  hint: fleet records\n`,
  ]);
  const slot = await call('where', 'backend.9');
  expect(slot.terminal.err()).toContain('there are: backend.1, backend.2, backend.3, cache');
});

test('whois of an unknown address ends with 1, of one that can not be with 2', async () => {
  expect((await call('whois', '10.9.9.9')).code).toBe(1);
  for (const wrong of ['10.0.0.999', '10.0.0.1:99999', '10.0.0.1:', 'http://x/', '']) {
    const { code, terminal } = await call('whois', wrong);
    expect([wrong, code, terminal.err().split(':')[0]]).toEqual([wrong, 2, 'error[E_VALUE]']);
  }
});

test('whois --json has the owners as data', async () => {
  const { terminal } = await call('whois', '10.0.0.1:20011', '--json');
  expect(JSON.parse(terminal.out())).toMatchObject({
    address: '10.0.0.1',
    port: 20_011,
    owners: [{ kind: 'replica', record: { replica: 'shop.backend.6.1' }, binding: { port: 8080 } }],
  });
});

test('an IPv6 address may have a port behind brackets', async () => {
  expect(JSON.parse((await call('whois', '[fd00::1]:22', '--json')).terminal.out())).toMatchObject({
    address: 'fd00::1',
    port: 22,
  });
  expect(JSON.parse((await call('whois', 'fd00::1', '--json')).terminal.out()).address).toBe('fd00::1');
});

test('records has five forms', async () => {
  const start = async (...args: string[]): Promise<string> =>
    (await call('records', ...args)).terminal.out().split('\n')[0] ?? '';
  expect(await start()).toMatch(/^APP {3}SERVICE {2}SLOT/);
  expect(await start('--format', 'table')).toBe(await start());
  expect(await start('--format', 'csv')).toMatch(/^app,service,slot,.*\r$/);
  expect(await start('--format', 'markdown')).toMatch(/^\| app \| service \|/);
  expect(await start('--format', 'hosts')).toBe('10.96.0.5 backend.shop');
  expect(JSON.parse((await call('records', '--format', 'json')).terminal.out())).toHaveLength(4);
  expect((await call('records', '--format', 'xml')).code).toBe(2);
});

test('-p leaves out the apps of others', async () => {
  expect((await call('-p', 'blog', 'records', '--format', 'hosts')).terminal.out()).toBe('');
  expect((await call('-p', 'blog', 'records')).terminal.out()).toBe('no replica is known\n');
});
