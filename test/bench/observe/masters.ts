/** OpenSSH to the practice hosts: one open ControlMaster a host, and commands through them in parallel. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { LabUp } from './practice.ts';

/** Ways to the hosts of a lab. */
export interface Masters extends AsyncDisposable {
  /** Milliseconds until the command line has ended on every host, through the open connections. */
  warm(line: string, input?: string): Promise<number>;
  /** The same over new connections. */
  cold(line: string): Promise<number>;
}

/** Opens a master to each host; `folder` is for their sockets. */
export async function openMasters({ shape, identity, knownHosts }: LabUp, folder: string): Promise<Masters> {
  const login = ['-i', identity, '-o', `UserKnownHostsFile=${knownHosts}`, '-o', 'IdentitiesOnly=yes'];
  const hosts = shape.hosts.map(({ name, address }) => ({
    control: ['-o', `ControlPath=${join(folder, name)}`],
    to: `deploy@${address}`,
  }));
  const onAll = (words: (host: (typeof hosts)[number]) => readonly string[], input = '') =>
    Promise.all(hosts.map((host) => run('ssh', words(host), input)));
  await onAll(({ control, to }) => [
    ...login,
    ...control,
    '-o',
    'ControlMaster=yes',
    '-o',
    'ControlPersist=yes',
    '-fN',
    to,
  ]);
  return {
    warm: (line, input) => timed(() => onAll(({ control, to }) => [...control, to, line], input)),
    cold: (line) => timed(() => onAll(({ to }) => [...login, '-o', 'ControlPath=none', to, line])),
    [Symbol.asyncDispose]: async () => {
      await onAll(({ control, to }) => [...control, '-O', 'exit', to]);
    },
  };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

function run(program: string, args: readonly string[], input: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['pipe', 'ignore', 'pipe'] });
    const errors: string[] = [];
    // What goes to the background keeps its streams: its exit is the end.
    child.stderr.setEncoding('utf8').on('data', (text: string) => errors.push(text));
    child.once('error', reject);
    child.once('exit', (code) => {
      child.stderr.destroy();
      if (code === 0) resolve();
      else reject(new Error(`${program} ${args.join(' ').slice(0, 200)} ended with ${code}: ${errors.join('')}`));
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}
