/** All quoting for remote shells: the only file that turns words into a line. POSIX sh is what reads it. */
import { FleetError } from './error.ts';

/** Characters that no POSIX shell gives a meaning to, wherever they stand in a word. */
const PLAIN = /^[A-Za-z0-9_@%+:,./-]+$/;

/**
 * One word as a POSIX shell reads it back: plain words stay as they are, all others go into single quotes.
 * Throws FleetError E_NUL for a NUL byte, which no argument can carry.
 */
export function quote(word: string): string {
  if (PLAIN.test(word)) return word;
  if (word.includes('\0')) throw new FleetError('E_NUL', 'a NUL byte can not be part of a command');
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Words as one command: `docker run 'a b'`. */
export function line(...words: readonly string[]): string {
  return words.map(quote).join(' ');
}

/** Commands of which each runs only when all before it succeeded. Each must be complete and quoted. */
export function inOrder(...commands: readonly string[]): string {
  return commands.join(' && ');
}
