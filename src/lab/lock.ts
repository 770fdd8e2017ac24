/** Keeps two commands from changing the same lab, or the same cache, at once. */

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { FleetError } from '../model/error.ts';

/**
 * A held lock; leaving its scope frees it. It is held by a `flock` process that reads from a pipe of ours, so the kernel
 * frees it when this process ends, however it ends.
 */
export class LabLock {
  private readonly holder: ChildProcessWithoutNullStreams;

  private constructor(holder: ChildProcessWithoutNullStreams) {
    this.holder = holder;
  }

  /** Waits for the lock. Raises E_LAB_BUSY after `waitMs`. */
  static async take(file: string, waitMs = 240_000): Promise<LabLock> {
    mkdirSync(dirname(file), { recursive: true });
    const seconds = String(Math.ceil(waitMs / 1000));
    const holder = spawn('/usr/bin/flock', ['--timeout', seconds, file, 'sh', '-c', 'echo held; exec cat']);
    const held = await new Promise<boolean>((resolve) => {
      holder.stdout.once('data', () => resolve(true));
      holder.once('error', () => resolve(false));
      holder.once('exit', () => resolve(false));
    });
    if (held) return new LabLock(holder);
    throw new FleetError('E_LAB_BUSY', `another command has been changing the lab for ${seconds} s`, {
      hint: 'wait for it to end, or end it, and try again',
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => {
      this.holder.once('exit', () => resolve());
      this.holder.stdin.end();
    });
  }
}
