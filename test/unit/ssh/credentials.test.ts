import { createPublicKey, verify } from 'node:crypto';
import ssh2, { type ParsedKey } from 'ssh2';
import { expect, test } from 'vitest';
import { Fresh } from '../../../src/ssh/fresh.ts';
import { parseKnownHosts } from '../../../src/ssh/known-hosts.ts';
import { KnownNames } from '../../../src/ssh/known-names.ts';
import { quickSigner } from '../../../src/ssh/signer.ts';
import { makeKey } from '../../support/ssh-key.ts';

test('those who ask while a reading is fresh share it; an older one is made anew', async () => {
  let [now, readings] = [0, 0];
  const fresh = new Fresh<number>(() => now, 10);
  const read = async () => ++readings;
  expect(await Promise.all([fresh.get('a', read), fresh.get('a', read)])).toEqual([1, 1]);
  now = 9;
  expect(await fresh.get('a', read)).toBe(1);
  expect(await fresh.get('b', read)).toBe(2);
  now = 10;
  expect(await fresh.get('a', read)).toBe(3);
});

test('a reading that failed is not kept', async () => {
  const fresh = new Fresh<string>(() => 0, 10);
  await expect(fresh.get('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await fresh.get('a', async () => 'yes')).toBe('yes');
});

test('lines of a name come in the order of the file, whether they name it plainly or by a pattern', () => {
  const key = makeKey().publicText;
  const text = `vm1 ${key}\nvm* ${key}\nother ${key}\nvm2,VM1,vm1 ${key}\nvm*,!vm1 ${key}\n`;
  const found = new KnownNames(parseKnownHosts(text, 'f')).named('vm1');
  expect(found.map((entry) => entry.line)).toEqual([1, 2, 4]);
});

test.each(['ed25519', 'rsa'] as const)(
  'a quick signature with a key of type %s is what ssh2 itself would sign',
  (type) => {
    const { privateText, publicBytes } = makeKey({ type });
    const key = ssh2.utils.parseKey(privateText) as ParsedKey;
    const quick = quickSigner(key);
    const data = Buffer.from('to be signed');
    const algorithm = type === 'rsa' ? 'sha512' : undefined;
    const signature = quick.sign(data, algorithm);
    expect(signature).toEqual(key.sign(data, algorithm));
    expect(verify(algorithm, data, createPublicKey(key.getPublicPEM()), signature)).toBe(true);
    expect(quick.getPublicSSH()).toEqual(publicBytes);
    expect(quick.isPrivateKey()).toBe(true);
  },
);
