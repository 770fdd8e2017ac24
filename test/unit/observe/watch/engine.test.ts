import type { RequestListener } from 'node:http';
import { expect, test } from 'vitest';
import { FleetError } from '../../../../src/model/error.ts';
import { Engine } from '../../../../src/observe/watch/engine.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { type Door, FakeShell } from '../../../support/fake-shell.ts';

const PATH = '/var/run/docker.sock';
const { signal: NEVER } = new AbortController();

function engineAt(door: Door): { engine: Engine; shell: FakeShell } {
  const shell = new FakeShell(new FakeClock()).socket('vm1', PATH, door);
  return { engine: new Engine(shell, 'vm1'), shell };
}

/** Gives up as soon as the question is with Docker. */
function hangUntil(): { hang: RequestListener; signal: AbortSignal } {
  const controller = new AbortController();
  return { hang: () => setImmediate(() => controller.abort()), signal: controller.signal };
}

test('questions in turn use one stream, questions at once have one each', async () => {
  const { engine, shell } = engineAt((asked, answer) => answer.end(asked.url));
  expect(await engine.get('/a', NEVER)).toEqual({ status: 200, body: '/a' });
  expect(await engine.get('/b', NEVER)).toEqual({ status: 200, body: '/b' });
  expect(shell.sockets.length).toBe(1);
  await Promise.all([engine.get('/c', NEVER), engine.get('/d', NEVER)]);
  expect(shell.sockets.length).toBe(2);
  engine.close();
  await new Promise(setImmediate);
  expect(shell.openStreams('vm1')).toBe(0);
});

test('a question without an answer says how far it came', async () => {
  const { hang, signal } = hangUntil();
  await expect(engineAt(hang).engine.get('/', signal)).rejects.toMatchObject({ stage: 'fresh', how: 'late' });
  const again = hangUntil();
  const { engine } = engineAt((asked, answer) => (asked.url === '/first' ? answer.end() : again.hang(asked, answer)));
  await engine.get('/first', NEVER);
  await expect(engine.get('/', again.signal)).rejects.toMatchObject({ stage: 'kept', how: 'late' });
  const early = AbortSignal.abort();
  await expect(engineAt('silence').engine.get('/', early)).rejects.toMatchObject({ stage: 'connecting', how: 'late' });
});

test('a stream that breaks under a question is told, and so is an endless or a torn answer', async () => {
  const broken = { how: 'broken', stage: 'fresh' };
  const cut: RequestListener = (asked) => asked.socket.destroy();
  await expect(engineAt(cut).engine.get('/', NEVER)).rejects.toMatchObject(broken);
  const endless: RequestListener = (_asked, answer) => void answer.write('x'.repeat(100_000));
  await expect(engineAt(endless).engine.get('/', NEVER)).rejects.toMatchObject(broken);
  const torn: RequestListener = (asked, answer) => {
    answer.write('x');
    setImmediate(() => asked.socket.destroy());
  };
  await expect(engineAt(torn).engine.get('/', NEVER)).rejects.toMatchObject(broken);
});

test('why there is no way to the socket is told as the shell said it', async () => {
  const refused = new FleetError('E_DIAL', 'open failed');
  await expect(engineAt(refused).engine.get('/', NEVER)).rejects.toBe(refused);
});
