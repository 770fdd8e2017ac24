import { expect, test } from 'vitest';
import { compileHosts } from '../../../../src/compile/index.ts';
import type { HostsIntent } from '../../../../src/model/hosts.ts';
import type { HostMark } from '../../../../src/model/mark.ts';
import type { HostUp } from '../../../../src/model/observed.ts';
import type { Plan } from '../../../../src/model/plan.ts';
import { emptyHost, host, inventory, SILENT } from '../../../support/compile/worlds.ts';

/** vm1 and vm2 are edges and so keepers; vm3 is a worker. */
const HOSTS = [host('vm1', { roles: ['edge'] }), host('vm2', { roles: ['edge'] }), host('vm3')];

type MarkIntent = Extract<HostsIntent, { kind: 'mark' }>;
type Marks = Readonly<Record<string, HostMark>>;

const mark = (kind: HostMark['kind'], at: number, why = ''): HostMark => ({ kind, at, by: 'ann@laptop', why });
const asks = (as: HostMark['kind'], more: Partial<MarkIntent> = {}): MarkIntent => ({
  kind: 'mark',
  hosts: ['vm3'],
  as,
  why: '',
  ...more,
});

/** What the keepers have; "silent" does not answer. */
function planFor(
  intent: HostsIntent,
  first: Marks | 'silent' = {},
  second: Marks | 'silent' = {},
  hosts = HOSTS,
): Plan {
  const report = (marks: Marks | 'silent'): HostUp | typeof SILENT =>
    marks === 'silent' ? SILENT : emptyHost({ marks });
  const states = { vm1: report(first), vm2: report(second), vm3: emptyHost() };
  const compiled = compileHosts({
    inventory: inventory(hosts),
    observed: { hosts: states, images: {} },
    bare: {},
    intent,
  });
  if (!compiled.ok) throw compiled.problems[0];
  return compiled.plan;
}

const written = (plan: Plan): unknown[] =>
  plan.steps
    .filter(({ action }) => action.kind === 'mark')
    .map(({ id, commands: [command] }) => [id, command?.kind === 'run' ? command.stdin : undefined]);

test('a mark is written on every keeper, beside its place and then moved there', () => {
  const plan = planFor(asks('cordoned', { why: 'disk @AT@ is failing' }));
  const stdin = {
    kind: 'stamped',
    text: '{"plan":"@PLAN@","at":@AT@,"by":"@BY@","kind":"cordoned","why":"disk \\u0040AT\\u0040 is failing"}\n',
  };
  expect(written(plan)).toEqual([
    ['mark vm3@vm1', stdin],
    ['mark vm3@vm2', stdin],
  ]);
  expect(plan.steps[0]?.commands).toMatchObject([
    {
      line: 'mkdir -p /home/deploy/.fleet/.hosts/marks && cat > /home/deploy/.fleet/.hosts/marks/vm3.json.new && mv -f /home/deploy/.fleet/.hosts/marks/vm3.json.new /home/deploy/.fleet/.hosts/marks/vm3.json',
    },
  ]);
});

test('a host that is marked so already needs nothing', () => {
  const there = { vm3: mark('cordoned', 5, 'disk') };
  expect(planFor(asks('cordoned'), there, there).steps).toEqual([]);
  expect(planFor(asks('none')).steps).toEqual([]);
});

test('another reason is another mark', () => {
  const there = { vm3: mark('cordoned', 5, 'disk') };
  expect(planFor(asks('cordoned', { why: 'fan' }), there, there).steps.length).toBeGreaterThan(0);
});

test('a newer mark is later than any that is known, whatever the clocks say', () => {
  const plan = planFor(asks('none'), { vm3: mark('cordoned', 5) }, { vm3: mark('drained', 900) });
  expect(written(plan)).toMatchObject([
    ['mark vm3@vm1', { laterThan: 900 }],
    ['mark vm3@vm2', { laterThan: 900 }],
  ]);
});

test('a keeper that was away when a host was marked gets the mark as it is', () => {
  const newest = mark('cordoned', 5, 'disk');
  expect(written(planFor(asks('cordoned'), { vm3: newest }, { vm3: mark('none', 2) }))).toEqual([
    ['mark vm3@vm2', { kind: 'text', text: `${JSON.stringify(newest)}\n` }],
  ]);
});

test('a keeper that does not answer is passed over, and none at all is a refusal', () => {
  expect(written(planFor(asks('cordoned'), 'silent')).map((row) => (row as string[])[0])).toEqual(['mark vm3@vm2']);
  expect(() => planFor(asks('cordoned'), 'silent', 'silent')).toThrow(expect.objectContaining({ code: 'E_QUORUM' }));
});

test('what the inventory itself cordons stays so, and that is said', () => {
  const hosts = [...HOSTS.slice(0, 2), host('vm3', { cordoned: true })];
  expect(planFor(asks('none'), { vm3: mark('cordoned', 5) }, {}, hosts).warnings).toEqual([
    { code: 'W_CORDONED_BY_FILE', message: 'vm3 stays cordoned: the inventory says so itself (cordoned: true)' },
  ]);
});

test('a host that the inventory does not have is refused by name', () => {
  expect(() => planFor(asks('cordoned', { hosts: ['vm9'] }))).toThrow(
    expect.objectContaining({ code: 'E_REFERENCE', notes: ['it has vm1, vm2, vm3'] }),
  );
});

test('the progress of a maintenance and a line of the audit log come after the marks', () => {
  const progress = { command: 'true', reboot: false, hosts: ['vm3'], done: ['vm3'], before: {} };
  const plan = planFor(asks('none', { progress }), { vm3: mark('drained', 5) });
  expect(plan.steps.map(({ id, needs }) => [id, needs])).toEqual([
    ['mark vm3@vm1', []],
    ['mark vm3@vm2', []],
    ['progress@vm1', ['mark vm3@vm1', 'mark vm3@vm2']],
    ['progress@vm2', ['mark vm3@vm1', 'mark vm3@vm2']],
    ['audit@vm1', ['mark vm3@vm1', 'mark vm3@vm2']],
    ['audit@vm2', ['mark vm3@vm1', 'mark vm3@vm2']],
  ]);
});

test('a machine with another key than known_hosts has stops everything', () => {
  const states = { vm1: emptyHost(), vm2: emptyHost(), vm3: { ...SILENT, code: 'E_HOST_KEY_CHANGED' } };
  const observed = { hosts: states, images: {} };
  const compiled = compileHosts({ inventory: inventory(HOSTS), observed, bare: {}, intent: asks('cordoned') });
  expect(compiled).toMatchObject({ ok: false, problems: [{ code: 'E_HOST_KEY_CHANGED' }] });
});

test('equal questions give equal plans, whatever the order of the hosts', () => {
  const turned = [...HOSTS].reverse();
  expect(planFor(asks('drained'), {}, {}, turned)).toEqual(planFor(asks('drained')));
});
