/** Packages of any Debian suite laid out in a folder, without touching what is installed on this machine. */

import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { FleetError } from '../../model/error.ts';
import { type RunOptions, run } from '../command.ts';
import { MARK } from '../process.ts';
import { MERGED_USR } from './recipe/base.ts';

/** A folder tree with packages laid out in it. */
export interface PackageRoot {
  readonly folder: string;
  /** Upstream version by package name, without epoch and Debian's revision. */
  readonly versions: ReadonlyMap<string, string>;
}

/** Marks the commands that fill the cache; no lab can have that name. */
export const CACHE_MARK = 'cache';

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const DOWNLOAD_LIMIT_MS = 180_000;

// Not `dpkg-deb --extract`: it would put plain folders in place of a merged /usr's links.
const EXTRACT = `for file; do
  dpkg-deb --fsys-tarfile "$file" |
    tar --extract --directory "$0" --keep-directory-symlink --exclude './usr/share/doc/*' --exclude './usr/share/man/*' || exit 1
done`;

/**
 * What the wanted packages depend on but their programs do not load: Perl, installers, and the compiler that only
 * PostgreSQL's llvmjit would use.
 */
const NOT_LOADED =
  /^(libperl|libllvm|libz3-|libdpkg|.*-perl$|libc-l10n|libc-gconv|libgdbm|libdb5|libpam-modules|libsemanage|libsepol|libnginx-mod-(?!stream$))/;

/** Downloads the packages of the suite, and the libraries they depend on, and lays them out. Raises E_LAB_MIRROR. */
export async function makePackageRoot(
  suite: string,
  packages: readonly string[],
  folder: string,
): Promise<PackageRoot> {
  const mirror = await findMirror();
  const apt = await prepareApt(suite, mirror, join(folder, 'apt'));
  await work(['apt-get', ...apt, 'update'], { timeoutMs: DOWNLOAD_LIMIT_MS }).catch((cause: unknown) => {
    throw new FleetError('E_LAB_MIRROR', `the Debian mirror of this machine does not offer ${suite}`, {
      cause,
      hint: 'images are made from its packages: name a mirror in /etc/apt/sources.list.d that has it',
      notes: cause instanceof FleetError ? cause.notes : [],
    });
  });
  const wanted = await resolveNames(apt, packages);
  const downloads = join(folder, 'packages');
  mkdirSync(downloads, { recursive: true });
  await work(['apt-get', ...apt, 'download', ...wanted], { cwd: downloads, timeoutMs: DOWNLOAD_LIMIT_MS });
  const root = join(folder, 'root');
  const files = readdirSync(downloads).filter((file) => file.endsWith('.deb'));
  await layOut(
    files.map((file) => join(downloads, file)),
    root,
  );
  return { folder: root, versions: new Map(files.map(readVersion)) };
}

/** Runs a command that is found and ended by its mark when this process was killed meanwhile. */
function work(argv: readonly string[], options: RunOptions = {}): Promise<string> {
  return run(argv, { ...options, env: { [MARK]: CACHE_MARK } });
}

/** The Debian mirror that this machine's own apt uses. Raises E_LAB_MIRROR when it uses none. */
async function findMirror(): Promise<string> {
  const targets = await work(['apt-get', 'indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages']);
  const mirror = targets.split('\n').find((address) => /\/debian\/?$/.test(address));
  if (mirror !== undefined) return mirror;
  throw new FleetError('E_LAB_MIRROR', 'this machine has no Debian mirror in its apt sources', {
    hint: 'practice hosts and their images are made from Debian packages: use a Debian machine',
  });
}

/** An apt of its own: own sources, lists and cache, and nothing installed. The machine's proxy settings still hold. */
async function prepareApt(suite: string, mirror: string, folder: string): Promise<string[]> {
  for (const part of ['lists/partial', 'cache/archives/partial']) mkdirSync(join(folder, part), { recursive: true });
  writeFileSync(join(folder, 'status'), '');
  writeFileSync(join(folder, 'sources.list'), `deb [signed-by=${KEYRING}] ${mirror} ${suite} main\n`);
  const settings = {
    'Dir::State': folder,
    'Dir::State::status': join(folder, 'status'),
    'Dir::Cache': join(folder, 'cache'),
    'Dir::Etc::sourcelist': join(folder, 'sources.list'),
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::Etc::preferences': '/dev/null',
    'Dir::Etc::preferencesparts': '/dev/null',
    'Acquire::Languages': 'none',
    'APT::Sandbox::User': 'root',
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
}

/** The packages and all libraries that they depend on, by what an installation on an empty system would fetch. */
async function resolveNames(apt: readonly string[], packages: readonly string[]): Promise<string[]> {
  const install = ['install', '--print-uris', '--yes', '-qq', '--no-install-recommends', ...packages];
  const uris = await work(['apt-get', ...apt, ...install]);
  const names = uris.split('\n').flatMap((line) => /^'[^']*' ([^_\s]+)_/.exec(line)?.[1] ?? []);
  const libraries = names.filter((name) => name.startsWith('lib') && !NOT_LOADED.test(name));
  return [...new Set([...packages, ...libraries, ...names.filter((name) => name === 'zlib1g')])];
}

async function layOut(files: readonly string[], root: string): Promise<void> {
  mkdirSync(root, { recursive: true });
  for (const [link, target] of Object.entries(MERGED_USR)) {
    mkdirSync(join(root, target), { recursive: true });
    symlinkSync(target, join(root, link));
  }
  await work(['sh', '-c', EXTRACT, root, ...files]);
}

function readVersion(file: string): [name: string, version: string] {
  const [name = '', version = ''] = basename(file).split('_');
  const upstream = decodeURIComponent(version)
    .replace(/^\d+:/, '')
    .replace(/-[^-]*$/, '');
  return [name, upstream];
}
