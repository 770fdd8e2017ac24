/** The ranges of addresses and ports that fleet may hand out, and addresses in general. */
import { isIP } from 'node:net';
import { type Block, toAddress, toNumber } from '../../model/ipv4.ts';
import { bad } from '../schema.ts';
import { parsePortRange, wrong } from '../units.ts';

/** A CIDR as its block. Throws FleetError E_VALUE: not IPv4, host bits set, or too small or large to be of use. */
export function parseCidr(text: string): Block {
  const match = /^(\d+\.\d+\.\d+\.\d+)\/(\d+)$/.exec(text);
  const address = match?.[1] ?? '';
  const bits = Number(match?.[2]);
  if (match === null || isIP(address) !== 4 || bits > 32) {
    throw wrong(text, 'a range of addresses', 'an IPv4 range such as 10.96.0.0/16');
  }
  if (bits < 8 || bits > 24) throw wrong(text, 'a range of a usable size', 'a prefix from /8 to /24');
  const size = 2 ** (32 - bits);
  const first = toNumber(address);
  if (first % size !== 0) {
    const start = toAddress(first - (first % size));
    throw wrong(text, 'the start of its range', 'an address with all host bits 0', `write ${start}/${bits}`);
  }
  return { first, size };
}

/** "20000-29999" as first and last port, at least 100 of them. */
export function parseHostPorts(text: string): readonly [number, number] {
  const [first, last] = parsePortRange(text);
  if (first < 1024 || last - first < 99) {
    throw bad(`"${text}" is too small a range or begins below 1024`, { expected: 'at least 100 ports from 1024 up' });
  }
  return [first, last];
}

/** An IPv4 or IPv6 address or a DNS name, as it stands. Throws FleetError E_VALUE. */
export function parseAddress(text: string): string {
  const numeric = /^[\d.]+$/.test(text);
  const name =
    !numeric && text.length <= 253 && /^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_-]+)*\.?$/.test(text);
  if (isIP(text) !== 0 || name) return text;
  throw wrong(text, 'an address', 'an IP address or a DNS name');
}
