/** Starts and stops steady traffic (traffic.ts) in a process of its own, undisturbed by the test that measures. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { TrafficSummary } from './tally.ts';

/** What to send. */
export interface TrafficOptions {
  readonly urls: readonly string[];
  /** Requests a second. */
  readonly rate: number;
  /** It stops by itself after so many seconds; default 600. */
  readonly forSeconds?: number;
  /** Further arguments of traffic.ts. */
  readonly args?: readonly string[];
}

/** Running traffic. */
export interface Traffic extends AsyncDisposable {
  /** What was counted so far. */
  snapshot(): Promise<TrafficSummary>;
  /** Sends no more, waits for what is in flight, and returns all that was counted. Safe to call twice. */
  stop(): Promise<TrafficSummary>;
}

/** Somebody who has asked. */
interface Waiting {
  readonly kind: string;
  readonly resolve: (summary: TrafficSummary) => void;
  readonly reject: (error: Error) => void;
}

const ANSWER_LIMIT_MS = 30_000;

/** Starts the traffic; requests flow when this resolves. */
export async function startTraffic(options: TrafficOptions): Promise<Traffic> {
  const program = fileURLToPath(new URL('traffic.ts', import.meta.url));
  const args = [
    ...options.urls.flatMap((url) => ['--url', url]),
    ...['--rate', String(options.rate), '--for', String(options.forSeconds ?? 600), ...(options.args ?? [])],
  ];
  const child = spawn(process.execPath, ['--import', 'tsx', program, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting: Waiting[] = [];
  let final: TrafficSummary | undefined;
  let ended: string | undefined;
  child.once('close', (code, signal) => {
    ended = `the traffic ended by itself: ${signal ?? `exit code ${code}`}`;
    for (const one of waiting.splice(0)) one.reject(new Error(ended));
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    const summary = JSON.parse(line) as TrafficSummary;
    if (summary.kind === 'summary') final = summary;
    for (const one of waiting.splice(0)) {
      if (one.kind === summary.kind || summary.kind === 'summary') one.resolve(summary);
      else waiting.push(one);
    }
  });
  const ask = (word: 'snapshot' | 'stop') => {
    if (final !== undefined) return Promise.resolve(final);
    if (ended !== undefined) return Promise.reject(new Error(ended));
    return new Promise<TrafficSummary>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`the traffic did not answer "${word}"`)), ANSWER_LIMIT_MS);
      waiting.push({
        kind: word === 'stop' ? 'summary' : 'snapshot',
        resolve: (summary) => {
          clearTimeout(timer);
          resolve(summary);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      });
      child.stdin.write(`${word}\n`);
    });
  };
  const traffic: Traffic = {
    snapshot: () => ask('snapshot'),
    stop: () => ask('stop'),
    [Symbol.asyncDispose]: async () => {
      await ask('stop');
    },
  };
  // The first answer says that it is up and sending.
  await traffic.snapshot();
  return traffic;
}

/** The summary in a few lines for people. */
export function formatTraffic(summary: TrafficSummary): string {
  const seconds = ((summary.endedAt - summary.startedAt) / 1_000).toFixed(1);
  const seen = Object.entries(summary.versions).map(([header, values]) => {
    const each = Object.entries(values).map(([value, { count }]) => `${value} (${count} answers)`);
    return `  ${header}: ${each.join(', ')}`;
  });
  const reasons = Object.entries(summary.reasons).map(([reason, count]) => `${count} x ${reason}`);
  return [
    `  ${summary.sent} requests in ${seconds} s: ${summary.ok} good, ${summary.failed} failed`,
    ...(reasons.length === 0 ? [] : [`  failures: ${reasons.join(', ')}`]),
    ...seen,
    `  answers took ${summary.latencyMs.p50} ms (median), ${summary.latencyMs.p99} ms (99 of 100), ${summary.latencyMs.max} ms at most`,
  ].join('\n');
}
