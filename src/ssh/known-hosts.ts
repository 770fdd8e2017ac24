/** known_hosts files: which keys a host may show. Format: sshd(8), SSH_KNOWN_HOSTS FILE FORMAT. */
import type { KnownNames } from './known-names.ts';

/** One line of a known_hosts file. */
export interface KnownHost {
  readonly file: string;
  /** Counts from 1. */
  readonly line: number;
  readonly mark: 'key' | 'revoked' | 'authority';
  /** Comma-separated patterns, or one hashed name, as written. */
  readonly names: string;
  /** ssh-ed25519, ecdsa-sha2-nistp256, ssh-rsa, … */
  readonly type: string;
  /** The public key, as the wire has it. */
  readonly key: Buffer;
}

/** The lines that speak of one host. */
export interface KnownKeys {
  readonly trusted: readonly KnownHost[];
  readonly revoked: readonly KnownHost[];
  /** Certificate authorities, which this client can not use; never plain keys. */
  readonly authorities: readonly KnownHost[];
}

/** How a key that a host shows relates to the files. */
export type Verdict =
  | { readonly kind: 'known' }
  | { readonly kind: 'unknown'; readonly authorities: readonly KnownHost[] }
  | { readonly kind: 'changed'; readonly known: readonly KnownHost[] }
  | { readonly kind: 'revoked'; readonly by: KnownHost };

/** The lines of one file; empty lines, comments and lines that make no sense are skipped, as ssh does. */
export function parseKnownHosts(text: string, file: string): KnownHost[] {
  return text.split('\n').flatMap((written, index) => {
    const entry = parseLine(written.trim(), file, index + 1);
    return entry === undefined ? [] : [entry];
  });
}

/** `host` on port 22, `[host]:port` on others: how known_hosts names an address. */
export function knownHostsName(address: string, port: number): string {
  return port === 22 ? address.toLowerCase() : `[${address.toLowerCase()}]:${port}`;
}

/**
 * Lines for an address. Where none names the port, lines for the plain address count, as in ssh. An alias (HostKeyAlias)
 * replaces address and port.
 */
export function keysFor(
  names: KnownNames,
  target: { readonly address: string; readonly port: number; readonly alias?: string },
): KnownKeys {
  const name = target.alias?.toLowerCase() ?? knownHostsName(target.address, target.port);
  const exact = pick(names, name);
  if (exact.trusted.length > 0 || target.alias !== undefined || target.port === 22) return exact;
  const plain = pick(names, target.address.toLowerCase());
  return {
    trusted: plain.trusted,
    revoked: [...exact.revoked, ...plain.revoked],
    authorities: [...exact.authorities, ...plain.authorities],
  };
}

/** Whether the shown key may be trusted. Revocation wins over everything. */
export function judge(known: KnownKeys, shown: Buffer): Verdict {
  const revoked = known.revoked.find((entry) => entry.key.equals(shown));
  if (revoked !== undefined) return { kind: 'revoked', by: revoked };
  if (known.trusted.some((entry) => entry.key.equals(shown))) return { kind: 'known' };
  if (known.trusted.length > 0) return { kind: 'changed', known: known.trusted };
  return { kind: 'unknown', authorities: known.authorities };
}

function parseLine(written: string, file: string, line: number): KnownHost | undefined {
  if (written === '' || written.startsWith('#')) return undefined;
  const fields = written.split(/[ \t]+/);
  const marker = fields[0]?.startsWith('@') ? fields.shift() : undefined;
  const mark = marker === undefined ? 'key' : MARKS.get(marker);
  const [names, type, base64] = fields;
  if (mark === undefined || names === undefined || type === undefined || base64 === undefined) return undefined;
  const key = Buffer.from(base64, 'base64');
  return keyType(key) === type ? { file, line, mark, names, type, key } : undefined;
}

const MARKS = new Map<string, KnownHost['mark']>([
  ['@revoked', 'revoked'],
  ['@cert-authority', 'authority'],
]);

/** The type that a public key itself states; "" when the bytes are no key. */
export function keyType(key: Buffer): string {
  if (key.length < 4) return '';
  const length = key.readUInt32BE(0);
  return length > 64 ? '' : key.toString('latin1', 4, 4 + length);
}

function pick(names: KnownNames, name: string): KnownKeys {
  const matching = names.named(name);
  return {
    trusted: matching.filter((entry) => entry.mark === 'key'),
    revoked: matching.filter((entry) => entry.mark === 'revoked'),
    authorities: matching.filter((entry) => entry.mark === 'authority'),
  };
}
