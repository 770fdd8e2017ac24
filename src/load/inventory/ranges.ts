/** Ranges in host names and addresses, as in Ansible: web[01:20], rack[a:c], 10.0.0.[11:30:2]. */
import { bad } from '../schema.ts';

const RANGE = /\[([^\]]*)\]/;
const MAX_HOSTS = 2000;

/** All words the text stands for, in order; text without a range stands for itself. Throws FleetError E_VALUE. */
export function expandRanges(text: string): readonly string[] {
  const match = RANGE.exec(text);
  if (match === null) return [text];
  const before = text.slice(0, match.index);
  const rests = expandRanges(text.slice(match.index + match[0].length));
  const words = rangeWords(match[1] ?? '', text).flatMap((word) => rests.map((rest) => `${before}${word}${rest}`));
  if (words.length > MAX_HOSTS) throw bad(`"${text}" stands for more than ${MAX_HOSTS} hosts`);
  return words;
}

/** Whether the text holds a range. */
export function hasRange(text: string): boolean {
  return RANGE.test(text);
}

function rangeWords(range: string, whole: string): readonly string[] {
  const numbers = /^(\d+):(\d+)(?::(\d+))?$/.exec(range);
  if (numbers !== null) return numberWords(numbers[1] ?? '', numbers[2] ?? '', Number(numbers[3] ?? 1), whole);
  const letters = /^([a-z]):([a-z])$/.exec(range);
  if (letters === null) throw badRange(whole, 'a range such as [1:9], [01:20] or [a:f]');
  const first = (letters[1] ?? '').charCodeAt(0);
  const last = (letters[2] ?? '').charCodeAt(0);
  if (last < first) throw badRange(whole, 'the smaller end first');
  return Array.from({ length: last - first + 1 }, (_, index) => String.fromCharCode(first + index));
}

function numberWords(from: string, to: string, step: number, whole: string): readonly string[] {
  const first = Number(from);
  const count = Math.floor((Number(to) - first) / step) + 1;
  if (step < 1 || count < 1) throw badRange(whole, 'the smaller end first');
  if (count > MAX_HOSTS) throw bad(`"${whole}" stands for more than ${MAX_HOSTS} hosts`);
  const width = from.startsWith('0') ? from.length : 1;
  return Array.from({ length: count }, (_, index) => String(first + index * step).padStart(width, '0'));
}

function badRange(whole: string, expected: string): Error {
  return bad(`"${whole}" holds no right range`, { expected });
}
