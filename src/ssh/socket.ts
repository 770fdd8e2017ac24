/** Plain TCP sockets to SSH servers: without delay, with a deadline, and with errors that say what is wrong. */
import { connect, type Socket } from 'node:net';
import { FleetError } from '../model/error.ts';
import { formatHop, type Hop, sshCommand } from './hop.ts';
import { formatMs } from './waiting.ts';

/**
 * A connected socket. Without TCP_NODELAY each command would take 40 ms longer. Throws FleetError E_HOST_UNREACHABLE,
 * also when the signal aborts.
 */
export function openSocket(hop: Hop, limitMs: number, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hop.target.address, port: hop.target.port, noDelay: true });
    const fail = (cause: Error & { code?: string }) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      socket.destroy();
      reject(unreachable(hop, cause));
    };
    const abort = () => fail(new Error('given up'));
    const timer = setTimeout(
      () => fail(Object.assign(new Error(`no answer in ${formatMs(limitMs)}`), { code: 'ETIMEDOUT' })),
      limitMs,
    );
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    socket.once('error', fail);
    socket.once('connect', () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      socket.off('error', fail);
      resolve(socket);
    });
  });
}

/** What the codes of sockets mean for a person, and what to do. */
const CAUSES: Readonly<Record<string, readonly [string, string]>> = {
  ECONNREFUSED: ['refuses the connection: nothing listens on that port', 'check port and sshd'],
  ETIMEDOUT: ['does not answer: it is off, cut off, or behind a firewall', 'check the machine and its network'],
  EHOSTUNREACH: ['can not be reached: no route to it', 'check the address and the network'],
  ENETUNREACH: ['can not be reached: no route to its network', 'check the address and the network'],
  ENOTFOUND: ['has an address that no name server knows', 'check `address` in the inventory'],
  EAI_AGAIN: [
    'has an address that can not be looked up: the name server does not answer',
    'check DNS, or use an IP address',
  ],
  ECONNRESET: ['closed the connection', 'check sshd there: its log says why'],
  EPIPE: ['closed the connection', 'check sshd there: its log says why'],
};

/** E_HOST_UNREACHABLE with the cause in words; a FleetError stays what it is. */
export function unreachable(hop: Hop, cause: Error & { code?: string }): FleetError {
  if (cause instanceof FleetError) return cause;
  if (cause.code === 'EMFILE' || cause.code === 'ENFILE') return noFileLeft(hop, cause);
  const [sentence, advice] = CAUSES[cause.code ?? ''] ?? [`can not be reached: ${cause.message}`, 'try by hand'];
  return new FleetError('E_HOST_UNREACHABLE', `${formatHop(hop)} ${sentence}`, {
    cause,
    hint: `${advice}: ${sshCommand(hop)}`,
  });
}

/** Each open connection is a file of this process. */
function noFileLeft(hop: Hop, cause: Error): FleetError {
  return new FleetError('E_HOST_UNREACHABLE', `${formatHop(hop)} was not asked: too many connections are open here`, {
    cause,
    hint: 'allow more open files than there are hosts, then again: ulimit -n 10000',
  });
}
