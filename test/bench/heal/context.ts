/** What every part of the bench is given, and what all of them do. */
import { setTimeout as sleep } from 'node:timers/promises';
import { rootExec } from '../../../src/lab/index.ts';
import { startWatcher, type Watcher } from '../../support/real/watcher.ts';
import { HEAL } from '../../support/repairs/app.ts';
import type { Run } from '../../support/repairs/run.ts';
import type { LabView } from '../../support/view/lab-view.ts';
import { busyCores } from '../../support/view/signs.ts';
import { formatRun, type Series } from './report.ts';

/** The lab and how much is asked for. */
export interface BenchContext {
  readonly view: LabView;
  readonly inventory: string;
  readonly runs: number;
  /** So long a run waits for everybody else on the machine to be quiet. */
  readonly patienceMs: number;
  /** Told what is being done, a line at a time. */
  readonly say: (line: string) => void;
  /** Turns on and plugs in what a run that failed has left off or cut. */
  readonly mend: () => Promise<unknown>;
}

/** One part. It finds hosts without containers. */
export interface Part {
  readonly name: string;
  readonly about: string;
  readonly measure: (context: BenchContext) => Promise<readonly Series[]>;
}

/** Measures the same as often as the context asks for. */
export async function repeat(context: BenchContext, title: string, once: () => Promise<Run>): Promise<Series> {
  const { runs, patienceMs, say, mend } = context;
  const done: Run[] = [];
  for (let count = 1; count <= runs; count += 1) {
    await waitForQuiet(patienceMs);
    try {
      const run = await once();
      say(`${title}, run ${count}: ${formatRun(run)}`);
      done.push(run);
    } catch (error) {
      // It shows in the number of runs. What was measured before it, and comes after it, is not lost with it.
      say(`${title}, run ${count} failed: ${String(error)}`);
      await mend();
    }
  }
  return { title, runs: done };
}

/** Idle practice hosts with the app on them need about 0.15 cores. */
const QUIET_CORES = 0.4;
const QUIET_FOR_MS = 5_000;

async function waitForQuiet(patienceMs: number): Promise<void> {
  const limit = Date.now() + patienceMs;
  while (Date.now() < limit) {
    const busy = busyCores();
    await sleep(QUIET_FOR_MS);
    if (busy() < QUIET_CORES) return;
  }
}

/** Takes all containers off all hosts, fleet's routers among them: they listen where others want to. */
export async function clearHosts(view: LabView): Promise<void> {
  const script = 'docker swarm leave --force >/dev/null 2>&1; docker ps -aq | xargs -r docker rm --force --volumes';
  const argv = ['sh', '-c', script];
  const ends = await Promise.all(view.hosts.map((host) => rootExec(host, argv, { labName: view.shape.name })));
  const failed = ends.find(({ exitCode }) => exitCode !== 0);
  if (failed !== undefined) throw new Error(`hosts can not be cleared: ${failed.stderr}`);
}

/** Starts a watcher of the app whose reports are said, too. */
export function startToldWatcher({ inventory, say }: BenchContext, args: readonly string[] = []): Promise<Watcher> {
  return startWatcher({ inventory, app: HEAL, args, onLine: (line) => say(`  watch: ${JSON.stringify(line)}`) });
}
