/** Waits until a practice host is ready: its sshd greets and its dockerd answers. */

import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FleetError } from '../../model/error.ts';
import { hostPaths, type LabPaths } from '../paths.ts';
import type { LabHost } from '../shape.ts';
import { initOf } from './power.ts';

/** Waits for the host. Raises E_LAB_BOOT with the ends of its logs when it is not ready after `limitMs`. */
export async function waitUntilReady(labName: string, host: LabHost, paths: LabPaths, limitMs = 90_000): Promise<void> {
  const deadline = Date.now() + limitMs;
  const checks = { sshd: () => isGreeting(host.address), dockerd: () => isDockerAnswering(labName, host.name) };
  for (const [what, check] of Object.entries(checks)) {
    while (!(await check())) {
      if (Date.now() > deadline) throw bootError(host, paths, `its ${what} does not answer after ${limitMs / 1000} s`);
      await sleep(150);
      if (initOf(labName, host.name) === undefined && Date.now() > deadline - limitMs + 5_000) {
        throw bootError(host, paths, 'its first process ended');
      }
    }
  }
}

/** Does sshd of that address greet? */
export function isGreeting(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port: 22, timeout: 1_000 });
    const finish = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('data', (bytes) => finish(bytes.toString('latin1').startsWith('SSH-2.0-')));
    socket.once('error', () => finish(false));
    socket.once('timeout', () => finish(false));
    socket.once('close', () => finish(false));
  });
}

/** Does the host's dockerd answer its socket? curl-less and cheap: the version query of the API over the unix socket. */
export async function isDockerAnswering(labName: string, hostName: string): Promise<boolean> {
  const pid = initOf(labName, hostName);
  if (pid === undefined) return false;
  return new Promise((resolve) => {
    const socket = connect({ path: `/proc/${pid}/root/run/docker.sock`, timeout: 2_000 });
    const finish = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => socket.write('GET /info HTTP/1.0\r\nHost: docker\r\n\r\n'));
    socket.once('data', (bytes) => finish(bytes.toString('latin1').includes(' 200 ')));
    socket.once('error', () => finish(false));
    socket.once('timeout', () => finish(false));
    socket.once('close', () => finish(false));
  });
}

function bootError(host: LabHost, paths: LabPaths, what: string): FleetError {
  const folder = hostPaths(paths, host.name).log;
  const notes = ['console.log', 'sshd.log', 'dockerd.log'].flatMap((file) =>
    tailOf(join(folder, file), 6).map((line) => `${file}: ${line}`),
  );
  return new FleetError('E_LAB_BOOT', `practice host ${host.name} did not boot: ${what}`, {
    hint: `see ${folder}`,
    notes,
  });
}

function tailOf(file: string, count: number): string[] {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count);
  } catch {
    return ['(nothing)'];
  }
}
