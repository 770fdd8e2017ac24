import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { judge, keysFor, parseKnownHosts } from '../../../src/ssh/known-hosts.ts';
import { KnownNames } from '../../../src/ssh/known-names.ts';
import { makeKey } from '../../support/ssh-key.ts';

const [good, other, third] = [makeKey(), makeKey(), makeKey()];

/** The verdict on a shown key, for an address, by the text of a known_hosts file. */
function verdict(text: string, shown = good, target = { address: 'vm1.example', port: 22 }) {
  return judge(keysFor(new KnownNames(parseKnownHosts(text, 'known_hosts')), target), shown.publicBytes).kind;
}

function hashed(name: string): string {
  const salt = Buffer.from('12345678901234567890');
  const hash = createHmac('sha1', salt).update(name).digest('base64');
  return `|1|${salt.toString('base64')}|${hash}`;
}

test('a plain name is known, in any case of letters', () => {
  expect(verdict(`VM1.Example ${good.publicText}`)).toBe('known');
  expect(verdict(`vm2.example ${good.publicText}`)).toBe('unknown');
});

test('one of several names and one of several keys is enough', () => {
  expect(verdict(`a,vm1.example,b ${other.publicText}\nvm1.example ${good.publicText}`)).toBe('known');
});

test('a hashed name is known', () => {
  expect(verdict(`${hashed('vm1.example')} ${good.publicText}`)).toBe('known');
  expect(verdict(`${hashed('vm2.example')} ${good.publicText}`)).toBe('unknown');
});

test('a hashed name with a port is known on that port', () => {
  const target = { address: '10.0.0.1', port: 2222 };
  expect(verdict(`${hashed('[10.0.0.1]:2222')} ${good.publicText}`, good, target)).toBe('known');
  expect(verdict(`[10.0.0.1]:2223 ${good.publicText}`, good, target)).toBe('unknown');
});

test('on another port the plain name counts where none names the port', () => {
  const target = { address: 'vm1.example', port: 2222 };
  expect(verdict(`vm1.example ${good.publicText}`, good, target)).toBe('known');
  expect(verdict(`vm1.example ${good.publicText}\n[vm1.example]:2222 ${other.publicText}`, good, target)).toBe(
    'changed',
  );
});

test('wildcards match, and a negated pattern takes out', () => {
  expect(verdict(`*.example ${good.publicText}`)).toBe('known');
  expect(verdict(`vm?.example ${good.publicText}`)).toBe('known');
  expect(verdict(`*.example,!vm1.example ${good.publicText}`)).toBe('unknown');
  expect(verdict(`vm1xexample ${good.publicText}`)).toBe('unknown');
});

test('another key is a change, and the message can name the line', () => {
  const known = keysFor(new KnownNames(parseKnownHosts(`# comment\n\nvm1.example ${other.publicText}`, 'f')), {
    address: 'vm1.example',
    port: 22,
  });
  expect(judge(known, good.publicBytes)).toMatchObject({ kind: 'changed', known: [{ file: 'f', line: 3 }] });
});

test('a revoked key is refused, even where another line trusts it', () => {
  expect(verdict(`vm1.example ${good.publicText}\n@revoked * ${good.publicText}`)).toBe('revoked');
  expect(verdict(`vm1.example ${good.publicText}\n@revoked * ${third.publicText}`)).toBe('known');
});

test('a certificate authority is no plain key', () => {
  expect(verdict(`@cert-authority *.example ${good.publicText}`)).toBe('unknown');
  expect(verdict(`@cert-authority *.example ${other.publicText}`)).toBe('unknown');
});

test('a line with an unknown marker or a broken key says nothing', () => {
  expect(verdict(`@strange vm1.example ${good.publicText}\nvm1.example ssh-ed25519 AAAA\nvm1.example`)).toBe('unknown');
});

test('an alias replaces address and port', () => {
  const target = { address: '10.0.0.1', port: 2222, alias: 'Cluster' };
  expect(verdict(`cluster ${good.publicText}`, good, target)).toBe('known');
  expect(verdict(`[10.0.0.1]:2222 ${good.publicText}`, good, target)).toBe('unknown');
});

test('an IPv6 address is known by its plain name and with a port', () => {
  expect(verdict(`fe80::1 ${good.publicText}`, good, { address: 'fe80::1', port: 22 })).toBe('known');
  expect(verdict(`[fe80::1]:22022 ${good.publicText}`, good, { address: 'fe80::1', port: 22022 })).toBe('known');
});
