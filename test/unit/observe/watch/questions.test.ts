import { expect, test } from 'vitest';
import { FleetError } from '../../../../src/model/error.ts';
import { type Answers, askReplicas, Misses, type Question } from '../../../../src/observe/watch/questions.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { FakeShell } from '../../../support/fake-shell.ts';

const LOST = new FleetError('E_HOST_UNREACHABLE', 'no answer');
const LIMIT = { timeoutMs: 50 };

function web(slot: number, changes: Partial<Question> = {}): Question {
  const name = `shop.web.1.${slot}`;
  return {
    key: `vm1/${name}`,
    from: 'vm1',
    address: '10.0.0.1',
    port: 20_000 + slot,
    http: { path: '/up' },
    ...changes,
  };
}

/** Replicas by how they are: 1 answers, 2 answers with an error, 3 hangs, 4 is not there, 5 hangs up, 6 speaks otherwise. */
function shop(): FakeShell {
  const shell = new FakeShell(new FakeClock());
  shell.listen('10.0.0.1', 20_001, (_asked, answer) => answer.end('up'));
  shell.listen('10.0.0.1', 20_002, (_asked, answer) => answer.writeHead(503).end('not yet'));
  shell.accept('10.0.0.1', 20_003, (socket) => socket.resume());
  shell.accept('10.0.0.1', 20_005, (socket) => socket.destroy());
  shell.accept('10.0.0.1', 20_006, (socket) => socket.write('SSH-2.0-OpenSSH\r\n'));
  return shell;
}

test('any answer of HTTP is one, and a replica that takes the connection and says nothing misses', async () => {
  const questions = [1, 2, 3, 4, 5, 6].map((slot) => web(slot));
  expect(await askReplicas({ shell: shop(), questions, ...LIMIT })).toEqual({
    answered: ['vm1/shop.web.1.1', 'vm1/shop.web.1.2', 'vm1/shop.web.1.6'],
    missed: ['vm1/shop.web.1.3', 'vm1/shop.web.1.4', 'vm1/shop.web.1.5'],
    unknown: [],
  });
});

test('the path and the host name of the question are asked for', async () => {
  const shell = new FakeShell(new FakeClock());
  const seen: string[] = [];
  shell.listen('10.0.0.1', 20_001, (asked, answer) => {
    seen.push(`${asked.headers.host}${asked.url}`);
    answer.end();
  });
  await askReplicas({ shell, questions: [web(1, { http: { path: '/up?x', host: 'shop.test' } })], ...LIMIT });
  await askReplicas({ shell, questions: [web(1)], ...LIMIT });
  expect(seen).toEqual(['shop.test/up?x', '10.0.0.1:20001/up']);
});

test('without HTTP an open connection is an answer', async () => {
  const { http: _http, ...plain } = web(3);
  const { http: _none, ...nobody } = web(4);
  expect(await askReplicas({ shell: shop(), questions: [plain, nobody], ...LIMIT })).toEqual({
    answered: ['vm1/shop.web.1.3'],
    missed: ['vm1/shop.web.1.4'],
    unknown: [],
  });
});

test('a replica whose asking host is lost has missed nothing', async () => {
  const shell = shop().on(':', { error: LOST });
  expect(await askReplicas({ shell, questions: [web(1), web(3)], ...LIMIT })).toEqual({
    answered: ['vm1/shop.web.1.1'],
    missed: [],
    unknown: ['vm1/shop.web.1.3'],
  });
});

test('whether the asking host is there is asked once a round, and only when something did not answer', async () => {
  const shell = shop();
  await askReplicas({ shell, questions: [web(1), web(2)], ...LIMIT });
  expect(shell.lines()).toEqual([]);
  await askReplicas({ shell, questions: [web(3), web(4)], ...LIMIT });
  expect(shell.lines()).toEqual(['vm1: :']);
});

test('an answer to one of several questions about a replica is enough', async () => {
  const questions = [web(3), web(1, { key: web(3).key })];
  expect(await askReplicas({ shell: shop(), questions, ...LIMIT })).toEqual({
    answered: ['vm1/shop.web.1.3'],
    missed: [],
    unknown: [],
  });
});

/** A round about replicas a and b. */
function round(a: keyof Answers | 'gone', b: keyof Answers = 'answered'): Answers {
  const keysOf = (word: string) => [...(a === word ? ['a'] : []), ...(b === word ? ['b'] : [])];
  return { answered: keysOf('answered'), missed: keysOf('missed'), unknown: keysOf('unknown') };
}

function hungAfter(...rounds: readonly Answers[]): readonly string[] {
  const misses = new Misses();
  return rounds.map((one) => misses.note(one).join(' '));
}

test('a replica hangs when it misses three questions on end, until it answers', () => {
  const rounds = [round('missed'), round('missed'), round('missed', 'missed'), round('missed'), round('answered')];
  expect(hungAfter(...rounds)).toEqual(['', '', 'a', 'a', '']);
});

test('one answer starts the count anew', () => {
  const rounds = [round('missed'), round('missed'), round('answered'), round('missed'), round('missed')];
  expect(hungAfter(...rounds)).toEqual(['', '', '', '', '']);
});

test('a round in which nothing is known neither counts nor clears', () => {
  const rounds = [round('missed'), round('missed'), round('unknown'), round('missed')];
  expect(hungAfter(...rounds)).toEqual(['', '', '', 'a']);
});

test('a replica that is no longer asked is forgotten', () => {
  const rounds = [round('missed'), round('missed'), round('gone'), round('missed')];
  expect(hungAfter(...rounds)).toEqual(['', '', '', '']);
});
