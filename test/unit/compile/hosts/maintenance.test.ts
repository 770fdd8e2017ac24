import { expect, test } from 'vitest';
import { compileHosts } from '../../../../src/compile/index.ts';
import type { BareHosts } from '../../../../src/model/bare-host.ts';
import type { HostsIntent } from '../../../../src/model/hosts.ts';
import type { HostState } from '../../../../src/model/observed.ts';
import type { Command, Plan } from '../../../../src/model/plan.ts';
import {
  aBareHost,
  emptyHost,
  host,
  inventory,
  ROUTER_IMAGE,
  running,
  SILENT,
} from '../../../support/compile/worlds.ts';

type MaintainIntent = Extract<HostsIntent, { kind: 'maintain' }>;

const bare = aBareHost({ docker: 'running', mayUseDocker: true, isMember: true, lacks: [] });
const router = { container: { running: true, spec: 's', image: ROUTER_IMAGE }, mainDigest: 'm', apps: {} };
const REPORTS: Readonly<Record<string, HostState>> = {
  vm1: emptyHost({ router }),
  vm2: emptyHost({
    router,
    containers: [running('shop.db.7.1', { volumes: ['shop_data'] }), running('shop.web.7.2', { state: 'exited' })],
  }),
  vm3: emptyHost({ router }),
};

function planFor(intent: Partial<MaintainIntent>, world: { hosts?: typeof REPORTS; bare?: BareHosts } = {}): Plan {
  const { hosts = REPORTS } = world;
  const compiled = compileHosts({
    inventory: inventory([host('vm1', { roles: ['edge'] }), host('vm2'), host('vm3')]),
    observed: { hosts, images: {} },
    bare: world.bare ?? { vm1: bare, vm2: bare },
    intent: { kind: 'maintain', hosts: ['vm2'], command: '', reboot: false, ...intent },
  });
  if (!compiled.ok) throw compiled.problems[0];
  return compiled.plan;
}

const order = (plan: Plan): unknown[] => plan.steps.map(({ id, needs }) => [id, needs]);
const commandsOf = (plan: Plan, id: string): readonly Command[] =>
  plan.steps.find((one) => one.id === id)?.commands ?? [];

test('a command runs as it was written, and then the host must be as it was', () => {
  const plan = planFor({ command: "apt-get -y upgrade && echo 'done'" });
  expect(order(plan)).toEqual([
    ['run@vm2', []],
    ['back@vm2', ['run@vm2']],
    ['audit@vm1', ['run@vm2', 'back@vm2']],
  ]);
  expect(commandsOf(plan, 'run@vm2')).toMatchObject([{ line: `sh -c 'apt-get -y upgrade && echo '\\''done'\\'''` }]);
  expect(
    commandsOf(plan, 'back@vm2').map((one) => (one.kind === 'hold' || one.kind === 'probe' ? '' : one.line)),
  ).toEqual([
    'docker ps --quiet >/dev/null',
    'docker start fleet-router >/dev/null',
    expect.stringContaining('docker top fleet-router'),
    expect.stringMatching(/ fleet-well shop\.db\.7\.1$/),
  ]);
  expect(plan.warnings).toEqual([]);
});

test('a reboot is over when another boot answers and Docker with it', () => {
  const plan = planFor({ reboot: true });
  expect(order(plan).map((row) => (row as string[])[0])).toEqual(['reboot@vm2', 'back@vm2', 'audit@vm1']);
  expect(commandsOf(plan, 'reboot@vm2')).toMatchObject([
    { kind: 'run', line: expect.stringMatching(/sudo -n sh -c .*systemctl reboot/) },
    { kind: 'rejoin', line: expect.stringContaining('it has not restarted'), timeoutMs: 900_000 },
  ]);
  expect(plan.warnings).toEqual([{ code: 'W_DOWN_FOR_REBOOT', message: 'db.7.1: down until vm2 is back' }]);
});

test('what leaves with the drain is not said to be down; on a host that was drained, whatever is left is', () => {
  const unnamed = { volumes: ['f'.repeat(64)] };
  const hosts = { ...REPORTS, vm2: emptyHost({ router, containers: [running('shop.web.7.2', unnamed)] }) };
  expect(planFor({ reboot: true }, { hosts }).warnings).toEqual([]);
  const drained = { kind: 'drained', at: 1, by: 'ann@laptop', why: '' } as const;
  const marked = { ...hosts, vm1: emptyHost({ router, marks: { vm2: drained } }) };
  expect(planFor({ reboot: true }, { hosts: marked }).warnings).toEqual([
    { code: 'W_DOWN_FOR_REBOOT', message: 'web.7.2: down until vm2 is back' },
  ]);
});

test('an edge ends its requests before it reboots, and takes them again when that fails', () => {
  const plan = planFor({ hosts: ['vm1'], command: 'true', reboot: true });
  expect(order(plan).map((row) => (row as string[])[0])).toEqual([
    'run@vm1',
    'leave@vm1',
    'reboot@vm1',
    'back@vm1',
    'audit@vm1',
  ]);
  expect(plan.steps.find(({ id }) => id === 'leave@vm1')).toMatchObject({
    commands: [{ line: 'docker stop --time 32 fleet-router >/dev/null' }],
    undo: [{ line: 'docker start fleet-router >/dev/null' }],
  });
  expect(plan.warnings.map(({ code }) => code)).toEqual(['W_ONLY_EDGE', 'W_ONLY_KEEPER']);
});

test('hosts of one turn do not wait for each other', () => {
  const plan = planFor({ hosts: ['vm2', 'vm3'], command: 'true' });
  expect(order(plan).slice(0, 4)).toEqual([
    ['run@vm2', []],
    ['back@vm2', ['run@vm2']],
    ['run@vm3', []],
    ['back@vm3', ['run@vm3']],
  ]);
});

test('who may not reboot a host is told before anything is done', () => {
  const refused = { vm2: { ...bare, rights: 'none', refusal: 'sudo: a password is required' } as const };
  expect(() => planFor({ reboot: true }, { bare: refused })).toThrow(
    expect.objectContaining({ code: 'E_RIGHTS', notes: ['sudo: a password is required'] }),
  );
  expect(() => planFor({ command: 'true' }, { bare: refused })).not.toThrow();
});

test('a host that does not answer is not maintained', () => {
  expect(() => planFor({ command: 'true' }, { hosts: { ...REPORTS, vm2: SILENT } })).toThrow(
    expect.objectContaining({ code: 'E_HOST_UNREACHABLE' }),
  );
});
