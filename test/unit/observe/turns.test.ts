import { expect, test } from 'vitest';
import { Turns } from '../../../src/observe/turns.ts';

test('no more turns than allowed are out at one time while this process is busy', async () => {
  const turns = new Turns(2);
  let [out, most] = [0, 0];
  const work = async (): Promise<void> => {
    most = Math.max(most, ++out);
    await Promise.resolve();
    out--;
  };
  await Promise.all(Array.from({ length: 20 }, () => turns.take(work)));
  expect(most).toBe(2);
});

test('who waits for a host that does not answer passes the turn on', async () => {
  const turns = new Turns(1);
  const end = new AbortController();
  const hanging = turns.take(() => new Promise((resolve) => end.signal.addEventListener('abort', resolve)));
  expect(await turns.take(async () => 'answered')).toBe('answered');
  end.abort();
  await hanging;
});

test('work that fails fails for the one who asked for it, and its turn goes on', async () => {
  const turns = new Turns(1);
  await expect(turns.take(() => Promise.reject(new Error('lost')))).rejects.toThrow('lost');
  expect(await turns.take(async () => 1)).toBe(1);
});
