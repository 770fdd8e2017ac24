import { expect, test } from 'vitest';
import { runCli } from '../../../src/cli/index.ts';
import type { HostMark } from '../../../src/model/mark.ts';
import { aBareHost } from '../../support/compile/worlds.ts';
import { fakeStages, hostUp, type StagesSetup } from '../../support/fake-stages.ts';
import { type FakeTerminal, fakeTerminal } from '../../support/terminal.ts';

async function call(
  words: readonly string[],
  setup: StagesSetup = {},
  terminal: FakeTerminal = fakeTerminal(['-i', 'lab.yaml', ...words]),
): Promise<{ code: number; terminal: FakeTerminal; stages: ReturnType<typeof fakeStages> }> {
  const stages = fakeStages(setup);
  return { code: await runCli(terminal, stages), terminal, stages };
}

const drained: HostMark = { kind: 'drained', at: 1, by: 'ann@laptop', why: '' };

test('cordon shows what it will do, asks, takes the lease, looks again and writes the mark', async () => {
  const words = ['cordon', 'vm3', '--why', 'disk is failing'];
  const { code, terminal, stages } = await call(
    words,
    {},
    fakeTerminal(['-i', 'lab.yaml', ...words], { answers: ['y'] }),
  );
  expect(terminal.err()).toContain('done    mark vm3@vm1');
  expect(code).toBe(0);
  expect(stages.calls).toEqual(['observe', 'compile', 'lease', 'observe', 'compile', 'execute', 'release', 'close']);
  expect(terminal.questions).toEqual(['Carry it out on production (3 hosts)? [y/N] ']);
  const [written] = stages.shell.calls;
  expect(JSON.parse(written?.stdin ?? '')).toMatchObject({
    kind: 'cordoned',
    by: 'ann@laptop',
    why: 'disk is failing',
  });
  expect(terminal.out().replace(/plan [0-9a-f]{6}/, 'plan …')).toBe(
    [
      'fleet cordon vm3   on production (3 hosts, 1 edge)',
      '',
      '~ vm3   cordoned   gets nothing new, keeps what it runs (kept on vm1)',
      '',
      '2 steps on 1 host.   plan …',
      'done: cordon vm3, 2 steps on 1 host.   in 0 ms',
      '',
    ].join('\n'),
  );
});

test('a host that is so already is left alone, without a lease', async () => {
  const { code, terminal, stages } = await call(['uncordon', 'vm2', '--yes']);
  expect(code).toBe(0);
  expect(stages.calls).not.toContain('lease');
  expect(terminal.out()).toContain('nothing to do');
});

test('uncordon takes drained and cordoned marks away alike', async () => {
  const hosts = { vm1: hostUp({ marks: { vm2: drained } }), vm2: hostUp(), vm3: hostUp() };
  const { code, stages } = await call(['uncordon', 'vm2', '--yes'], { hosts });
  expect(code).toBe(0);
  expect(JSON.parse(stages.shell.calls[0]?.stdin ?? '')).toMatchObject({ kind: 'none' });
});

test('a host that the inventory does not have ends with exit code 1, before any lease', async () => {
  const { code, terminal, stages } = await call(['cordon', 'vm9', '--yes']);
  expect(code).toBe(1);
  expect(terminal.err()).toContain('error[E_REFERENCE]: the inventory production has no host vm9');
  expect(stages.calls).not.toContain('lease');
});

test('bootstrap names what is missing and what it will do', async () => {
  const bare = { vm2: aBareHost({ lacks: ['docker'] }) };
  const { code, terminal, stages } = await call(['bootstrap', 'vm2'], { bare });
  expect(code).toBe(1);
  expect(stages.shell.calls).toEqual([]);
  expect(terminal.out().split('\n').slice(2, 8)).toEqual([
    '~ vm2   packages docker.io         Debian GNU/Linux 12 (bookworm) lacks docker',
    '~ vm2   Docker daemon              now and at every boot',
    '~ vm2   deploy into group docker   deploy may not use Docker',
    '~ vm2   new login                  groups count from the next login on',
    '~ vm2   pull nginx:1.30            the host does not have it',
    '~ vm2   router: nginx container    there is none as wanted',
  ]);
});
