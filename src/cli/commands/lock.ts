/** `fleet lock`: who works on the app, and taking the lease from one who does not any more. */
import type { Command } from 'commander';
import { inspectLease, removeLease } from '../../lock.ts';
import { printableLine } from '../../report/index.ts';
import type { LeaseInfo } from '../../stages.ts';
import { bind, type Call, type Context, printJson, whoIs } from '../context.ts';
import { findFiles } from '../files.ts';

/** Adds the command with `status` and `release`. */
export function addLock(program: Command, context: Context): void {
  const lock = program.command('lock').description('who deploys at the moment: status, release');
  const status = lock.command('status').description('show who holds the lease').option('--json', 'as JSON');
  bind(status.addHelpText('after', '\nExample: fleet lock status'), context, showLease);
  const release = lock
    .command('release')
    .description('take an expired lease away')
    .option('--force', 'take it away even when its holder still works')
    .addHelpText('after', '\nExample: fleet lock release --force');
  bind(release, context, releaseLease);
}

async function showLease({ flags }: Call, { terminal, stages }: Context): Promise<number> {
  const { app, lease } = await inspectLease(await findFiles(flags, terminal, 'both'), stages);
  if (flags.json === true) printJson(terminal, { app, held: lease?.live === true, ...lease });
  else terminal.stdout.write(`${leaseWords(app, lease)}\n`);
  return 0;
}

async function releaseLease({ flags }: Call, { terminal, stages }: Context): Promise<number> {
  const files = await findFiles(flags, terminal, 'both');
  const from = flags.force === true ? 'anybody' : 'the-dead';
  const { app, lease } = await removeLease(files, stages, { from, by: whoIs(terminal) });
  terminal.stdout.write(
    lease === undefined ? `nobody works on ${app}\n` : `taken away from ${printableLine(lease.words)}\n`,
  );
  return 0;
}

function leaseWords(app: string, lease: LeaseInfo | undefined): string {
  if (lease === undefined) return `nobody works on ${app}`;
  return `${printableLine(lease.words)} ${lease.live ? 'works' : 'worked, and does not answer any more,'} on ${app}`;
}
