import { createServer, type RequestListener } from 'node:http';
import { type Duplex, duplexPair } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { expect, test } from 'vitest';
import { type Dial, get } from '../../../src/observe/image/http.ts';
import { TEST_CERTIFICATE } from '../../support/tls.ts';

/** Streams to a handler in memory; with TLS on port 443. */
function dialTo(handler: RequestListener): Dial {
  const server = createServer(handler);
  return async (_address, port) => {
    const [near, far] = duplexPair();
    const plain: Duplex = port === 443 ? new TLSSocket(far as never, { isServer: true, ...TEST_CERTIFICATE }) : far;
    plain.on('error', () => undefined);
    server.emit('connection', plain);
    return near;
  };
}

const HOW = { timeoutMs: 2_000, headers: {}, certificates: 'checked' } as const;

test('https runs inside a dialled stream, and any certificate is accepted only where that was asked for', async () => {
  const dial = dialTo((_request, response) => response.end('hello'));
  const url = new URL('https://shop.example/v2/');
  expect(String((await get(url, { ...HOW, dial, certificates: 'any' })).body)).toBe('hello');
  await expect(get(url, { ...HOW, dial })).rejects.toThrow('certificate');
});

test('credentials follow a redirect within the registry and nowhere else', async () => {
  const seen: string[] = [];
  const dial = dialTo((request, response) => {
    seen.push(`${request.headers.host}${request.url} ${request.headers.authorization ?? 'nothing'}`);
    const next = { '/a': '/b', '/b': 'http://cdn.example/c' }[request.url ?? ''];
    if (next === undefined) response.end('blob');
    else response.writeHead(307, { location: next }).end();
  });
  const headers = { authorization: 'Bearer T' };
  expect(String((await get(new URL('http://one.example/a'), { ...HOW, dial, headers })).body)).toBe('blob');
  expect(seen).toEqual(['one.example/a Bearer T', 'one.example/b Bearer T', 'cdn.example/c nothing']);
});

test('an answer that never comes ends with the time limit', async () => {
  const dial = dialTo(() => undefined);
  await expect(get(new URL('http://one.example/'), { ...HOW, dial, timeoutMs: 50 })).rejects.toThrow(
    'no answer in 50 ms',
  );
});

test('an endless answer is cut off', async () => {
  const dial = dialTo((_request, response) => {
    response.write(Buffer.alloc(9 * 1024 * 1024));
  });
  await expect(get(new URL('http://one.example/'), { ...HOW, dial })).rejects.toThrow('longer than');
});
