/** The judgement of the deploy bench: times out of events, medians, what is held against what, and who is left out. */
import { expect, test } from 'vitest';
import type { Event } from '../../../src/model/event.ts';
import { againTable, deployTable, inTurn, median, type Series, spansTable } from '../../bench/deploy/rounds.ts';
import { spansOf, startingMs } from '../../bench/deploy/spans.ts';
import { type Subject, shares } from '../../bench/deploy/subject.ts';
import { type BenchResult, markdownOf, withResult, withTables } from '../../bench/parts/report.ts';
import { STORY, storyPlaybook, storyReplicas } from '../../bench/story/app.ts';

function stepped(id: string, from: number, to: number): Event[] {
  const [begun, done] = ['step-started', 'step-done'] as const;
  return [
    { kind: begun, at: from, id, host: 'vm1' },
    { kind: done, at: to, id, host: 'vm1', ms: to - from },
  ];
}

const EVENTS: readonly Event[] = [
  { kind: 'lease', at: 1_300, state: 'taken', message: '' },
  { kind: 'plan-started', at: 1_400, app: 'speed', release: 1, steps: 5 },
  ...stepped('ground speed@vm1', 1_400, 1_500),
  ...stepped('start web.1.1@vm1', 1_500, 1_900),
  ...stepped('start web.1.2@vm2', 1_600, 2_100),
  ...stepped('healthy wave-1', 2_100, 2_100),
  ...stepped('record release 1@vm1', 2_400, 2_500),
];

test('starting lasts from the begin of the first container to the end of the last', () => {
  expect(startingMs(spansOf(EVENTS, 1_000, 2_600))).toBe(600);
  expect(startingMs(spansOf(EVENTS.slice(0, 2), 1_000, 2_600))).toBeUndefined();
});

test('spans stand in the order in which they begin, gates are none, and the whole is the process', () => {
  expect(spansOf(EVENTS, 1_000, 2_600)).toEqual([
    { what: 'process, connections, lease', fromMs: 0, toMs: 300, steps: 0 },
    { what: 'all', fromMs: 0, toMs: 1_600, steps: 5 },
    { what: 'hosts are looked at, plan is made', fromMs: 300, toMs: 400, steps: 0 },
    { what: 'networks, volumes, files', fromMs: 400, toMs: 500, steps: 1 },
    { what: 'containers start', fromMs: 500, toMs: 1_100, steps: 2 },
    { what: 'records', fromMs: 1_400, toMs: 1_500, steps: 1 },
  ]);
});

test('the median of an even number is the lower of the two in the middle', () => {
  expect(median([4, 1, 3, 2])).toBe(2);
  expect(median([3, 1, 2])).toBe(2);
  expect(median([])).toBeUndefined();
});

const series: readonly Series[] = [
  { name: 'raw shell, 2', deploys: [{ ms: 4_000 }, { ms: 6_000 }, { ms: 5_000 }], agains: [100, 200] },
  { name: 'raw shell, 4', deploys: [{ ms: 4_500 }, { ms: 4_000 }, { ms: 9_000 }], agains: [120] },
  // Quicker with nothing to do than the floor, which it must not become by that.
  { name: 'raw shell, own network, 2', deploys: [{ ms: 6_000 }], agains: [50] },
  { name: 'fleet', deploys: [{ ms: 9_000, startingMs: 5_400 }], agains: [300] },
  { name: 'other', deploys: [], agains: [], trouble: 'it fell' },
];

test('all are held against the quickest of the raw shells, by medians, and starting against its own kind, too', () => {
  const { rows, notes } = deployTable('', series);
  expect(rows).toEqual([
    ['raw shell, 2', 3, 5, '4 to 6', '1.11x', null, null, null],
    ['raw shell, 4', 3, 4.5, '4 to 9', '1.00x', null, null, null],
    ['raw shell, own network, 2', 1, 6, '6 to 6', '1.33x', null, null, null],
    ['fleet', 1, 9, '9 to 9', '2.00x', 5.4, '1.20x', '0.90x'],
    ['other', 0, null, '', null, null, null, null],
  ]);
  expect(notes).toEqual(['other: no further runs: it fell']);
  expect(againTable('', series).rows[3]).toEqual(['fleet', 1, 0.3, '0.3 to 0.3', '3.00x']);
});

