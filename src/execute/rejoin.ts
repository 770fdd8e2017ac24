/** Waiting for a host over new connections: after a change of groups, which only a login sees, and after a reboot. */
import { FleetError } from '../model/error.ts';
import type { RejoinCommand } from '../model/plan.ts';
import type { Clock, Shell } from '../model/shell.ts';
import { messageOf } from './ask.ts';

/** What is asked, by what and for how long. */
export interface Rejoining {
  readonly shell: Shell;
  readonly clock: Clock;
  readonly host: string;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
}

/** How the waiting ended; `why` is the last answer or silence. */
export type RejoinEnd =
  | { readonly kind: 'done' }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'late'; readonly why: string };

/** A key that is not accepted, or another host key than before, does not get better by waiting. */
const FINAL = /^E_(SSH_AUTH|HOST_KEY_)/;

/** Asks until the line ends with code 0. Throws FleetError E_SSH_AUTH, E_HOST_KEY_…. */
export async function rejoin(command: RejoinCommand, { shell, clock, host, signal }: Rejoining): Promise<RejoinEnd> {
  const deadline = clock.now() + command.timeoutMs;
  shell.reset(host);
  for (;;) {
    const why = await attempt(command, { shell, host });
    if (why === undefined) return { kind: 'done' };
    if (signal.aborted) return { kind: 'stopped' };
    if (clock.now() >= deadline) return { kind: 'late', why };
    await clock.sleep(command.intervalMs, signal).catch(() => undefined);
  }
}

/** Why it is not done yet. A connection that did not serve is dropped: since a reboot it may lead nowhere. */
async function attempt(command: RejoinCommand, { shell, host }: Pick<Rejoining, 'shell' | 'host'>) {
  try {
    const { code, stdout, stderr } = await shell.run(host, command.line, { timeoutMs: command.attemptMs });
    if (code === 0) return undefined;
    return lastLine(stderr) ?? lastLine(stdout) ?? `exit code ${code}`;
  } catch (error) {
    if (error instanceof FleetError && FINAL.test(error.code)) throw error;
    shell.reset(host);
    return messageOf(error);
  }
}

function lastLine(text: string): string | undefined {
  const last = text.trimEnd().split('\n').at(-1)?.trim();
  return last === '' ? undefined : last;
}
