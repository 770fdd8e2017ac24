/** Values of secrets and configs: from a file, an environment variable, the playbook itself or a command. */
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { FleetError } from '../../model/error.ts';
import type { Variables } from '../interpolate.ts';
import { type ReadFile, readBytes } from '../source.ts';
import type { OriginEntry } from './top.ts';

/** How long a command may take to give a value. */
const COMMAND_LIMIT_MS = 30_000;
/** Docker's own limit for a secret is half of it. */
const MAX_BYTES = 1024 * 1024;

/** Where values come from. */
export interface OriginContext {
  readonly projectDir: string;
  readonly variables: Variables;
  /** Environment of the commands. */
  readonly env: Variables;
  readonly readFile: ReadFile;
  readonly signal?: AbortSignal;
}

/**
 * The value's bytes. A command's last line break is no part of its value. Throws FleetError E_FILE, E_REFERENCE
 * (variable not set) or E_VALUE (command failed); no message ever holds a value or what a command wrote.
 */
export async function readOrigin(entry: OriginEntry, context: OriginContext): Promise<Uint8Array> {
  if (entry.content !== undefined) return Buffer.from(entry.content);
  if (entry.file !== undefined)
    return limited(await readBytes(resolve(context.projectDir, entry.file), context.readFile));
  if (entry.environment !== undefined) return Buffer.from(variable(entry.environment, context.variables));
  return limited(await output(entry['x-fleet']?.command ?? [], context));
}

function variable(name: string, variables: Variables): string {
  const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
  if (value !== undefined) return value;
  throw new FleetError('E_REFERENCE', `the environment variable ${name} is not set`, { hint: `export ${name}=...` });
}

function limited(bytes: Uint8Array): Uint8Array {
  if (bytes.length <= MAX_BYTES) return bytes;
  throw new FleetError('E_VALUE', `is larger than ${MAX_BYTES} bytes`, {
    hint: 'put large files into the image or a volume',
  });
}

async function output(command: readonly string[], context: OriginContext): Promise<Uint8Array> {
  const [program = '', ...words] = command;
  const { signal } = context;
  return new Promise((done, failed) => {
    const child = execFile(
      program,
      words,
      {
        cwd: context.projectDir,
        env: context.env,
        encoding: 'buffer',
        timeout: COMMAND_LIMIT_MS,
        killSignal: 'SIGKILL',
        maxBuffer: MAX_BYTES + 1,
        ...(signal === undefined ? {} : { signal }),
      },
      (error, stdout) => {
        if (error === null) done(withoutLineBreak(stdout));
        else failed(commandFailed(program, error));
      },
    );
    child.stdin?.on('error', () => undefined);
    child.stdin?.end();
  });
}

function commandFailed(program: string, error: Error & { code?: unknown; killed?: unknown }): FleetError {
  const reason =
    error.code === 'ENOENT'
      ? 'is not installed'
      : error.killed === true
        ? `took longer than ${COMMAND_LIMIT_MS / 1000} s or wrote too much`
        : `ended with ${typeof error.code === 'number' ? `code ${error.code}` : 'an error'}`;
  return new FleetError('E_VALUE', `the command "${program}" ${reason}`, {
    hint: 'run it by hand in the same folder to see why',
  });
}

function withoutLineBreak(bytes: Buffer): Buffer {
  const length = bytes.at(-1) === 10 ? bytes.length - (bytes.at(-2) === 13 ? 2 : 1) : bytes.length;
  return bytes.subarray(0, length);
}
