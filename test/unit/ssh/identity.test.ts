import { afterEach, expect, test } from 'vitest';
import type { SshTarget } from '../../../src/model/inventory.ts';
import { findIdentity } from '../../../src/ssh/identity.ts';
import { createShell } from '../../../src/ssh/shell.ts';
import { startAgent } from '../../support/ssh-agent.ts';
import { makeKey } from '../../support/ssh-key.ts';
import { inventoryOf, makeHome, startServer, type TestServer, targetOf } from '../../support/ssh-server.ts';

const hostKey = makeKey();
const agentKey = makeKey();
const locked = makeKey({ passphrase: 'secret' });
const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function offers(home: string, changes: Partial<SshTarget>, agentSocket?: string) {
  const hop = { title: 'host vm1', target: targetOf({ port: 1 } as TestServer, home, changes) };
  return findIdentity(hop, { home, agentMs: 500, ...(agentSocket === undefined ? {} : { agentSocket }) });
}

async function agentWith(key = agentKey, passphrase?: string): Promise<string> {
  const agent = await startAgent(key, passphrase);
  cleanups.push(() => agent.close());
  return agent.socket;
}

test('the agent lets us in', async () => {
  const server = await startServer({ hostKeys: [hostKey], authorized: agentKey });
  cleanups.push(() => server.close());
  const home = await makeHome({ known_hosts: `[127.0.0.1]:${server.port} ${hostKey.publicText}` });
  const inventory = inventoryOf({ vm1: targetOf(server, home) });
  const shell = createShell(inventory, { home, agentSocket: await agentWith(), now: () => 0 });
  cleanups.push(() => shell.close());
  expect((await shell.run('vm1', 'ok', { timeoutMs: 5_000 })).stdout).toBe('ok');
});

test('named files come first, then the agent, and the default files only where none is named', async () => {
  const home = await makeHome({ mine: makeKey().privateText, id_ed25519: makeKey().privateText });
  const socket = await agentWith();
  const titles = async (changes: Partial<SshTarget>) =>
    (await offers(home, changes, socket)).offers.map((offer) => offer.title);
  expect(await titles({ identities: ['~/.ssh/mine'] })).toEqual(['key ~/.ssh/mine', 'agent key ssh-ed25519']);
  expect(await titles({})).toEqual(['agent key ssh-ed25519', 'key ~/.ssh/id_ed25519']);
});

test('with IdentitiesOnly the agent offers nothing but named keys', async () => {
  const home = await makeHome({ mine: makeKey().privateText });
  const found = await offers(home, { identities: ['~/.ssh/mine'], identitiesOnly: true }, await agentWith());
  expect(found.offers.map((offer) => offer.title)).toEqual(['key ~/.ssh/mine']);
});

test('an encrypted key that the agent holds is offered through the agent', async () => {
  const home = await makeHome({ mine: locked.privateText });
  const only = { identities: ['~/.ssh/mine'], identitiesOnly: true };
  const found = await offers(home, only, await agentWith(locked, 'secret'));
  expect(found.offers.map((offer) => offer.method.type)).toEqual(['agent']);
  expect(found.skipped).toEqual([]);
});

test('an encrypted key that the agent does not hold is said', async () => {
  const home = await makeHome({ mine: locked.privateText });
  const found = await offers(home, { identities: ['~/.ssh/mine'], identitiesOnly: true }, await agentWith());
  expect(found.offers).toEqual([]);
  expect(found.skipped).toEqual(['~/.ssh/mine is encrypted, and the agent does not hold it']);
});

test('a key in a file that the agent holds too is offered once', async () => {
  const home = await makeHome({ mine: agentKey.privateText });
  const found = await offers(home, { identities: ['~/.ssh/mine'] }, await agentWith());
  expect(found.offers.map((offer) => offer.title)).toEqual(['key ~/.ssh/mine']);
});

test('a named key that is missing is said, a missing default key is not', async () => {
  const home = await makeHome({ text: 'no key' });
  expect((await offers(home, { identities: ['~/.ssh/gone', '~/.ssh/text'] })).skipped).toEqual([
    '~/.ssh/gone can not be read',
    '~/.ssh/text is no private key',
  ]);
  expect((await offers(home, {})).skipped).toEqual([]);
});
