/** Large files: read once for all hosts that have the same. */
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { expect, test } from 'vitest';
import { sha256 } from '../../../src/model/digest.ts';
import { type Ask, Contents } from '../../../src/observe/contents.ts';

const PATH = 'router/current/shop/meta.json';

/** What a host reports of a large file. */
const report = (text: string): string => `@@begin sums\n${sha256(text)}  ${PATH}\n@@end sums 0\n`;

/** What it prints when it is asked for the file. */
async function printed(text: string): Promise<string> {
  const tar = pack();
  tar.entry({ name: PATH }, text);
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar as AsyncIterable<Buffer>) chunks.push(chunk);
  return gzipSync(Buffer.concat(chunks)).toString('base64');
}

/** Counts the times that a host is asked. */
function host(answer: () => Promise<string>): { readonly ask: Ask; asked: number } {
  const told = {
    asked: 0,
    ask: () => {
      told.asked++;
      return answer();
    },
  };
  return told;
}

const whole = (text: string) => host(() => printed(text));
const texts = (text: string) => new Map([[PATH, text]]);

test('what many hosts have is read from one of them', async () => {
  const contents = new Contents();
  const hosts = [whole('a'), whole('a'), whole('a')];
  for (const found of await Promise.all(hosts.map(({ ask }) => contents.of(report('a'), ask))))
    expect(found).toEqual(texts('a'));
  expect(hosts.map(({ asked }) => asked)).toEqual([1, 0, 0]);
});

test('a host with another file is asked for it', async () => {
  const contents = new Contents();
  const [one, other] = [whole('a'), whole('b')];
  expect(await contents.of(report('a'), one.ask)).toEqual(texts('a'));
  expect(await contents.of(report('b'), other.ask)).toEqual(texts('b'));
  expect(other.asked).toBe(1);
});

test('a file that changes while it is read is told as it is, and to nobody else', async () => {
  const contents = new Contents();
  const [one, other] = [whole('new'), whole('old')];
  expect(await contents.of(report('old'), one.ask)).toEqual(texts('new'));
  expect(await contents.of(report('old'), other.ask)).toEqual(texts('old'));
});

test('where the one that is asked fails or hangs, the others are asked themselves', async () => {
  const contents = new Contents(1);
  const lost = new Error('lost');
  const [fails, hangs, well] = [host(() => Promise.reject(lost)), host(() => new Promise(() => {})), whole('a')];
  await expect(contents.of(report('a'), fails.ask)).rejects.toBe(lost);
  void contents.of(report('b'), hangs.ask);
  expect(await contents.of(report('a'), well.ask)).toEqual(texts('a'));
  expect(await contents.of(report('b'), whole('b').ask)).toEqual(texts('b'));
});

test('what can not be read is unknown, and no large file is no question', async () => {
  const cut = host(async () => (await printed('a')).slice(0, 40));
  expect(await new Contents().of(report('a'), cut.ask)).toBeUndefined();
  const none = whole('a');
  expect(await new Contents().of('@@begin sums\nsha256sum: not found\n@@end sums 0\n', none.ask)).toBeUndefined();
  expect(await new Contents().of('@@begin home\n/root\n@@end home 0\n', none.ask)).toEqual(new Map());
  expect(none.asked).toBe(0);
});
