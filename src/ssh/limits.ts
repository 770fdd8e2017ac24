/** All limits of the SSH side in one value, so that tests can make them milliseconds. */

/** Times, counts and sizes that bound every connection and command. */
export interface Limits {
  /** Socket, handshake and authentication together, per hop. */
  readonly connectMs: number;
  /** A server that says nothing for so long in its handshake gives its place among them to another one. */
  readonly handshakeQuietMs: number;
  readonly keepaliveMs: number;
  /** Unanswered keepalives after which the connection counts as lost. */
  readonly keepaliveCount: number;
  /** Handshakes at one time over all hosts: each takes about 2 ms of our CPU, and all of them must be over in time. */
  readonly handshakes: number;
  /** Commands at one time on one connection. sshd's MaxSessions is 10, but it frees a place later than it says so. */
  readonly sessions: number;
  /** Attempts to open a channel that sshd refuses. */
  readonly channelAttempts: number;
  /** Attempts to connect where sshd drops us before its greeting (MaxStartups). */
  readonly connectAttempts: number;
  /** First pause before another attempt; doubles each time, with jitter. */
  readonly backoffMs: number;
  /** How long a refused login or host key is not tried again: sshd punishes sources that keep failing. */
  readonly refusedMs: number;
  /** How long what was read of key files, known_hosts and agent is taken as it is. */
  readonly credentialsFreshMs: number;
  /** What is kept of a command's stdout, and as much of its stderr; older output is dropped. */
  readonly outputBytes: number;
}

/** What fits sshd's stock settings. */
export const DEFAULT_LIMITS: Limits = {
  connectMs: 10_000,
  handshakeQuietMs: 250,
  keepaliveMs: 5_000,
  keepaliveCount: 3,
  handshakes: 64,
  sessions: 6,
  channelAttempts: 6,
  connectAttempts: 5,
  backoffMs: 40,
  refusedMs: 15_000,
  credentialsFreshMs: 5_000,
  outputBytes: 8 * 1024 * 1024,
};