test('where the time goes is told of the run in the middle', () => {
  const span = { what: 'containers start', fromMs: 0, toMs: 500, steps: 2 };
  const deploys = [{ ms: 1 }, { ms: 2, spans: [span] }, { ms: 3 }];
  expect(spansTable('', { name: 'fleet', deploys, agains: [] }).rows).toEqual([['containers start', 0, 0.5, 0.5, 2]]);
});

function subject(name: string, log: string[], more: Partial<Subject> = {}): Subject {
  const say = (word: string) => async () => void log.push(`${name} ${word}`);
  return {
    name,
    prepare: say('prepare'),
    deploy: async () => {
      log.push(`${name} deploy`);
      return { ms: 1 };
    },
    again: async () => 1,
    ...more,
  };
}

test('subjects take turns, the slow ones fewer, and one that fails is left out from then on', async () => {
  const log: string[] = [];
  const failing = subject('c', log, { deploy: () => Promise.reject(new Error('no\nway')) });
  const subjects = [subject('a', log), subject('b', log, { mostRuns: 1 }), failing];
  const all = await inTurn(subjects, { runs: 2, agains: 1, check: async () => undefined, say: () => undefined });
  expect(log).toEqual(['a prepare', 'a deploy', 'b prepare', 'b deploy', 'c prepare', 'a prepare', 'a deploy']);
  expect(all.map(({ deploys, trouble }) => [deploys.length, trouble])).toEqual([
    [2, undefined],
    [1, undefined],
    [0, 'no'],
  ]);
});

test('what is slow is asked less often with nothing to do', async () => {
  const subjects = [subject('a', []), subject('b', [], { mostAgains: 1 })];
  const all = await inTurn(subjects, { runs: 2, agains: 3, check: async () => undefined, say: () => undefined });
  expect(all.map(({ agains }) => agains.length)).toEqual([6, 2]);
});

test('a deployment after which a container is missing does not count', async () => {
  const check = () => Promise.reject(new Error('3 of 4 containers run'));
  const [only] = await inTurn([subject('a', [])], { runs: 1, agains: 1, check, say: () => undefined });
  expect(only).toEqual({ name: 'a', deploys: [], agains: [], trouble: '3 of 4 containers run' });
});

test('containers are shared out so that hosts differ by one at most, and none is lost', () => {
  expect([...shares(['vm1', 'vm2', 'vm3'], 8).values()]).toEqual([3, 3, 2]);
  expect([...shares(['vm1', 'vm2'], 1).values()]).toEqual([1, 0]);
});

test('the story has 12 services and 200 replicas, and each of them in the playbook', () => {
  const replicas = storyReplicas(1);
  expect(Object.values(replicas).reduce((sum, one) => sum + one, 0)).toBe(200);
  const { name, services } = storyPlaybook(replicas, '/server.mjs') as {
    readonly name: string;
    readonly services: Readonly<Record<string, { readonly deploy: { readonly replicas: number } }>>;
  };
  expect(name).toBe(STORY);
  expect(Object.keys(services)).toHaveLength(12);
  expect(Object.fromEntries(Object.entries(services).map(([key, one]) => [key, one.deploy.replicas]))).toEqual(
    replicas,
  );
  expect(Math.min(...Object.values(storyReplicas(0.01)))).toBe(1);
});

const RESULT: BenchResult = {
  ...{ part: 'p', question: 'Q?', date: '2026-11-28', machine: 'M' },
  tables: [{ title: 'T', columns: ['', 'a [s]'], rows: [['x', 1.2345]], notes: ['n'] }],
};

test('tables stand between their marks in the README, and what is around them stays', () => {
  const markdown = markdownOf([RESULT]);
  expect(markdown).toBe('### Q?\n\n2026-11-28, M\n\n**T**\n\n|  | a [s] |\n| --- | --- |\n| x | 1.23 |\n\nn');
  const text = 'before\n<!-- bench: made by npm run bench -->\nold\n<!-- /bench -->\nafter\n';
  expect(withTables(text, 'new')).toBe(
    'before\n<!-- bench: made by npm run bench -->\n\nnew\n\n<!-- /bench -->\nafter\n',
  );
  expect(() => withTables('no marks', 'new')).toThrow('README.md has no');
});

test('a part that is measured again takes its own place, and the others stay', () => {
  const [first, second] = [RESULT, { ...RESULT, part: 'q' }];
  const again = { ...RESULT, date: '2026-11-29' };
  const order = ['p', 'q'];
  expect(withResult([first, second], again, order)).toEqual([again, second]);
  expect(withResult([second], first, order)).toEqual([first, second]);
});
