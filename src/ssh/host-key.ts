/** The check of a host's key against known_hosts, and what to say when it is not the right one. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { ServerHostKeyAlgorithm } from 'ssh2';
import { FleetError } from '../model/error.ts';
import { line, quote } from '../model/quote.ts';
import { formatHop, type Hop } from './hop.ts';
import {
  judge,
  type KnownHost,
  type KnownKeys,
  keysFor,
  keyType,
  knownHostsName,
  parseKnownHosts,
} from './known-hosts.ts';
import { KnownNames } from './known-names.ts';

/** All host key algorithms that are good enough, best first; SHA-1 signatures are not. */
const ALGORITHMS: readonly ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
];

/** The known_hosts files that count for the hop, absolute. */
export function knownHostsFiles(hop: Hop, home: string): string[] {
  const written = hop.target.knownHosts.length > 0 ? hop.target.knownHosts : ['~/.ssh/known_hosts'];
  return written.map((file) => file.replace(/^~(?=\/)/, home));
}

/** All lines of the files, by name. Files that do not exist are empty. Throws FleetError E_FILE. */
export async function readKnownNames(files: readonly string[]): Promise<KnownNames> {
  const entries = await Promise.all(files.map(readEntries));
  return new KnownNames(entries.flat());
}

/** What the lines say of the hop. */
export function knownKeysOf(hop: Hop, names: KnownNames): KnownKeys {
  const { address, port, hostKeyAlias } = hop.target;
  return keysFor(names, { address, port, ...(hostKeyAlias === undefined ? {} : { alias: hostKeyAlias }) });
}

/**
 * Algorithms to ask for: those of the known keys first, so that a host of which only the RSA key is known shows that
 * one and is no false stranger.
 */
export function hostKeyAlgorithms(known: KnownKeys): ServerHostKeyAlgorithm[] {
  const types = new Set(known.trusted.map((entry) => entry.type));
  const isKnown = (name: string) => types.has(name.startsWith('rsa-') ? 'ssh-rsa' : name);
  return [...ALGORITHMS.filter(isKnown), ...ALGORITHMS.filter((name) => !isKnown(name))];
}

/** The reason to refuse the key that the hop shows; undefined when it is known. */
export function hostKeyProblem(hop: Hop, known: KnownKeys, shown: Buffer, home: string): FleetError | undefined {
  const verdict = judge(known, shown);
  switch (verdict.kind) {
    case 'known':
      return undefined;
    case 'unknown':
      return unknownKey(hop, shown, verdict.authorities, home);
    case 'changed':
      return changedKey(hop, shown, verdict.known, home);
    case 'revoked':
      return new FleetError(
        'E_HOST_KEY_REVOKED',
        `${formatHop(hop)} shows the key ${fingerprint(shown)} (${keyType(shown)}), which ${verdict.by.file}:${verdict.by.line} marks as revoked`,
        { hint: 'do not connect: give the host a new key, and find out who has the old one' },
      );
    default:
      return verdict satisfies never;
  }
}

/** `SHA256:…` as `ssh-keygen -l` prints it. */
function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

function unknownKey(hop: Hop, shown: Buffer, authorities: readonly KnownHost[], home: string): FleetError {
  return new FleetError(
    'E_HOST_KEY_UNKNOWN',
    `${formatHop(hop)} is not in known_hosts; it shows the key ${fingerprint(shown)} (${keyType(shown)})`,
    {
      hint: pinCommand(hop, shown, home),
      notes: [
        `compare the fingerprint first, on the host itself: ssh-keygen -lf ${keyFile(shown)}`,
        ...authorities.map(
          (entry) => `the certificate authority of ${entry.file}:${entry.line} is not used: pin the key`,
        ),
      ],
    },
  );
}

function changedKey(hop: Hop, shown: Buffer, known: readonly KnownHost[], home: string): FleetError {
  const sameType = known.filter((entry) => entry.type === keyType(shown));
  const old = (sameType.length > 0 ? sameType : known).map(
    (entry) => `${fingerprint(entry.key)} (${entry.type}) in ${entry.file}:${entry.line}`,
  );
  const files = [...new Set(known.map((entry) => entry.file))];
  const removals = files.map((file) => line('ssh-keygen', '-R', nameOf(hop), '-f', file));
  return new FleetError(
    'E_HOST_KEY_CHANGED',
    `${formatHop(hop)} shows the key ${fingerprint(shown)} (${keyType(shown)}), but known is ${old.join(' and ')}`,
    {
      hint: [...removals, pinCommand(hop, shown, home)].join(' && '),
      notes: [
        'someone may stand between you and the host, or it was installed anew: ask before you type this',
        `compare the fingerprint on the host itself: ssh-keygen -lf ${keyFile(shown)}`,
      ],
    },
  );
}

/** The command that pins exactly the key that was shown. */
function pinCommand(hop: Hop, shown: Buffer, home: string): string {
  const file = hop.target.knownHosts[0] ?? '~/.ssh/known_hosts';
  const short = file.startsWith(`${home}/`) ? file.slice(home.length + 1) : file.replace(/^~\//, '');
  const written = short === file ? quote(file) : `~/${quote(short)}`;
  return `${line('echo', `${nameOf(hop)} ${keyType(shown)} ${shown.toString('base64')}`)} >> ${written}`;
}

function nameOf(hop: Hop): string {
  return hop.target.hostKeyAlias ?? knownHostsName(hop.target.address, hop.target.port);
}

function keyFile(shown: Buffer): string {
  const kind = keyType(shown)
    .replace('ssh-', '')
    .replace(/^ecdsa.*/, 'ecdsa');
  return `/etc/ssh/ssh_host_${kind}_key.pub`;
}

async function readEntries(file: string): Promise<KnownHost[]> {
  try {
    return parseKnownHosts(await readFile(file, 'utf8'), file);
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return [];
    throw new FleetError('E_FILE', `${file}: can not be read to check host keys`, {
      cause,
      hint: line('ls', '-l', file),
    });
  }
}
