/** Opening channels: each with a deadline, and again when sshd has no place for one at the moment. */
import type { Client, ClientChannel } from 'ssh2';
import { FleetError } from '../model/error.ts';
import { formatHop, sshCommand } from './hop.ts';
import type { Limits } from './limits.ts';
import type { Link } from './link.ts';
import { pause } from './waiting.ts';

/** An error of a channel that was not opened; `reason` is the number of RFC 4254, section 5.1. */
export type ChannelError = Error & { readonly reason?: number | string };

/** How ssh2 hands over a channel. */
type Opened = (error: Error | undefined, channel: ClientChannel) => void;

/**
 * Runs the line on a new channel and gives what `use` makes of the channel. `use` is called at once, because a short
 * command may have ended one tick later. A refused channel never began to run anything, so it is tried again. Throws
 * FleetError E_HOST_…, E_SSH_AUTH.
 */
export async function openCommand<T>(
  link: Link,
  line: string,
  limits: Limits,
  order: { readonly signal: AbortSignal; readonly use: (channel: ClientChannel) => T },
): Promise<{ readonly used: T }> {
  const { signal, use } = order;
  for (let attempt = 0; ; attempt += 1) {
    const client = await link.client();
    signal.throwIfAborted();
    try {
      return await openChannel(signal, (opened) => client.exec(line, opened), use);
    } catch (error) {
      signal.throwIfAborted();
      if (attempt === 0 && isStale(error)) link.forget(client);
      else if (!isRefused(error)) throw lostConnection(link, error);
      else if (attempt + 1 >= limits.channelAttempts) throw noSession(link, error);
      else await pause(attempt, limits.backoffMs);
    }
  }
}

/** A channel that leads from the hop to an address; not counted by MaxSessions. Rejects with a ChannelError. */
export async function openForward(
  client: Client,
  to: { readonly address: string; readonly port: number },
  signal: AbortSignal,
): Promise<ClientChannel> {
  const open = (opened: Opened) => client.forwardOut('127.0.0.1', 0, to.address, to.port, opened);
  return (await openChannel(signal, open, (channel) => channel)).used;
}

/** The same to a unix socket on the hop; not counted by MaxSessions either. */
export async function openLocalForward(client: Client, path: string, signal: AbortSignal): Promise<ClientChannel> {
  const open = (opened: Opened) => client.openssh_forwardOutStreamLocal(path, opened);
  return (await openChannel(signal, open, (channel) => channel)).used;
}

/** E_HOST_UNREACHABLE for a connection that went away under a command; a FleetError stays what it is. */
export function lostConnection(link: Link, cause: unknown): FleetError {
  if (cause instanceof FleetError) return cause;
  return new FleetError('E_HOST_UNREACHABLE', `${formatHop(link.hop)}: the connection was lost`, {
    cause,
    hint: `is it up? ${sshCommand(link.hop)}`,
  });
}

function openChannel<T>(
  signal: AbortSignal,
  open: (opened: Opened) => void,
  use: (channel: ClientChannel) => T,
): Promise<{ readonly used: T }> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    const opened: Opened = (error, channel) => {
      signal.removeEventListener('abort', abort);
      if (error !== undefined) reject(error);
      else if (signal.aborted) channel.destroy();
      else resolve({ used: use(channel) });
    };
    try {
      open(opened);
    } catch (error) {
      signal.removeEventListener('abort', abort);
      reject(error);
    }
  });
}

/** The connection had ended before the channel was asked for, unnoticed so far. */
function isStale(error: unknown): boolean {
  return error instanceof Error && error.message === 'Not connected';
}

/** True when the server answered that it opens no such channel. */
export function isRefused(error: unknown): error is ChannelError {
  return error instanceof Error && error.message.includes('Channel open failure') && 'reason' in error;
}

function noSession(link: Link, cause: ChannelError): FleetError {
  return new FleetError('E_HOST_UNREACHABLE', `${formatHop(link.hop)} opens no session: ${cause.message}`, {
    cause,
    hint: `MaxSessions of its sshd must be 7 or more: ${sshCommand(link.hop)} sudo sshd -T | grep -i maxsessions`,
  });
}
