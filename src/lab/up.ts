/** Makes a lab, or completes one that is there in the same shape. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { run } from './command.ts';
import { sweep } from './down.ts';
import { initOf, powerOn } from './host/power.ts';
import { waitUntilReady } from './host/ready.ts';
import { readHostKey, writeSeed } from './host/seed.ts';
import { fetchIngredients, hasImages, hasRecord, makeImages } from './image/images.ts';
import { formatInventory } from './inventory.ts';
import { LabLock } from './lock.ts';
import { cutCables, makeSwitch, setCable } from './network.ts';
import { ensurePackages, missingPackages } from './packages.ts';
import { type LabPaths, labPaths } from './paths.ts';
import { networkInode } from './process.ts';
import { registryUrl, startRegistry } from './registry.ts';
import { requireLinuxRoot } from './require.ts';
import { DEFAULT_LAB, type LabShape, type ShapeOptions, shapeLab, switchNamespace } from './shape.ts';
import { readShape } from './state.ts';

/** What `labUp` may be asked. */
export interface UpOptions extends ShapeOptions {
  /**
   * Where the inventory is written; default for the lab named `lab` is `inventory/lab.yaml` where that folder is, and for
   * all others the lab's own folder.
   */
  readonly inventory?: string;
  /** Told what is being done, a line at a time. */
  readonly onProgress?: (line: string) => void;
}

/** What `labUp` made. */
export interface UpResult {
  readonly shape: LabShape;
  readonly inventoryFile: string;
  readonly identity: string;
  readonly knownHosts: string;
  /** `made` anew, `completed` (some hosts were off or cut), or `unchanged`. */
  readonly outcome: 'made' | 'completed' | 'unchanged';
}

/**
 * Makes the lab, with all its hosts ready. A lab that runs in the same shape stays, and what is off or cut in it comes back;
 * one of another shape, or left by a crash, is removed first.
 */
export async function labUp(options: UpOptions = {}): Promise<UpResult> {
  requireLinuxRoot();
  const shape = shapeLab(options);
  const paths = labPaths(shape.name);
  const progress = options.onProgress ?? (() => undefined);
  await using _lock = await LabLock.take(paths.lockFile);
  const isRecorded = JSON.stringify(readShape(paths)) === JSON.stringify(shape);
  // The record outlives a reboot of this machine; the lab itself does not.
  const isSame = isRecorded && networkInode(switchNamespace(shape.name)) !== undefined;
  const outcome = isSame ? await complete(shape, paths, progress) : await make(shape, paths, progress);
  const inventoryFile = writeInventory(shape, paths, options.inventory);
  return { shape, inventoryFile, identity: paths.identity, knownHosts: paths.knownHosts, outcome };
}

async function make(shape: LabShape, paths: LabPaths, progress: (line: string) => void): Promise<'made'> {
  const missing = missingPackages();
  if (missing.length > 0) progress(`installing ${missing.join(', ')}`);
  await ensurePackages(paths.packageLog);
  await sweep(shape.name);
  mkdirSync(paths.lab, { recursive: true, mode: 0o755 });
  await run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', `fleet lab ${shape.name}`, '-f', paths.identity]);
  await Promise.all(shape.hosts.map((host) => writeSeed(shape, host, paths)));
  writeKnownHosts(shape, paths);
  await makeSwitch(shape);
  await startRegistry(shape, paths);
  progress(`booting ${shape.hosts.length} hosts`);
  const work = [bootAll(shape, paths), provideImages(shape, paths, progress)];
  // Both must have ended before an error leaves this function and the lock with it.
  for (const result of await Promise.allSettled(work)) if (result.status === 'rejected') throw result.reason;
  // Written last: a lab without it is one that a crash left half made.
  writeFileSync(paths.shapeFile, `${JSON.stringify(shape, null, 2)}\n`);
  return 'made';
}

async function complete(
  shape: LabShape,
  paths: LabPaths,
  progress: (line: string) => void,
): Promise<'completed' | 'unchanged'> {
  const off = shape.hosts.filter((host) => initOf(shape.name, host.name) === undefined);
  const cut = await cutCables(shape.name);
  await startRegistry(shape, paths);
  for (const hostName of cut) await setCable(shape.name, hostName, 'up');
  if (off.length > 0) progress(`booting ${off.map((host) => host.name).join(', ')}`);
  await bootAll({ ...shape, hosts: off }, paths);
  return off.length + cut.size === 0 ? 'unchanged' : 'completed';
}

async function bootAll(shape: LabShape, paths: LabPaths): Promise<void> {
  await Promise.all(
    shape.hosts.map(async (host) => {
      await powerOn(shape, host, paths);
      await waitUntilReady(shape.name, host, paths);
    }),
  );
}

async function provideImages(shape: LabShape, paths: LabPaths, progress: (line: string) => void): Promise<void> {
  await using _lock = await LabLock.take(paths.cacheLockFile);
  const registry = registryUrl(shape);
  if (hasRecord(paths.cache) && (await hasImages(registry))) return;
  const startedAt = Date.now();
  progress('making images from Debian packages (once)');
  await makeImages({ registry, cache: paths.cache }, await fetchIngredients(paths.cache));
  progress(`images made in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
}

function writeKnownHosts(shape: LabShape, paths: LabPaths): void {
  const lines = shape.hosts.map((host) => `${host.address} ${readHostKey(paths, host.name)}\n`);
  writeFileSync(paths.knownHosts, lines.join(''));
}

/** Written only when it differs, so that a second `up` leaves the file's time alone. */
function writeInventory(shape: LabShape, paths: LabPaths, chosen: string | undefined): string {
  const shipped = resolve('inventory', 'lab.yaml');
  const isShipped = shape.name === DEFAULT_LAB && existsSync(dirname(shipped));
  const fallback = isShipped ? shipped : join(paths.lab, 'inventory.yaml');
  const file = chosen === undefined ? fallback : resolve(chosen);
  const text = formatInventory(shape, paths);
  if (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return file;
}
