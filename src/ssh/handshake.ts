/** One SSH login over an open socket: host key checked, keys offered, errors put into words. */
import type { Duplex } from 'node:stream';
import ssh2, { type Client, type ConnectConfig } from 'ssh2';
import { FleetError } from '../model/error.ts';
import type { Credentials } from './credentials.ts';
import { formatHop, type Hop, sshCommand } from './hop.ts';
import { hostKeyAlgorithms, hostKeyProblem } from './host-key.ts';
import { refusedLogin } from './identity.ts';
import type { KnownKeys } from './known-hosts.ts';
import type { Limits } from './limits.ts';
import { unreachable } from './socket.ts';
import { formatMs } from './waiting.ts';

/** Errors of ssh2 say by a level where they come from. */
type LeveledError = Error & { readonly level?: string; readonly code?: string };

/** sshd dropped us before its greeting: too many logins at once (MaxStartups). Worth another attempt. */
export class Throttled extends Error {}

/**
 * A client that is logged in. The socket is closed when it fails. Throws Throttled, or FleetError E_HOST_KEY_…,
 * E_SSH_AUTH, E_HOST_UNREACHABLE.
 */
export async function login(hop: Hop, socket: Duplex, credentials: Credentials, limits: Limits): Promise<Client> {
  const destroyed = () => undefined;
  socket.on('error', destroyed);
  try {
    const { source } = credentials;
    const [known, identity] = await Promise.all([credentials.knownKeys(hop), credentials.identity(hop)]);
    if (identity.offers.length === 0) throw refusedLogin(hop, identity, '', source);
    if (socket.destroyed || socket.readableEnded) throw new Throttled('closed while it waited');
    const offers = identity.offers.map((offer) => offer.method);
    const state: { problem?: FleetError } = {};
    const client = new ssh2.Client();
    const ready = whenReady(client);
    client.connect({
      ...settings(hop, known, limits),
      sock: socket as NonNullable<ConnectConfig['sock']>,
      authHandler: () => offers.shift() ?? false,
      hostVerifier: (shown: Buffer) => {
        const problem = hostKeyProblem(hop, known, shown, source.home);
        if (problem !== undefined) state.problem = problem;
        return problem === undefined;
      },
    });
    return await ready.catch((error: LeveledError) => {
      client.destroy();
      if (state.problem !== undefined) throw state.problem;
      if (isRefusal(error)) throw refusedLogin(hop, identity, error.message, source);
      throw explain(hop, error, limits);
    });
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

function settings(hop: Hop, known: KnownKeys, limits: Limits): ConnectConfig {
  return {
    username: hop.target.user,
    readyTimeout: limits.connectMs,
    keepaliveInterval: limits.keepaliveMs,
    keepaliveCountMax: limits.keepaliveCount,
    algorithms: {
      serverHostKey: hostKeyAlgorithms(known),
      hmac: ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com', 'hmac-sha2-256', 'hmac-sha2-512'],
    },
  };
}

function whenReady(client: Client): Promise<Client> {
  return new Promise((resolve, reject) => {
    client.once('ready', () => resolve(client));
    client.on('error', (error: LeveledError) => {
      if (error.level !== 'agent') reject(error);
    });
    client.once('close', () => reject(new Error('the connection was closed during the login')));
  });
}

function isRefusal(error: LeveledError): boolean {
  return error.level === 'client-authentication' || /too many authentication failures/i.test(error.message);
}

function explain(hop: Hop, error: LeveledError, limits: Limits): Error {
  if (/before handshake/.test(error.message) || error.code === 'ECONNRESET')
    return new Throttled(error.message, { cause: error });
  if (error.level === 'client-timeout') {
    return new FleetError(
      'E_HOST_UNREACHABLE',
      `${formatHop(hop)} took the connection, but no login came about in ${formatMs(limits.connectMs)}`,
      { cause: error, hint: `sshd hangs or the machine is overloaded: ${sshCommand(hop, '-v')}` },
    );
  }
  if (/no matching/i.test(error.message)) {
    return new FleetError('E_HOST_UNREACHABLE', `${formatHop(hop)} shares no algorithm with us: ${error.message}`, {
      cause: error,
      hint: `allow curve25519-sha256, ssh-ed25519 and aes256-gcm@openssh.com in its sshd_config: ${sshCommand(hop, '-vv')}`,
    });
  }
  return unreachable(hop, error);
}
