/** Fills the folder that becomes an image's layer: programs with the libraries they load, files, folders, links. */

import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { attempt, run } from '../command.ts';
import { EVERYDAY_COMMANDS, MERGED_USR, userFiles } from './recipe/base.ts';
import type { Recipe, RecipeFile, RecipeFolder } from './recipe/recipe.ts';

const LOADERS: Readonly<Record<string, string>> = {
  arm64: '/lib/ld-linux-aarch64.so.1',
  x64: '/lib64/ld-linux-x86-64.so.2',
};

/** Fills `staging` with what the recipe takes from `source` and adds itself. */
export async function stageRecipe(recipe: Recipe, source: string, staging: string): Promise<void> {
  const { folder = '', except = /^/ } = recipe.plugins ?? {};
  const plugins = folder === '' ? [] : readdirSync(join(source, folder)).filter((file) => file.endsWith('.so'));
  const programs = [
    ...recipe.programs,
    ...plugins.filter((file) => !except.test(file)).map((file) => join(folder, file)),
  ];
  for (const program of programs) {
    copy(join(source, program), join(staging, recipe.renamed?.[program] ?? program));
  }
  for (const library of await librariesOf(source, programs)) copy(join(source, library), join(staging, library));
  for (const tree of recipe.trees ?? []) await copyTree(source, tree, staging);
  for (const one of recipe.folders ?? []) makeFolder(staging, one);
  for (const file of [...userFiles(recipe.user), ...(recipe.files ?? [])]) write(staging, file);
  for (const [link, target] of Object.entries(recipe.links ?? {})) symlinkSync(target, join(staging, link));
}

/** Fills `staging` with the layer that all images stand on. `busybox` is the static program. */
export function stageBase(busybox: string, staging: string): void {
  makeFolder(staging, { path: '/' });
  for (const path of ['/etc', '/home', '/run', '/var/log', '/usr/lib64', '/usr/lib', '/usr/sbin', '/usr/local/bin']) {
    makeFolder(staging, { path });
  }
  makeFolder(staging, { path: '/root', mode: 0o700 });
  makeFolder(staging, { path: '/tmp', mode: 0o1777 });
  makeFolder(staging, { path: '/var/tmp', mode: 0o1777 });
  for (const [link, target] of Object.entries(MERGED_USR)) symlinkSync(target, join(staging, link));
  symlinkSync('/run', join(staging, '/var/run'));
  copy(busybox, join(staging, '/usr/bin/busybox'));
  linkCommands(staging, EVERYDAY_COMMANDS);
}

/** Adds links for all that busybox can do, but for what the base has already. */
export async function stageAllCommands(busybox: string, staging: string): Promise<void> {
  const all = (await run([busybox, '--list'])).split('\n').filter((name) => name !== '' && name !== 'busybox');
  linkCommands(
    staging,
    all.filter((name) => !EVERYDAY_COMMANDS.includes(name)),
  );
}

/** Every library that the programs load, by its path in the source; the loader itself among them. */
async function librariesOf(source: string, programs: readonly string[]): Promise<ReadonlySet<string>> {
  const loader = LOADERS[process.arch] ?? '/lib64/ld-linux-x86-64.so.2';
  const found = new Set<string>(programs.length === 0 ? [] : [canonical(loader)]);
  for (const program of programs) {
    // The source's own loader and libraries, not this machine's, must answer: hence the chroot.
    const listed = await attempt(['chroot', source, loader, '--list', program]);
    for (const [, library = ''] of listed.stdout.matchAll(/=> (\/\S+) \(/g)) found.add(canonical(library));
  }
  return found;
}

/** Libraries show by either name of a merged /usr; the layer has the real one. */
function canonical(path: string): string {
  return path.replace(/^\/(lib64|lib)\//, '/usr/$1/');
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
  chmodSync(to, statSync(from).mode & 0o7777);
}

async function copyTree(source: string, tree: string, staging: string): Promise<void> {
  const target = join(staging, dirname(tree));
  mkdirSync(target, { recursive: true });
  await run(['cp', '--archive', join(source, tree), target]);
}

function makeFolder(staging: string, folder: RecipeFolder): void {
  // /var/run is a link in the base layer: what is meant for it belongs to where it leads.
  const target = join(staging, folder.path.replace(/^\/var\/run\//, '/run/'));
  mkdirSync(target, { recursive: true });
  chmodSync(target, folder.mode ?? 0o755);
  chownSync(target, folder.owner ?? 0, folder.owner ?? 0);
}

function write(staging: string, file: RecipeFile): void {
  const target = join(staging, file.path);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, file.text);
  chmodSync(target, file.mode ?? 0o644);
}

function linkCommands(staging: string, commands: readonly string[]): void {
  mkdirSync(join(staging, '/usr/bin'), { recursive: true });
  for (const command of commands) symlinkSync('busybox', join(staging, '/usr/bin', command));
}
