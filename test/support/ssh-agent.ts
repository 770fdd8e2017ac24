/** An ssh-agent at a socket that holds one key, and signs with it. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import type { TestKey } from './ssh-key.ts';

/** Starts an agent that has unlocked the key; ssh2 speaks its protocol on both sides. */
export async function startAgent(
  key: TestKey,
  passphrase?: string,
): Promise<{ readonly socket: string; close(): Promise<void> }> {
  const held = ssh2.utils.parseKey(key.privateText, passphrase);
  if (held instanceof Error) throw held;
  const server = createServer((client: Socket) => {
    const protocol = new ssh2.AgentProtocol(false);
    protocol.on('identities', (request) => protocol.getIdentitiesReply(request, [held]));
    protocol.on('sign', (request, _key, data) => protocol.signReply(request, held.sign(data)));
    client.on('error', () => undefined);
    client.pipe(protocol).pipe(client);
  });
  const folder = await mkdtemp(join(tmpdir(), 'fleet-unit-agent-'));
  const socket = join(folder, 'agent');
  server.listen(socket);
  await once(server, 'listening');
  return {
    socket,
    close: async () => {
      server.close();
      await once(server, 'close');
      await rm(folder, { recursive: true, force: true });
    },
  };
}
