/** Starts measured clients, and takes medians of what they tell. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Job, Told } from './client.ts';

/** One run of a job on the hosts of an inventory, in a fresh process. `watchMs`: how long "watch" looks at itself. */
export async function runClient(job: Job, inventory: string, watchMs = 10_000): Promise<Told> {
  const file = fileURLToPath(new URL('./client.ts', import.meta.url));
  const child = fork(file, [job, inventory, String(watchMs)], { execArgv: ['--import', 'tsx', '--expose-gc'] });
  const told: Promise<unknown[]> = once(child, 'message');
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the client "${job}" ended with ${code} and told nothing`);
  });
  const [message] = await Promise.race([told, ended]);
  ended.catch(() => undefined);
  return message as Told;
}

/** The middle one, or the higher of the two in the middle; NaN of none. */
export function median(values: readonly number[]): number {
  return [...values].sort((left, right) => left - right)[Math.floor(values.length / 2)] ?? Number.NaN;
}
