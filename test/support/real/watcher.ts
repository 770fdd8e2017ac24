/** Runs the built `fleet watch` as a process of its own: what it says, what it needs, and its end, gentle or not. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Report } from '../../../src/model/report.ts';
import { TOP } from './fleet.ts';

const PROGRAM = `${TOP}dist/main.js`;

/** How it is started. */
export interface WatcherOptions {
  readonly inventory: string;
  /** Only this app; all when left out. */
  readonly app?: string;
  /** Further arguments: `['--grace', '2s']`. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Called with each line as it comes. */
  readonly onLine?: (line: Report) => void;
}

/** What the process needs at the moment. */
export interface Usage {
  readonly residentBytes: number;
  /** Since its start. */
  readonly cpuSeconds: number;
}

/** A watcher that runs, or ran. Disposing of it stops it. */
export interface Watcher extends AsyncDisposable {
  readonly pid: number;
  /** All that it said so far, in order. */
  readonly lines: readonly Report[];
  /** Its standard error so far. */
  readonly stderr: () => string;
  /** Undefined when it has ended. */
  usage(): Usage | undefined;
  /** The first line from now on, or among those that were said, for which it is so. Rejects after `limitMs` and when it ends. */
  waitFor(isIt: (line: Report) => boolean, limitMs: number): Promise<Report>;
  /** SIGTERM, and waits for the end. Its exit code; -1 when it ended by a signal. Safe to call twice. */
  stop(): Promise<number>;
  /** SIGKILL, in the middle of whatever it does. */
  kill(): Promise<void>;
}

const STOP_LIMIT_MS = 60_000;

/** Starts `fleet watch`. Resolves when it has said its first line; rejects when it ends before. */
export async function startWatcher(options: WatcherOptions): Promise<Watcher> {
  if (!existsSync(PROGRAM)) throw new Error('dist/main.js is missing: npm run build');
  const app = options.app === undefined ? [] : ['--project-name', options.app];
  const args = ['watch', '--json', '--inventory', options.inventory, ...app, ...(options.args ?? [])];
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    cwd: TOP,
    env: { ...process.env, NO_COLOR: '1', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: Report[] = [];
  const listeners = new Set<() => void>();
  const said = { stderr: '', code: undefined as number | undefined };
  const ended = new Promise<number>((resolve) => {
    child.once('error', () => resolve(-1));
    child.once('close', (code) => resolve(code ?? -1));
  }).then((code) => {
    said.code = code;
    for (const tell of listeners) tell();
    return code;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    said.stderr += chunk;
  });
  createInterface({ input: child.stdout }).on('line', (text) => {
    const line = parseLine(text);
    if (line !== undefined) {
      lines.push(line);
      options.onLine?.(line);
    }
    for (const tell of listeners) tell();
  });
  const waitFor = (isIt: (line: Report) => boolean, limitMs: number) =>
    new Promise<Report>((resolve, reject) => {
      let looked = 0;
      const finish = (settle: () => void) => {
        clearTimeout(timer);
        listeners.delete(look);
        settle();
      };
      const look = () => {
        const found = lines.slice(looked).find(isIt);
        looked = lines.length;
        if (found !== undefined) finish(() => resolve(found));
        else if (said.code !== undefined) finish(() => reject(new Error(`fleet watch ended: ${said.stderr}`)));
      };
      const timer = setTimeout(() => {
        finish(() => reject(new Error(`fleet watch did not say it within ${limitMs} ms\n${said.stderr}`)));
      }, limitMs);
      listeners.add(look);
      look();
    });
  const end = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<number> => {
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
    const code = await ended;
    clearTimeout(timer);
    return code;
  };
  const watcher: Watcher = {
    pid: child.pid ?? 0,
    lines,
    stderr: () => said.stderr,
    usage: () => (said.code === undefined ? usageOf(child.pid ?? 0) : undefined),
    waitFor,
    stop: () => end('SIGTERM'),
    kill: async () => {
      await end('SIGKILL');
    },
    [Symbol.asyncDispose]: async () => {
      await end('SIGTERM');
    },
  };
  await waitFor(() => true, STOP_LIMIT_MS);
  return watcher;
}

function usageOf(pid: number): Usage | undefined {
  try {
    const resident = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    // Fields after the name in brackets; utime and stime are the 14th and 15th of all, in hundredths of a second.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    const ticks = Number(fields[11]) + Number(fields[12]);
    return { residentBytes: Number(resident) * 1_024, cpuSeconds: ticks / 100 };
  } catch {
    return undefined;
  }
}

function parseLine(text: string): Report | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    const value = JSON.parse(text) as Report;
    return typeof value.kind === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}
