/** The lab's image registry: Debian's docker-registry on the gateway address, found again by its mark. */

import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FleetError } from '../model/error.ts';
import type { LabPaths } from './paths.ts';
import { MARK } from './process.ts';
import { type LabShape, REGISTRY_PORT } from './shape.ts';

/** The address of the lab's registry, as `http://10.88.0.1:5000`. */
export function registryUrl(shape: LabShape): string {
  return `http://${shape.gateway}:${REGISTRY_PORT}`;
}

/** Starts the registry and waits until it answers. Raises E_LAB_REGISTRY when it does not within 15 s. */
export async function startRegistry(shape: LabShape, paths: LabPaths): Promise<void> {
  if (await isRegistryUp(shape)) return;
  mkdirSync(paths.registryStorage, { recursive: true });
  const configFile = join(paths.lab, 'registry.yml');
  const logFile = join(paths.lab, 'registry.log');
  writeFileSync(configFile, formatRegistryConfig(shape, paths.registryStorage));
  const log = openSync(logFile, 'a');
  const child = spawn('/usr/bin/docker-registry', ['serve', configFile], {
    detached: true,
    stdio: ['ignore', log, log],
    env: { PATH: '/usr/bin:/bin', OTEL_TRACES_EXPORTER: 'none', [MARK]: shape.name },
    cwd: '/',
  });
  await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject));
  child.unref();
  closeSync(log);
  for (let waitedMs = 0; waitedMs < 15_000; waitedMs += 50) {
    if (await isRegistryUp(shape)) return;
    await sleep(50);
  }
  throw new FleetError('E_LAB_REGISTRY', `the image registry does not answer at ${registryUrl(shape)}`, {
    hint: `see ${logFile}`,
  });
}

/** Does the registry answer? */
export async function isRegistryUp(shape: LabShape): Promise<boolean> {
  try {
    const answer = await fetch(`${registryUrl(shape)}/v2/`, { signal: AbortSignal.timeout(2_000) });
    return answer.ok;
  } catch {
    return false;
  }
}

function formatRegistryConfig(shape: LabShape, storage: string): string {
  return [
    'version: 0.1',
    'log: { level: warn, accesslog: { disabled: true } }',
    'storage:',
    `  filesystem: { rootdirectory: ${storage} }`,
    '  delete: { enabled: true }',
    `http: { addr: "${shape.gateway}:${REGISTRY_PORT}" }`,
    '',
  ].join('\n');
}
