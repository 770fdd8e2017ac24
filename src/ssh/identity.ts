/** Which keys are offered to a host, in which order, and what is said when none is accepted. */
import { readFile } from 'node:fs/promises';
import ssh2, { type AnyAuthMethod, type ParsedKey } from 'ssh2';
import { FleetError } from '../model/error.ts';
import { quote } from '../model/quote.ts';
import { agentKeys, OneKeyAgent } from './agent.ts';
import { formatHop, type Hop, sshCommand } from './hop.ts';
import { quickSigner } from './signer.ts';

/** Files that are tried when the target names none, as ssh does. */
const DEFAULT_FILES = ['id_ed25519', 'id_ecdsa', 'id_rsa'];

/** One key to offer. */
interface Offer {
  /** For people: "key ~/.ssh/id_ed25519" or "agent key ann@laptop". */
  readonly title: string;
  readonly method: AnyAuthMethod;
}

/** All that can be offered, and why the rest can not. */
export interface Identity {
  readonly offers: readonly Offer[];
  /** "~/.ssh/id_rsa is encrypted and the agent does not hold it". */
  readonly skipped: readonly string[];
}

/** Where keys come from. */
export interface KeySource {
  readonly home: string;
  /** Socket of the ssh-agent (SSH_AUTH_SOCK). */
  readonly agentSocket?: string;
  readonly agentMs: number;
}

/** A key file as found. */
interface KeyFile {
  readonly file: string;
  readonly state: 'usable' | 'encrypted' | 'missing' | 'invalid';
  /** Only of a usable one. */
  readonly key?: ParsedKey;
  /** The public half, base64; "" when it can not be told. */
  readonly publicKey: string;
}

/** Reads the key files and asks the agent; order: files as named, then the agent's other keys, then default files. */
export async function findIdentity(hop: Hop, source: KeySource): Promise<Identity> {
  const { identities, identitiesOnly, user } = hop.target;
  const named = await Promise.all(identities.map((file) => readKey(file.replace(/^~(?=\/)/, source.home))));
  const usual = DEFAULT_FILES.map((file) => `${source.home}/.ssh/${file}`);
  const defaults = identities.length > 0 ? [] : await Promise.all(usual.map(readKey));
  const held = source.agentSocket === undefined ? [] : await agentKeys(source.agentSocket, source.agentMs);
  const byPublic = new Map(held.map((key) => [publicOf(key), key]));
  const others = identitiesOnly ? [] : held;
  const offers = new Map<string, Offer>();
  const offer = (key: string, made: Offer | undefined) => {
    if (made !== undefined && !offers.has(key)) offers.set(key, made);
  };
  const fromFile = (key: KeyFile) => {
    const inAgent = byPublic.get(key.publicKey);
    if (key.state === 'usable') offer(key.publicKey, fileOffer(key, user, source.home));
    else if (inAgent !== undefined) offer(key.publicKey, agentOffer(inAgent, user, source));
  };
  named.forEach(fromFile);
  for (const key of others) offer(publicOf(key), agentOffer(key, user, source));
  defaults.forEach(fromFile);
  const left = [...named, ...defaults.filter((key) => key.state !== 'missing')];
  const skipped = left.flatMap((key) => skipReason(key, byPublic, source.home));
  return { offers: [...offers.values()], skipped };
}

/** E_SSH_AUTH: names user and host, what was offered and what could not be. `reason` is the server's last word. */
export function refusedLogin(hop: Hop, identity: Identity, reason: string, source: KeySource): FleetError {
  const offered = identity.offers.map((offer) => offer.title);
  const tried = offered.length === 0 ? 'there is no key to offer' : `it refused ${offered.join(', ')}`;
  const agent = source.agentSocket === undefined ? ['no ssh-agent is running (SSH_AUTH_SOCK is not set)'] : [];
  const tooMany = /too many/i.test(reason)
    ? [
        'sshd allows only a few keys per login: name the right one (identity in the inventory, or IdentityFile and IdentitiesOnly)',
      ]
    : [];
  return new FleetError('E_SSH_AUTH', `${formatHop(hop)} does not let user ${hop.target.user} in: ${tried}`, {
    hint: loginHint(hop, identity),
    notes: [...identity.skipped, ...agent, ...tooMany, `to put a key there: ${copyCommand(hop)}`],
  });
}

