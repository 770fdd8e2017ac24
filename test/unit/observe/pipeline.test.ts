/** Questions in a row over one stream: what a server may answer, and what fails them. */
import { createServer, type RequestListener } from 'node:http';
import { type Duplex, duplexPair } from 'node:stream';
import { expect, test } from 'vitest';
import { Pipeline } from '../../../src/observe/pipeline.ts';

const LIMIT_BYTES = 1_000_000;

/** A pipeline to a server of HTTP. */
function to(handler: RequestListener): Pipeline {
  const [near, far] = duplexPair();
  createServer(handler).emit('connection', far);
  return new Pipeline(near, LIMIT_BYTES);
}

/** A pipeline to somebody who sends these pieces, whatever is asked, and then ends. */
function told(...pieces: readonly string[]): Pipeline {
  const [near, far] = duplexPair();
  far.resume();
  for (const piece of pieces) far.write(piece);
  far.end();
  return new Pipeline(near, LIMIT_BYTES);
}

async function answersOf(pipeline: Pipeline, paths: readonly string[]): Promise<string[]> {
  const answers = await Promise.all(pipeline.ask(paths));
  return answers.map(({ status, body }) => `${status} ${body}`);
}

test('answers come to those who asked, of whatever length and in whatever pieces', async () => {
  const long = 'ä'.repeat(200_000);
  const pipeline = to(({ url }, response) => {
    if (url === '/none') response.writeHead(204).end();
    else if (url === '/gone') response.writeHead(404, { 'content-length': 4 }).end('gone');
    else for (const part of ['[', long, ']', '']) part === '' ? response.end() : response.write(part);
  });
  expect(await answersOf(pipeline, ['/long', '/none', '/gone'])).toEqual([`200 [${long}]`, '204 ', '404 gone']);
  expect(await answersOf(pipeline, [])).toEqual([]);
  expect(await answersOf(pipeline, ['/gone'])).toEqual(['404 gone']);
});

test('what is asked at one time goes out in one piece, before any answer', async () => {
  const [near, far] = duplexPair();
  const pieces: string[] = [];
  far.on('data', (piece: Buffer) => pieces.push(piece.toString()));
  const pipeline = new Pipeline(near, LIMIT_BYTES);
  const answers = pipeline.ask(['/a', '/b']);
  await new Promise(setImmediate);
  expect(pieces).toEqual(['GET /a HTTP/1.1\r\nHost: docker\r\n\r\nGET /b HTTP/1.1\r\nHost: docker\r\n\r\n']);
  far.write('HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nb');
  expect((await Promise.all(answers)).map(({ body }) => body)).toEqual(['a', 'b']);
});

test('chunks may be cut anywhere, have words after their length and headers after their end', async () => {
  const text =
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nab\r\r\n1\r\nc\r\n0\r\nAfter: all\r\n\r\n';
  const second = 'HTTP/1.1 200\r\ncontent-length: 0\r\n\r\n';
  const pipeline = told(...text, second);
  expect(await answersOf(pipeline, ['/a', '/b'])).toEqual(['200 ab\rc', '200 ']);
});

test.each([
  ['greets otherwise', 'SSH-2.0-x\r\n\r\n'],
  ['has no end of its body', 'HTTP/1.1 200 OK\r\n\r\nabc'],
  ['has a length that is none', 'HTTP/1.1 200 OK\r\nContent-Length: 3x\r\n\r\nabc'],
  ['packs its body', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n'],
  ['has a chunk longer than it says', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n'],
  ['has a chunk of no length', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n\r\n'],
  ['ends within a body', 'HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\nabc'],
  ['is longer than was allowed', `HTTP/1.1 200 OK\r\nContent-Length: ${LIMIT_BYTES + 1}\r\n\r\n`],
  ['never ends its first line', 'x'.repeat(20_000)],
  ['has a header without a name', 'HTTP/1.1 200 OK\r\n: x\r\n\r\n'],
  ['has headers without end', `HTTP/1.1 200 OK\r\n${'a: b\r\n'.repeat(200)}`],
])('an answer that %s fails, and all questions after it', async (_what, text) => {
  const whole = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
  const [first, ...others] = told(whole, text, whole).ask(['/a', '/b', '/c']);
  await expect(first).resolves.toEqual({ status: 200, body: 'ok' });
  for (const other of others) await expect(other).rejects.toThrow();
});

test('who lets go says why to all who wait', async () => {
  const [near]: readonly Duplex[] = duplexPair();
  if (near === undefined) throw new Error('no stream');
  const pipeline = new Pipeline(near, LIMIT_BYTES);
  const answers = pipeline.ask(['/a', '/b']);
  pipeline.close(new Error('late'));
  for (const answer of answers) await expect(answer).rejects.toThrow('late');
});
