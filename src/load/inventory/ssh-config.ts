/** The user's own ~/.ssh/config: what `ssh HOST` would use. */
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import SSHConfig, { type Line } from 'ssh-config';
import { FleetError } from '../../model/error.ts';
import { decode, type ReadFile } from '../source.ts';

/** What the configuration says about one host; absent is not said. */
export interface SshSettings {
  readonly hostName?: string;
  readonly user?: string;
  readonly port?: number;
  readonly identities: readonly string[];
  readonly identitiesOnly?: boolean;
  /** Jump hosts in order; empty list: "none". */
  readonly jumps?: readonly string[];
  readonly knownHosts?: readonly string[];
  readonly hostKeyAlias?: string;
}

/** Asks the configuration for a host as it is typed after `ssh`. */
export type SshLookup = (host: string) => SshSettings;

/**
 * Reads ~/.ssh/config and what it includes; a missing file says nothing. `Match exec` is never run.
 * Throws FleetError E_FILE when the file can not be parsed.
 */
export async function readSshConfig(home: string, read: ReadFile): Promise<SshLookup> {
  return lookupIn(await parsed(home, read), home);
}

/**
 * The machines that ~/.ssh/config names, in its order: patterns are none, and of several names for one address the
 * first counts. A login "git" is a place for code, not a machine. Throws FleetError E_FILE as `readSshConfig` does.
 */
export async function listSshHosts(home: string, read: ReadFile): Promise<readonly string[]> {
  const config = await parsed(home, read);
  const lookup = lookupIn(config, home);
  const byAddress = new Map<string, string>();
  for (const name of config.flatMap(namesOfBlock)) {
    const { hostName = name, port = 22, user } = lookup(name);
    const address = `${hostName.toLowerCase()}:${port}`;
    if (user !== 'git' && !byAddress.has(address)) byAddress.set(address, name);
  }
  return [...byAddress.values()];
}

function namesOfBlock(line: Line): readonly string[] {
  if (line.type !== SSHConfig.DIRECTIVE || line.param.toLowerCase() !== 'host') return [];
  const words = typeof line.value === 'string' ? [line.value] : line.value.map(({ val }) => val);
  return words.filter((word) => word !== '' && !/[*?!]/.test(word));
}

async function parsed(home: string, read: ReadFile): Promise<SSHConfig> {
  const path = join(home, '.ssh', 'config');
  const text = await inlined(path, home, read, 0);
  try {
    return SSHConfig.parse(text);
  } catch (cause) {
    throw new FleetError('E_FILE', `${path}: could not be parsed: ${String(cause)}`, { cause });
  }
}

function lookupIn(config: SSHConfig, home: string): SshLookup {
  return (host) => settings(config.compute(host, { ignoreCase: true, matchExec: false }), host, home);
}

/** Path with "~", "%d" and "$HOME" as the home folder. */
export function expandHome(path: string, home: string): string {
  return path.replace(/^~(?=\/|$)/, home).replace(/^(%d|\$\{?HOME\}?)(?=\/|$)/, home);
}

const MAX_INCLUDES = 16;

/** The text with each Include replaced by the files it names, as ssh reads them. */
async function inlined(path: string, home: string, read: ReadFile, depth: number): Promise<string> {
  const bytes = await read(path).catch(() => undefined);
  if (bytes === undefined || depth > MAX_INCLUDES) return '';
  const lines = decode(path, bytes).split(/\r?\n/);
  const parts = lines.map(async (line) => {
    const include = /^\s*include[\s=]+(.+?)\s*$/i.exec(line);
    if (include === null) return line;
    const names = (include[1] ?? '').split(/\s+/).map((name) => name.replaceAll('"', ''));
    const files = (await Promise.all(names.map((name) => matching(name, home)))).flat();
    return (await Promise.all(files.map((file) => inlined(file, home, read, depth + 1)))).join('\n');
  });
  return (await Promise.all(parts)).join('\n');
}

async function matching(pattern: string, home: string): Promise<readonly string[]> {
  const path = expandHome(pattern, home);
  const absolute = path.startsWith('/') ? path : join(home, '.ssh', path);
  if (!/[*?]/.test(absolute)) return [absolute];
  const names = await readdir(dirname(absolute)).catch(() => []);
  const glob = globPattern(basename(absolute));
  return names
    .filter((name) => glob.test(name))
    .sort()
    .map((name) => join(dirname(absolute), name));
}

/** `*` and `?` in a file's name; a leading dot must be written. */
function globPattern(name: string): RegExp {
  const escaped = name.replace(/[.+^${}()|\\[\]]/g, '\\$&');
  return new RegExp(`^(?!\\.)${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`);
}

type Computed = Readonly<Record<string, string | string[]>>;

function settings(found: Computed, host: string, home: string): SshSettings {
  const one = (key: string) => (Array.isArray(found[key]) ? found[key][0] : found[key]);
  const hostName = one('hostname')?.replaceAll('%h', host);
  const user = one('user');
  const port = one('port');
  const jump = one('proxyjump');
  const known = found.userknownhostsfile;
  const alias = one('hostkeyalias');
  const only = one('identitiesonly');
  const fill = (path: string) =>
    expandHome(path, home)
      .replaceAll('%h', hostName ?? host)
      .replaceAll('%n', host)
      .replaceAll('%d', home)
      .replaceAll('%r', user ?? '')
      .replaceAll('%%', '%');
  return {
    identities: words(found.identityfile).map(fill),
    ...(hostName === undefined ? {} : { hostName }),
    ...(user === undefined ? {} : { user }),
    ...(port === undefined ? {} : { port: Number(port) }),
    ...(only === undefined ? {} : { identitiesOnly: only.toLowerCase() === 'yes' }),
    ...(jump === undefined
      ? {}
      : { jumps: jump.toLowerCase() === 'none' ? [] : jump.split(',').map((one) => one.trim()) }),
    ...(known === undefined
      ? {}
      : {
          knownHosts: words(known)
            .flatMap((one) => one.split(/\s+/))
            .map(fill),
        }),
    ...(alias === undefined ? {} : { hostKeyAlias: alias }),
  };
}

function words(value: string | string[] | undefined): readonly string[] {
  if (value === undefined) return [];
  return (Array.isArray(value) ? value : [value]).filter((word) => word !== '' && word.toLowerCase() !== 'none');
}
