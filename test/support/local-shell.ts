/** Hosts that are folders: lines run in this machine's own sh, with a home and a clock of their own. */
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { FleetError } from '../../src/model/error.ts';
import type { CommandResult, RunOptions, Shell } from '../../src/model/shell.ts';
import type { FakeClock } from './fake-clock.ts';

/** Runs scripts for real where a fake answer would prove nothing. `date` on its hosts tells the fake clock's time. */
export class LocalShell implements Shell {
  readonly root = mkdtempSync(join(tmpdir(), 'fleet-hosts-'));
  /** Hosts that do not answer. */
  readonly lost = new Set<string>();
  readonly #clock: FakeClock;

  constructor(clock: FakeClock) {
    this.#clock = clock;
    mkdirSync(join(this.root, 'bin'));
    const date = join(this.root, 'bin', 'date');
    writeFileSync(date, '#!/bin/sh\necho "$FAKE_SECONDS"\n');
    chmodSync(date, 0o755);
  }

  /** Folder of the host's home. */
  home(host: string): string {
    return join(this.root, host);
  }

  async connect(): Promise<void> {}

  async run(host: string, line: string, options: RunOptions): Promise<CommandResult> {
    if (this.lost.has(host)) throw new FleetError('E_HOST_UNREACHABLE', `${host}: no answer`, { hint: `ssh ${host}` });
    const idle = this.#clock.busy();
    try {
      const result = await this.#spawn(host, line, options);
      if (result.stdout !== '') options.onOutput?.('stdout', result.stdout);
      return result;
    } finally {
      idle();
    }
  }

  async dial(host: string): Promise<Duplex> {
    throw new FleetError('E_DIAL', `${host}: nothing to dial here`);
  }

  async connectSocket(host: string, path: string): Promise<Duplex> {
    throw new FleetError('E_DIAL', `${host}: nothing at ${path} here`);
  }

  reset(): void {}

  async close(): Promise<void> {
    rmSync(this.root, { recursive: true, force: true });
  }

  #spawn(host: string, line: string, options: RunOptions): Promise<CommandResult> {
    mkdirSync(this.home(host), { recursive: true });
    const env = {
      HOME: this.home(host),
      PATH: `${join(this.root, 'bin')}:/usr/local/bin:/usr/bin:/bin`,
      SSH_CONNECTION: '192.0.2.7 50000 10.0.0.1 22',
      FAKE_SECONDS: String(Math.floor(this.#clock.now() / 1000)),
    };
    const child = spawn('/bin/sh', ['-c', line], { env });
    const output = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk) => {
      output.stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      output.stderr += chunk;
    });
    // A line may end without reading what it is sent.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.stdin);
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve({ code: code ?? -1, ...output }));
    });
  }
}
