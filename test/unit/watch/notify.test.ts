import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import type { Report } from '../../../src/model/report.ts';
import { type Channel, Notifier } from '../../../src/watch/notify.ts';
import { webhook } from '../../../src/watch/webhook.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const LOST: Report = {
  at: 1_764_064_800_000,
  kind: 'host-lost',
  host: 'vm3',
  cause: 'silent',
  message: 'no answer',
  replicas: 4,
};
const BACK: Report = { at: 1_764_064_805_000, kind: 'host-back', host: 'vm3', afterMs: 5000 };

/** A notifier of a channel that does what the test says at each attempt, and what it told. */
function notifierOf(send: Channel['send']): { notifier: Notifier; told: Report[]; clock: FakeClock } {
  const clock = new FakeClock(0);
  const told: Report[] = [];
  return { notifier: new Notifier({ way: 'webhook', send }, clock, (report) => told.push(report)), told, clock };
}

test('reports are sent in order, with their severity and a sentence', async () => {
  const sent: unknown[] = [];
  const { notifier } = notifierOf(async (record) => void sent.push(record));
  notifier.notify(LOST);
  notifier.notify(BACK);
  await notifier.end();
  expect(sent).toEqual([
    {
      ...LOST,
      severity: 'error',
      text: 'vm3 does not answer: no traffic goes there any more (4 replicas). no answer',
    },
    { ...BACK, severity: 'info', text: 'vm3 is back after 5 s' },
  ]);
});

test('notifying returns at once, however slow the channel is', async () => {
  const { notifier, clock } = notifierOf(() => new Promise(() => undefined));
  notifier.notify(LOST);
  expect(clock.now()).toBe(0);
  await notifier.end();
  expect(clock.now()).toBe(5000);
});

test('what fails is tried twice more, and then told once until it works again', async () => {
  const times: number[] = [];
  let isBroken = true;
  const { notifier, told, clock } = notifierOf(async () => {
    times.push(clock.now());
    if (isBroken) throw new Error('it answered HTTP 500');
  });
  notifier.notify(LOST);
  notifier.notify(BACK);
  await clock.sleep(20_000);
  expect(times).toEqual([0, 1000, 3000, 3000, 4000, 6000]);
  expect(told).toEqual([{ at: 3000, kind: 'notify-failed', way: 'webhook', message: 'it answered HTTP 500' }]);
  isBroken = false;
  notifier.notify(BACK);
  await clock.sleep(1000);
  isBroken = true;
  notifier.notify(LOST);
  await clock.sleep(10_000);
  expect(told.map(({ kind }) => kind)).toEqual(['notify-failed', 'notify-failed']);
});

test('an attempt is given up after five seconds', async () => {
  const aborted: number[] = [];
  const { notifier, told, clock } = notifierOf(
    (_, signal) => new Promise(() => signal.addEventListener('abort', () => aborted.push(clock.now()))),
  );
  notifier.notify(LOST);
  await clock.sleep(30_000);
  expect(aborted).toEqual([5000, 11_000, 18_000]);
  expect(told).toMatchObject([{ at: 18_000, message: 'no answer within 5 s' }]);
});

test('a channel is not told of its own failure, and never holds more than a hundred reports', async () => {
  const sent: string[] = [];
  let free = (): void => undefined;
  const { notifier } = notifierOf(async ({ kind, at }) => {
    sent.push(`${kind} ${at}`);
    if (sent.length === 1)
      await new Promise<void>((resolve) => {
        free = resolve;
      });
  });
  notifier.notify({ at: 0, kind: 'notify-failed', way: 'webhook', message: 'x' });
  for (let at = 0; at < 500; at++) notifier.notify({ ...BACK, at });
  free();
  await notifier.end();
  expect(sent.length).toBe(101);
  expect(sent.at(-1)).toBe('host-back 499');
});

test('a webhook is POSTed JSON that Slack reads the text of', async () => {
  const got: { url: string | undefined; type: string | undefined; body: string }[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      got.push({ url: request.url, type: request.headers['content-type'], body });
      response.end('ok');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const channel = webhook(`http://127.0.0.1:${port}/T0/token`);
  await channel.send({ ...BACK, severity: 'info', text: 'vm3 is back' }, new AbortController().signal);
  server.close();
  expect(got).toEqual([
    {
      url: '/T0/token',
      type: 'application/json',
      body: JSON.stringify({ ...BACK, severity: 'info', text: 'vm3 is back' }),
    },
  ]);
});

test('no message about a webhook has its URL, which has a token in it', async () => {
  const url = 'https://hooks.example/T0/sesame?key=sesame';
  const errors = [
    new TypeError(`fetch failed: ${url}`, { cause: Object.assign(new Error(url), { code: 'ECONNREFUSED' }) }),
    new TypeError(`Failed to parse URL from ${url}`),
    Object.assign(new Error(url), { code: url }),
  ];
  const record = { ...BACK, severity: 'info', text: '' } as const;
  const signal = new AbortController().signal;
  const messages = [];
  for (const error of errors) {
    const channel = webhook(url, async () => Promise.reject(error));
    messages.push(await channel.send(record, signal).catch((thrown: Error) => thrown.message));
  }
  const refused = webhook(url, async () => 403);
  messages.push(await refused.send(record, signal).catch((thrown: Error) => thrown.message));
  expect(messages).toEqual(['no connection (ECONNREFUSED)', 'no connection', 'no connection', 'it answered HTTP 403']);
  for (const text of ['sesame://x', 'hooks.example/sesame']) {
    expect(() => webhook(text)).toThrow('the webhook is no http or https URL');
  }
});
