import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCli } from '../../../src/cli/index.ts';
import { compile } from '../../../src/compile/index.ts';
import { service } from '../../support/compile/worlds.ts';
import { aPlaybook, type FakeStages, fakeStages, hostUp } from '../../support/fake-stages.ts';
import { type FakeTerminal, fakeTerminal } from '../../support/terminal.ts';

const FILES = ['-i', 'lab.yaml', '-f', 'shop.yaml'];
const playbook = aPlaybook({
  services: [service('web', { replicas: 2, reservation: { cpus: 1, memoryBytes: 0 } })],
  networks: ['default'],
});

/** With the real compiler. */
async function fleet(
  args: readonly string[],
  cwd?: string,
): Promise<{ code: number; terminal: FakeTerminal; stages: FakeStages }> {
  const terminal = fakeTerminal([...FILES, ...args], cwd === undefined ? {} : { cwd });
  const fake = fakeStages({ playbook });
  const stages: FakeStages = {
    ...fake,
    compile: (question) => {
      fake.compile(question);
      return compile(question);
    },
  };
  return { code: await runCli(terminal, stages), terminal, stages };
}

test('a what-if looks at the hosts, takes no lease, executes nothing, and says that it is only a question', async () => {
  const { code, terminal, stages } = await fleet(['plan', '--what-if', 'lose=vm2,scale.web=5']);
  expect(code).toBe(0);
  expect(stages.calls).toEqual(['load', 'observe', 'compile', 'close']);
  expect(stages.compiled[0]?.assumptions).toHaveLength(2);
  expect(terminal.out()).toContain('what if   only a question: the hosts are not touched');
  expect(terminal.out()).toContain('scale.web=5   web has 5 replicas, not 2');
  expect(terminal.out()).not.toContain('carry out:');
});

test('the option may be repeated, and works without any host: offline and from a saved observation', async () => {
  const cwd = await mkdtemp(join(tmpdir(), 'fleet-'));
  const hosts = { vm1: hostUp(), vm2: hostUp(), vm3: hostUp() };
  await writeFile(join(cwd, 'seen.json'), JSON.stringify({ hosts, images: {} }));
  for (const world of [['--offline'], ['--observed', 'seen.json']]) {
    const { code, terminal, stages } = await fleet(
      ['plan', ...world, '--what-if', 'lose=vm2', '--what-if', 'add=vm9'],
      cwd,
    );
    expect([code, stages.calls]).toEqual([0, ['load', 'compile']]);
    expect(terminal.out()).toMatch(/add=vm9 .*\n.*lose=vm2 /);
  }
});

test('the exit code is 1 when it does not fit, and the plan is printed all the same, also as JSON', async () => {
  const { code, terminal } = await fleet(['plan', '--json', '--what-if', 'scale.web=50']);
  expect(code).toBe(1);
  expect(JSON.parse(terminal.out()).whatIf).toMatchObject({
    fits: false,
    assumptions: [{ asked: 'scale.web=50' }],
    misfits: [{ code: 'E_UNPLACEABLE', message: 'web: 38 of 50 replicas fit nowhere' }],
  });
});

test('wrong words are found before any host is asked, exit code 2', async () => {
  const { code, terminal, stages } = await fleet(['plan', '--what-if', 'lose=vm7,scale.wbe=2']);
  expect([code, stages.calls]).toEqual([2, ['load']]);
  expect(terminal.err()).toContain('there is no host "vm7" in the inventory');
  expect(terminal.err()).toContain('did you mean "web"?');
});

test.each([['--yes'], ['--dry-run']])('a saved what-if is never carried out: deploy %s refuses it', async (flag) => {
  const cwd = await mkdtemp(join(tmpdir(), 'fleet-'));
  await fleet(['plan', '-o', 'what-if.json', '--what-if', 'scale.web=3'], cwd);
  expect(JSON.parse(await readFile(join(cwd, 'what-if.json'), 'utf8')).steps.length).toBeGreaterThan(0);
  const { code, terminal, stages } = await fleet(['deploy', flag, 'what-if.json'], cwd);
  expect([code, stages.calls]).toEqual([2, []]);
  expect(terminal.err()).toBe(`error[E_VALUE]: this plan answers a what-if (scale.web=3): it is never carried out
  hint: fleet plan -o FILE, without --what-if
`);
});

test('a what-if whose answer was cut out of its file is stale: its digest covers the answer', async () => {
  const cwd = await mkdtemp(join(tmpdir(), 'fleet-'));
  await fleet(['plan', '-o', 'what-if.json', '--what-if', 'cordon=vm3'], cwd);
  const { whatIf, ...plan } = JSON.parse(await readFile(join(cwd, 'what-if.json'), 'utf8'));
  expect(whatIf).toBeDefined();
  await writeFile(join(cwd, 'cut.json'), JSON.stringify(plan));
  const { code, terminal, stages } = await fleet(['deploy', '--yes', 'cut.json'], cwd);
  expect(code).toBe(1);
  expect(terminal.err()).toContain('E_PLAN_STALE');
  expect(stages.calls).not.toContain('execute');
});
