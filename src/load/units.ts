/** Durations, sizes, numbers and ports as people write them. All parsers throw FleetError E_VALUE without a location. */
import { FleetError } from '../model/error.ts';

const UNIT_NS: Readonly<Record<string, number>> = {
  w: 604_800e9,
  d: 86_400e9,
  h: 3600e9,
  m: 60e9,
  s: 1e9,
  ms: 1e6,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ns: 1,
};
const UNIT_BYTES: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 1024,
  m: 1024 ** 2,
  g: 1024 ** 3,
  t: 1024 ** 4,
  p: 1024 ** 5,
};

/** Compose's durations, "1h2m3s4ms5us", in milliseconds; "0" is allowed. */
export function parseDuration(text: string): number {
  return Math.round(parseNanoseconds(text) / 1e6);
}

/** Compose's durations in nanoseconds: w, d, h, m, s, ms, us (or µs) and ns, with fractions. */
export function parseNanoseconds(text: string): number {
  if (text === '0') return 0;
  if (!/^((\d+(\.\d*)?|\.\d+)(w|d|h|ms|m|s|us|µs|μs|ns))+$/.test(text)) {
    const hint = /^\d+$/.test(text) ? `write ${text}s for seconds` : undefined;
    throw wrong(text, 'a duration', 'a duration such as 30s, 1m30s or 500ms', hint);
  }
  const parts = text.matchAll(/([\d.]+)([a-zµμ]+)/g);
  return Math.round([...parts].reduce((sum, [, count, unit]) => sum + Number(count) * (UNIT_NS[unit ?? ''] ?? 0), 0));
}

/** Nanoseconds as Go and so Compose write them: 1m30s, 1h0m0s, 1.5ms, 0s. */
export function formatDuration(nanoseconds: number): string {
  if (nanoseconds === 0) return '0s';
  if (nanoseconds < 1e3) return `${nanoseconds}ns`;
  if (nanoseconds < 1e6) return `${nanoseconds / 1e3}µs`;
  if (nanoseconds < 1e9) return `${nanoseconds / 1e6}ms`;
  const minutes = Math.floor(nanoseconds / 60e9);
  const rest = `${(nanoseconds - minutes * 60e9) / 1e9}s`;
  if (minutes === 0) return rest;
  return minutes < 60 ? `${minutes}m${rest}` : `${Math.floor(minutes / 60)}h${minutes % 60}m${rest}`;
}

/** Compose's sizes in bytes: b, and k, m, g, t, p with or without b or ib, all powers of 1024; "64M" too. */
export function parseSize(text: string): number {
  const match = /^(\d+\.?\d*|\.\d+)\s*(b|([kmgtp])(?:i?b)?)?$/i.exec(text);
  if (match === null) throw wrong(text, 'a size', 'a size such as 512m, 1.5g or 64MiB');
  return Math.floor(Number(match[1]) * (UNIT_BYTES[(match[3] ?? '').toLowerCase()] ?? 1));
}

/** A number of CPUs: 0.5, 2. */
export function parseCpus(text: string): number {
  const cpus = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(cpus) || cpus > 1024) throw wrong(text, 'a number of CPUs', 'a number such as 0.5 or 2');
  return cpus;
}

/** A share from 0 to 1. */
export function parseRatio(text: string): number {
  const ratio = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(ratio) || ratio > 1) throw wrong(text, 'a share', 'a number from 0 to 1, such as 0.01');
  return ratio;
}

/** A whole number within the bounds, both included. */
export function parseWhole(text: string, least: number, most: number): number {
  const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(value) || value < least || value > most) {
    throw wrong(text, `a whole number from ${least} to ${most}`, `${least} to ${most}`);
  }
  return value;
}

/** A TCP or UDP port number. */
export function parsePort(text: string): number {
  const port = /^\d+$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw wrong(text, 'a port', 'a port number from 1 to 65535');
  return port;
}

/** "3000" or "3000-3005" as first and last port. */
export function parsePortRange(text: string): readonly [number, number] {
  const match = /^(\d+)(?:-(\d+))?$/.exec(text);
  if (match === null) throw wrong(text, 'a port', 'a port number or a range such as 3000-3005');
  const first = parsePort(match[1] ?? '');
  const last = match[2] === undefined ? first : parsePort(match[2]);
  if (last < first) throw wrong(text, 'a range of ports', 'the smaller port first', `write ${last}-${first}`);
  return [first, last];
}

/** "true"/"false" as a switch, after interpolation. */
export function parseSwitch(text: string): boolean {
  if (text === 'true') return true;
  if (text === 'false') return false;
  throw wrong(text, 'true or false', 'true or false');
}

/** Permission bits in octal: "0440", "440", 0o440. */
export function parseMode(text: string): number {
  if (!/^(0o?)?[0-7]{3,4}$/.test(text)) throw wrong(text, 'a file mode', 'permission bits in octal, such as "0440"');
  return Number.parseInt(text.replace('o', ''), 8);
}

/** An error without location about a value that can not be right. */
export function wrong(text: string, noun: string, expected: string, hint?: string): FleetError {
  return new FleetError('E_VALUE', `${JSON.stringify(text)} is not ${noun}`, {
    expected,
    ...(hint === undefined ? {} : { hint }),
  });
}
