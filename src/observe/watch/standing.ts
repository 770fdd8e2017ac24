/** How a host stands after each answer: one missed question is forgiven, two in a row are not. Pure. */
import type { Pulse } from '../../model/watch.ts';

/** Questions in a row without a good answer after which a host stands worse than before. */
const MISSES = 2;

/** What is known of one host. */
export interface Standing {
  /** Absent until the first answer, or the second miss. */
  readonly pulse?: Pulse;
  /** Answers in a row that were worse than the pulse. */
  readonly misses: number;
  /** Refused logins and host keys in a row. */
  readonly refusals: number;
}

/** Nothing was asked yet. */
export const UNKNOWN: Standing = { misses: 0, refusals: 0 };

/** A better answer counts at once, a worse one when it is the second in a row; a refused login is no matter of luck. */
export function afterAnswer(standing: Standing, answer: Pulse): Standing {
  const refusals = isRefusal(answer) ? standing.refusals + 1 : 0;
  const misses = rank(answer) >= rank(standing.pulse) ? 0 : standing.misses + 1;
  if (misses === 0 || misses >= MISSES || refusals > 0) return { pulse: answer, misses: 0, refusals };
  return { ...standing, misses, refusals };
}

/** True when the two differ in what a person or a program would do about it. */
export function isChange(before: Pulse | undefined, after: Pulse | undefined): boolean {
  return before?.kind !== after?.kind || codeOf(before) !== codeOf(after);
}

/**
 * Milliseconds from the start of one question to the start of the next. Refused logins are tried ever less often, up to
 * 30 s: sshd punishes whoever keeps failing (PerSourcePenalties).
 */
export function pauseMs(standing: Standing, way: 'socket' | 'command', everyMs: number): number {
  if (standing.refusals > 0) return Math.min(30_000, 5_000 * 2 ** (standing.refusals - 1));
  if (standing.pulse?.kind === 'silent') return everyMs;
  return way === 'command' || standing.pulse?.kind === 'no-docker' ? 2 * everyMs : everyMs;
}

function codeOf(pulse: Pulse | undefined): string {
  return pulse === undefined || pulse.kind === 'up' ? '' : pulse.code;
}

function isRefusal(pulse: Pulse): boolean {
  return pulse.kind === 'silent' && /^E_(SSH_AUTH|HOST_KEY_)/.test(pulse.code);
}

/** Of a host that nothing is known of, the best is assumed: nobody acts on the first miss. */
function rank(pulse: Pulse | undefined): number {
  const kind = pulse?.kind ?? 'up';
  switch (kind) {
    case 'silent':
      return 0;
    case 'no-docker':
      return 1;
    case 'up':
      return 2;
    default:
      return kind satisfies never;
  }
}