function loginHint(hop: Hop, identity: Identity): string {
  const locked = identity.skipped.find((note) => note.includes(ENCRYPTED));
  if (locked !== undefined) return `ssh-add ${locked.slice(0, locked.indexOf(ENCRYPTED))}`;
  const unreadable = identity.skipped.find((note) => note.includes(UNREADABLE));
  if (identity.offers.length > 0)
    return sshCommand(hop, '-v', ...hop.target.identities.slice(0, 1).flatMap((file) => ['-i', file]));
  if (unreadable !== undefined) return `ls -l ${unreadable.slice(0, unreadable.indexOf(UNREADABLE))}`;
  return copyCommand(hop);
}

/** Puts the user's key onto the host, asking for the password. */
function copyCommand(hop: Hop): string {
  return sshCommand(hop).replace(/^ssh/, 'ssh-copy-id').replace(' -J ', ' -o ProxyJump=');
}

const ENCRYPTED = ' is encrypted, and the agent does not hold it';
const UNREADABLE = ' can not be read';

function skipReason(key: KeyFile, held: ReadonlyMap<string, ParsedKey>, home: string): string[] {
  const file = shortPath(key.file, home);
  if (key.state === 'usable' || held.has(key.publicKey)) return [];
  if (key.state === 'encrypted') return [`${quotePath(file)}${ENCRYPTED}`];
  return [key.state === 'missing' ? `${quotePath(file)}${UNREADABLE}` : `${quotePath(file)} is no private key`];
}

function fileOffer({ file, key }: KeyFile, username: string, home: string): Offer | undefined {
  if (key === undefined) return undefined;
  return { title: `key ${shortPath(file, home)}`, method: { type: 'publickey', username, key: quickSigner(key) } };
}

function agentOffer(key: ParsedKey, username: string, source: KeySource): Offer | undefined {
  if (source.agentSocket === undefined) return undefined;
  const title = `agent key ${key.comment === '' ? key.type : key.comment}`;
  return { title, method: { type: 'agent', username, agent: new OneKeyAgent(source.agentSocket, key) } };
}

async function readKey(file: string): Promise<KeyFile> {
  const text = await readText(file);
  if (text === undefined) {
    const half = await readPublic(file);
    return { file, state: 'missing', publicKey: half };
  }
  const parsed = ssh2.utils.parseKey(text);
  if (!(parsed instanceof Error)) {
    const publicKey = publicOf(parsed);
    return parsed.isPrivateKey()
      ? { file, state: 'usable', key: parsed, publicKey }
      : { file, state: 'invalid', publicKey };
  }
  const inside = publicHalf(text);
  const publicKey = inside === '' ? await readPublic(file) : inside;
  return { file, state: /encrypted|passphrase/i.test(parsed.message) ? 'encrypted' : 'invalid', publicKey };
}

async function readPublic(file: string): Promise<string> {
  const parsed = ssh2.utils.parseKey((await readText(`${file}.pub`)) ?? '');
  return parsed instanceof Error ? '' : publicOf(parsed);
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** The public key inside an encrypted key of OpenSSH's own format, where it stands in the clear (PROTOCOL.key). */
function publicHalf(text: string): string {
  const body = /BEGIN OPENSSH PRIVATE KEY-+\s([\s\S]*?)-+END/.exec(text)?.[1];
  if (body === undefined) return '';
  const bytes = Buffer.from(body, 'base64');
  let at = 'openssh-key-v1\0'.length;
  const next = () => {
    const length = at + 4 <= bytes.length ? bytes.readUInt32BE(at) : 0;
    at += 4 + length;
    return bytes.subarray(at - length, at);
  };
  for (const _field of ['cipher', 'kdf', 'kdf options']) next();
  at += 4;
  return next().toString('base64');
}

function publicOf(key: ParsedKey): string {
  return key.getPublicSSH().toString('base64');
}

function shortPath(file: string, home: string): string {
  return file.startsWith(`${home}/`) ? `~${file.slice(home.length)}` : file;
}

function quotePath(file: string): string {
  return file.startsWith('~/') ? `~/${quote(file.slice(2))}` : quote(file);
}
