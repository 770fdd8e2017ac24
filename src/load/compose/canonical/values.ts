/** Scalars by kind: each is written in one way, the one that Compose prints. */
import { isIP } from 'node:net';
import { formatDuration, parseNanoseconds, parsePort, parsePortRange, parseSize, wrong } from '../../units.ts';
import { type Form, parsed } from './forms.ts';

/** What YAML once took for true and false. */
const SWITCHES: ReadonlyMap<string, boolean> = new Map([
  ...['true', 'y', 'yes', 'on'].map((word) => [word, true] as const),
  ...['false', 'n', 'no', 'off'].map((word) => [word, false] as const),
]);

/** Numbers and switches become text. */
export const text: Form = parsed((value) => value);

/** "1m30s": text as Go writes durations. */
export const duration: Form = parsed((value) => formatDuration(parseNanoseconds(value)));

/** Bytes as text of digits: "67108864". */
export const size: Form = parsed((value) => String(parseSize(value)));

/** Bytes as text of digits, or "-1" for no limit. */
export const sizeOrNone: Form = parsed((value) => (value === '-1' ? value : String(parseSize(value))));

/** true or false; also the words that YAML once knew. */
export const flag: Form = parsed((value) => {
  const found = SWITCHES.get(value.toLowerCase());
  if (found === undefined) throw wrong(value, 'true or false', 'true or false');
  return found;
});

/** true or false where it looks like one, other text as it is. */
export const flagOrText: Form = parsed((value) => (value === 'true' ? true : value === 'false' ? false : value));

/** A number with or without a fraction. */
export const decimal: Form = parsed((value) => {
  const number = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value) ? Number(value) : Number.NaN;
  if (!Number.isFinite(number)) throw wrong(value, 'a number', 'a number such as 0.5 or 2');
  return number;
});

/** A whole number, also below zero. */
export const whole: Form = parsed((value) => parseInteger(value, /^[+-]?\d+$/, 'a whole number'));

/** A whole number from 0. */
export const count: Form = parsed((value) => parseInteger(value, /^\+?\d+$/, 'a whole number from 0'));

/** "0440": permission bits in octal as text. A number is taken as it is, as YAML read it. */
export const mode: Form = parsed((value, raw) => {
  const bits = typeof raw === 'number' ? raw : parseOctal(value);
  if (!Number.isInteger(bits) || bits < 0 || bits > 0o7777) throw notMode(value);
  return `0${bits.toString(8)}`;
});

/** Permission bits as a number. */
export const modeNumber: Form = parsed((value, raw) => {
  const bits = typeof raw === 'number' ? raw : parseOctal(value);
  if (!Number.isInteger(bits) || bits < 0) throw notMode(value);
  return bits;
});

/** "80", "90/udp" or "100-102" as text. */
export const exposed: Form = parsed((value) => {
  const [range = '', protocol, ...rest] = value.split('/');
  parsePortRange(range);
  if (rest.length > 0) throw wrong(value, 'a port', 'a port such as "80" or "80/udp"');
  if (protocol !== undefined) parseProtocol(protocol);
  return value;
});

/** tcp, udp or sctp in small letters. */
export function parseProtocol(word: string): string {
  const small = word.toLowerCase();
  if (small === 'tcp' || small === 'udp' || small === 'sctp') return small;
  throw wrong(word, 'a protocol', 'tcp, udp or sctp');
}

/** An IPv4 or IPv6 address, without the brackets it may have. */
export function parseAddress(address: string): string {
  const bare = address.replace(/^\[(.*)\]$/, '$1');
  if (isIP(bare) === 0) throw wrong(address, 'an IP address', 'an IP address such as 127.0.0.1 or [::1]');
  return bare;
}

/** A port as number. */
export const port: Form = parsed((value) => parsePort(value));

/** A whole number of that form which a computer can hold exactly. */
export function parseInteger(value: string, form: RegExp, noun: string): number {
  const number = form.test(value) ? Number(value) : Number.NaN;
  if (!Number.isSafeInteger(number)) throw wrong(value, noun, noun);
  return number;
}

function parseOctal(value: string): number {
  if (!/^(0o?)?[0-7]{1,4}$/.test(value)) throw notMode(value);
  return Number.parseInt(value.replace('o', ''), 8);
}

function notMode(value: string): Error {
  return wrong(value, 'a file mode', 'permission bits in octal, such as "0440"');
}
