/** A hop: one SSH server to reach, a host of the inventory or a jump host before it, and how messages call it. */
import type { SshTarget } from '../model/inventory.ts';
import { line } from '../model/quote.ts';

/** One SSH server and its name in messages. */
export interface Hop {
  /** "host vm1" or "jump host 10.0.0.9". */
  readonly title: string;
  readonly target: SshTarget;
}

/** The hop that must be connected before this one, if any. */
export function jumpOf(hop: Hop): Hop | undefined {
  const jump = hop.target.jumps.at(-1);
  if (jump === undefined) return undefined;
  return { title: `jump host ${jump.address}`, target: { ...jump, jumps: hop.target.jumps.slice(0, -1) } };
}

/** `host vm1 (10.0.0.1:22)`: the beginning of each message about a connection. */
export function formatHop(hop: Hop): string {
  return `${hop.title} (${hop.target.address}:${hop.target.port})`;
}

/** The `ssh` command that a person would type for this hop. */
export function sshCommand(hop: Hop, ...words: readonly string[]): string {
  const { address, port, user, jumps } = hop.target;
  const way = jumps.map((jump) => `${jump.user}@${jump.address}:${jump.port}`).join(',');
  return line(
    'ssh',
    ...(port === 22 ? [] : ['-p', String(port)]),
    ...(way === '' ? [] : ['-J', way]),
    ...words,
    `${user}@${address}`,
  );
}
