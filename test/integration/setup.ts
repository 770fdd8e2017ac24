/** Before all integration tests: builds fleet and makes the practice hosts that they share; takes them away after. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { labDown, labUp } from '../../src/lab/index.ts';
import { registryUrl } from '../../src/lab/registry.ts';
import { TOP } from '../support/real/fleet.ts';
import { LAB_NAME, type TestLab } from '../support/real/lab.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    lab: TestLab;
  }
}

const KEEP = process.env.FLEET_TEST_KEEP === '1';

/**
 * FLEET_TEST_KEEP=1 leaves the hosts running, for a look and for a quicker next run, and takes those that are there.
 * Otherwise hosts that an interrupted run left are removed first, with the apps that still run on them.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: TOP, stdio: 'inherit' });
  const folder = mkdtempSync(join(tmpdir(), 'fleet-lab-'));
  const inventory = join(folder, 'lab.yaml');
  const onProgress = (line: string) => process.stderr.write(`lab: ${line}\n`);
  if (!KEEP) await labDown({ name: LAB_NAME });
  const { shape } = await labUp({ name: LAB_NAME, hosts: 6, edges: 2, inventory, onProgress });
  project.provide('lab', { inventory, hosts: shape.hosts, registry: registryUrl(shape) });
  return async () => {
    rmSync(folder, { recursive: true, force: true });
    if (!KEEP) await labDown({ name: LAB_NAME });
  };
}
