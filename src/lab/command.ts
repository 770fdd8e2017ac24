/** Runs a program of this machine and waits for it, with a deadline. */

import { execFile } from 'node:child_process';
import { FleetError } from '../model/error.ts';

/** What a finished program said. */
export interface Finished {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** How to run it. */
export interface RunOptions {
  /** Default 60 s. The program is killed then. */
  readonly timeoutMs?: number;
  readonly input?: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

const LARGEST_OUTPUT_BYTES = 64 * 1024 * 1024;

/** Runs argv and gives back what it said, whatever its exit code. A program that can not be started exits with 127. */
export function attempt(argv: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const [program = 'false', ...args] = argv;
  return new Promise((resolve) => {
    const child = execFile(
      program,
      args,
      {
        timeout: options.timeoutMs ?? 60_000,
        maxBuffer: LARGEST_OUTPUT_BYTES,
        killSignal: 'SIGKILL',
        env: { ...process.env, LC_ALL: 'C.UTF-8', ...options.env },
        ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 127;
        if (error?.killed === true) stderr += `\nit was ended after ${(options.timeoutMs ?? 60_000) / 1000} s`;
        resolve({ stdout, stderr: code === 127 && stderr === '' ? String(error?.message) : stderr, exitCode: code });
      },
    );
    // A program that ends without reading its input is judged by its exit code, not by the broken pipe.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(options.input ?? '');
  });
}

/** Runs argv and gives back its standard output. Raises E_LAB_COMMAND when it fails. */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const finished = await attempt(argv, options);
  if (finished.exitCode === 0) return finished.stdout;
  const said = (finished.stderr.trim() || finished.stdout.trim()).split('\n');
  throw new FleetError('E_LAB_COMMAND', `${argv[0]} failed with exit code ${finished.exitCode}: ${said.at(-1) ?? ''}`, {
    notes: [`ran: ${argv.join(' ')}`, ...said.slice(-12)],
  });
}
