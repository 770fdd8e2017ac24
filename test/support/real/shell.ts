/** fleet's own stages on the practice hosts, inside the test's process: a shell, and the clock on the wall. */
import { homedir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadInventory } from '../../../src/load/index.ts';
import type { Clock, Shell } from '../../../src/model/shell.ts';
import { createShell } from '../../../src/ssh/shell.ts';

/** Real time. */
export const WALL_CLOCK: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) => sleep(ms, undefined, signal === undefined ? {} : { signal }),
};

/** A shell on the hosts of an inventory file, as a user's fleet has it. */
export async function openShellOn(inventory: string): Promise<Shell> {
  const home = homedir();
  return createShell(await loadInventory(inventory, { env: process.env, home }), { home, now: WALL_CLOCK.now });
}

/** The same shell with some of what it does done otherwise. */
export function otherwise(shell: Shell, changes: Partial<Shell>): Shell {
  return {
    connect: (host) => shell.connect(host),
    run: (...args) => shell.run(...args),
    dial: (...args) => shell.dial(...args),
    connectSocket: (...args) => shell.connectSocket(...args),
    reset: (host) => shell.reset(host),
    close: () => shell.close(),
    ...changes,
  };
}
