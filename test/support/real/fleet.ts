/** Runs the built `fleet` as a user does: the real program, its exit code, its output, its events. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Event } from '../../../src/model/event.ts';

/** The top folder of the project, with a slash at its end. */
export const TOP = fileURLToPath(new URL('../../..', import.meta.url));

const PROGRAM = `${TOP}dist/main.js`;

/** How a run of fleet ended. */
export interface FleetRun {
  /** Exit code; -1 when it ended by a signal. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
  /** With `--json`: what happened, in order. */
  readonly events: readonly Event[];
}

/** How fleet is run. */
export interface FleetOptions {
  /** Beside this process's own environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Default 5 minutes; then it is killed and the run rejects. */
  readonly limitMs?: number;
  /** Called with each event as it comes; what it returns true for kills fleet with SIGKILL there and then. */
  readonly killAt?: (event: Event) => boolean;
  /** Called with each line of stdout and stderr as it comes. */
  readonly onLine?: (line: string) => void;
}

/** Runs fleet with these arguments. Rejects only when it can not be started or does not end in time. */
export async function fleet(args: readonly string[], options: FleetOptions = {}): Promise<FleetRun> {
  if (!existsSync(PROGRAM)) throw new Error('dist/main.js is missing: npm run build');
  const startedAt = performance.now();
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    cwd: options.cwd ?? TOP,
    env: { ...process.env, NO_COLOR: '1', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const out = { stdout: '', stderr: '' };
  const events: Event[] = [];
  const rest = { stdout: '', stderr: '' };
  const take = (stream: 'stdout' | 'stderr', chunk: string) => {
    out[stream] += chunk;
    const lines = (rest[stream] + chunk).split('\n');
    rest[stream] = lines.pop() ?? '';
    for (const line of lines) {
      options.onLine?.(line);
      const event = stream === 'stdout' ? parseEvent(line) : undefined;
      if (event === undefined) continue;
      events.push(event);
      if (options.killAt?.(event) === true) child.kill('SIGKILL');
    }
  };
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => take('stdout', chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => take('stderr', chunk));
  const limitMs = options.limitMs ?? 300_000;
  const code = await new Promise<number>((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`fleet ${args.join(' ')} did not end within ${limitMs} ms\n${out.stderr}`));
    }, limitMs);
    child.once('error', reject);
    child.once('close', (exitCode) => {
      clearTimeout(timer);
      resolve(exitCode ?? -1);
    });
  });
  return { code, ...out, ms: Math.round(performance.now() - startedAt), events };
}

/** Runs fleet and throws, with all it said, when it does not end with exit code 0. */
export async function fleetOk(args: readonly string[], options: FleetOptions = {}): Promise<FleetRun> {
  const run = await fleet(args, options);
  if (run.code === 0) return run;
  throw new Error(`fleet ${args.join(' ')} ended with ${run.code}\n${run.stdout}\n${run.stderr}`);
}

function parseEvent(line: string): Event | undefined {
  if (!line.startsWith('{"')) return undefined;
  try {
    const value = JSON.parse(line) as Event;
    return typeof value.kind === 'string' && typeof value.at === 'number' ? value : undefined;
  } catch {
    return undefined;
  }
}
