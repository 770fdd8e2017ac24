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
  // Most have none, and looking for one is a fraction of what replacing costs.
  return word.includes("'") ? `'${word.replaceAll("'", `'\\''`)}'` : `'${word}'`;
}

/** Words as one command: `docker run 'a b'`. */
export function line(...words: readonly string[]): string {
  return words.map(quote).join(' ');
}

/** Commands of which each runs only when all before it succeeded. Each must be complete and quoted. */
export function inOrder(...commands: readonly string[]): string {
  // Not joined: V8 keeps what is added up as its parts, and of most of those many hosts' lines have the same.
  return commands.reduce((all, command) => `${all} && ${command}`);
}

/** Stands for a word that is not known yet. It is a plain word. */
const STAND_IN = '@WORD@';

/**
 * The same line of a word, made once and then filled in: thousands of lines differ in one name. The line must have the word
 * as quoting leaves it, wherever it stands there.
 */
export function filled(make: (word: string) => string): (word: string) => string {
  const parts = make(STAND_IN).split(STAND_IN);
  return (word) => (PLAIN.test(word) ? parts.join(word) : make(word));
}
