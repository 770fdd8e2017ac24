/** Who answers for a service that may run only once, asked by every router at a steady rate from inside its host. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { hostNamespace } from '../../../src/lab/shape.ts';
import type { LabView } from './lab-view.ts';

/** One question and its answer. Times are epoch milliseconds. */
export interface Sample {
  /** Whose router was asked. */
  readonly host: string;
  readonly sentAt: number;
  readonly endedAt: number;
  /** The container that answered; absent when none did. */
  readonly answer?: string;
}

/** Sampling that runs. */
export interface Sampling extends AsyncDisposable {
  /** Asks from this host, too, or again: a host that lost its power has lost its sampler. */
  ask(host: string): void;
  /** Asks no more. All samples, as they were answered. */
  stop(): Promise<readonly Sample[]>;
}

/** Two containers that answered at the same time. */
export interface Double {
  readonly older: string;
  readonly newer: string;
  /** For so long at least. */
  readonly ms: number;
  /** When the older one was asked last, of those times that it answered; epoch milliseconds. */
  readonly until: number;
}

/** Starts asking from all hosts that are on. `vip` as "10.96.0.5:8080". */
export function startSampling(view: LabView, vip: string, everyMs = 100): Sampling {
  const program = fileURLToPath(new URL('sampler.ts', import.meta.url));
  const samples: Sample[] = [];
  const ends: Promise<void>[] = [];
  const stops: (() => void)[] = [];
  const ask = (host: string): void => {
    const network = `--net=/run/netns/${hostNamespace(view.shape.name, host)}`;
    const argv = [network, process.execPath, '--import', 'tsx', program, `http://${vip}/`, String(everyMs)];
    // The end of its standard input stops it, so that it never outlives this process.
    const child = spawn('/usr/bin/nsenter', argv, { stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdin.on('error', () => undefined);
    createInterface({ input: child.stdout }).on('line', (line) => {
      samples.push({ host, ...(JSON.parse(line) as Omit<Sample, 'host'>) });
    });
    ends.push(new Promise((resolve) => child.once('close', () => resolve()).once('error', () => resolve())));
    stops.push(() => child.stdin.end());
  };
  for (const host of view.hosts) if (view.root(host) !== undefined) ask(host);
  const stop = async () => {
    for (const end of stops) end();
    await Promise.all(ends);
    return samples;
  };
  return {
    ask,
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop();
    },
  };
}

/** Pairs that both answered for a while: the older one was still asked, and answered, after the newer one had answered. */
export function doubles(samples: readonly Sample[]): readonly Double[] {
  const seen = new Map<string, { firstEndedAt: number; lastSentAt: number }>();
  for (const { answer, sentAt, endedAt } of samples) {
    if (answer === undefined) continue;
    const known = seen.get(answer) ?? { firstEndedAt: endedAt, lastSentAt: sentAt };
    seen.set(answer, {
      firstEndedAt: Math.min(known.firstEndedAt, endedAt),
      lastSentAt: Math.max(known.lastSentAt, sentAt),
    });
  }
  const byAge = [...seen].sort(([, left], [, right]) => left.firstEndedAt - right.firstEndedAt);
  return byAge.flatMap(([older, { lastSentAt }], index) =>
    byAge
      .slice(index + 1)
      .filter(([, { firstEndedAt }]) => lastSentAt > firstEndedAt)
      .map(([newer, { firstEndedAt }]) => ({ older, newer, ms: lastSentAt - firstEndedAt, until: lastSentAt })),
  );
}
