#!/usr/bin/env node
/** The only reader of `process`: makes a Terminal of it, hands over, and ends with the exit code. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fstatSync, realpathSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { homedir, hostname, userInfo } from 'node:os';
import { createInterface } from 'node:readline/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Output, runCli, type Terminal } from './cli/index.ts';
import { realStages } from './wiring.ts';

function outputOf(stream: NodeJS.WriteStream): Output {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // The reader of the pipe has left (fleet status | head): nobody is there to be told more.
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  return {
    isTerminal: stream.isTTY === true,
    get columns() {
      return stream.columns || 80;
    },
    get rows() {
      return stream.rows || 24;
    },
    stream,
    write: (text) => void stream.write(text),
  };
}

async function ask(question: string, signal: AbortSignal): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const left = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
    // In a raw terminal Ctrl-C reaches readline, not the process: hand it on, so that there is one way out.
    lines.once('SIGINT', () => process.kill(process.pid, 'SIGINT'));
    return await Promise.race([lines.question(question, { signal }).catch(() => ''), left]);
  } finally {
    lines.close();
  }
}

async function readInput(): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** While somebody listens for it, SIGHUP asks to read files again, as usual for what runs all day; else it ends. */
const reloads = new Set<() => void>();

function onInterrupt(listener: () => void): () => void {
  const hangup = (): void => {
    if (reloads.size === 0) listener();
    for (const reload of reloads) reload();
  };
  const handlers = [['SIGINT', listener] as const, ['SIGTERM', listener] as const, ['SIGHUP', hangup] as const];
  for (const [signal, handler] of handlers) process.on(signal, handler);
  return () => {
    for (const [signal, handler] of handlers) process.off(signal, handler);
  };
}

function onReload(listener: () => void): () => void {
  reloads.add(listener);
  return () => reloads.delete(listener);
}

/** What it prints is seen where fleet's own messages are. */
async function runLocal(line: string, input: string, signal: AbortSignal): Promise<number> {
  const child = spawn('sh', ['-c', line], { stdio: ['pipe', process.stderr, process.stderr], signal });
  // It need not read what it is given.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const [code]: unknown[] = await once(child, 'close');
  return typeof code === 'number' ? code : -1;
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return process.env.USER ?? 'nobody';
  }
}

/** Somebody else's process is alive too, though we may not signal it (EPERM, kill(2)). */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Only what surely ends may be waited for: a pipe or a file, not what a CI job left open. */
function isPiped(): boolean {
  try {
    const stat = fstatSync(0);
    return stat.isFIFO() || stat.isFile();
  } catch {
    return false;
  }
}

async function readVersion(): Promise<string> {
  const text = await readFile(new URL('../package.json', import.meta.url), 'utf8').catch(() => '{}');
  const value: unknown = JSON.parse(text);
  const has = typeof value === 'object' && value !== null && 'version' in value;
  return has ? String(value.version) : 'unknown';
}

/** Behind the links that package managers make. */
function scriptPath(): string {
  const script = process.argv[1] ?? 'fleet';
  try {
    return realpathSync(script);
  } catch {
    return script;
  }
}

/** Resolves when everything written so far is with the operating system. */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write('', () => resolve()));
}

const terminal: Terminal = {
  args: process.argv.slice(2),
  env: process.env,
  cwd: process.cwd(),
  home: homedir(),
  user: userName(),
  machine: hostname(),
  version: await readVersion(),
  stdout: outputOf(process.stdout),
  stderr: outputOf(process.stderr),
  isInteractive: process.stdin.isTTY === true && process.stderr.isTTY === true,
  isPiped: isPiped(),
  ask,
  readInput,
  onInterrupt,
  onReload,
  runLocal,
  self: { node: process.execPath, script: scriptPath() },
};

const stages = realStages({
  env: process.env,
  home: homedir(),
  pid: process.pid,
  isAlive,
  clock: { now: () => Date.now(), sleep: (ms, signal) => sleep(ms, undefined, signal === undefined ? {} : { signal }) },
});

const code = await runCli(terminal, stages);
await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
process.exit(code !== 0 ? code : process.exitCode);
