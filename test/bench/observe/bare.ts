/** ssh2 as it is, without anything of fleet's: what no client that is built on it can go below by much. */
import { connect } from 'node:net';
import PQueue from 'p-queue';
import ssh2, { type Client } from 'ssh2';
import type { Host, Inventory } from '../../../src/model/inventory.ts';
import { OWN_PROBE } from '../../../src/observe/probe.ts';
import { DEFAULT_LIMITS } from '../../../src/ssh/limits.ts';

/** Connects and logs in to all hosts, as many at one time as fleet does; the clients stay open. No host key is checked. */
export async function bareLogins({ hosts }: Inventory, privateKey: string): Promise<Client[]> {
  const queue = new PQueue({ concurrency: DEFAULT_LIMITS.handshakes });
  return Promise.all(hosts.map((host) => queue.add(() => loggedIn(host, privateKey))));
}

/** The same, and then fleet's own script on each; its output is thrown away. */
export async function bareProbes(inventory: Inventory, privateKey: string): Promise<Client[]> {
  const queue = new PQueue({ concurrency: DEFAULT_LIMITS.handshakes });
  return Promise.all(
    inventory.hosts.map(async (host) => {
      const client = await queue.add(() => loggedIn(host, privateKey));
      await probed(client);
      return client;
    }),
  );
}

function loggedIn({ ssh }: Host, privateKey: string): Promise<Client> {
  return new Promise((resolve, reject) => {
    const client = new ssh2.Client();
    const sock = connect({ host: ssh.address, port: ssh.port, noDelay: true });
    client.once('ready', () => resolve(client)).once('error', reject);
    client.connect({ sock, username: ssh.user, privateKey, hostVerifier: () => true });
  });
}

function probed(client: Client): Promise<void> {
  return new Promise((resolve, reject) => {
    client.exec(OWN_PROBE, (error, channel) => {
      if (error !== undefined) return reject(error);
      channel.resume().once('close', () => resolve());
      channel.end();
    });
  });
}
