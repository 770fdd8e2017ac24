/** `fleet logs`: what replicas on all hosts wrote, merged. */
import type { Command } from 'commander';
import { chooseReplicas, look, readLogs } from '../../look.ts';
import { formatLogLine, type LogLine, mergeLogLines } from '../../report/index.ts';
import { bind, type Call, type Context, interrupts, paletteFor } from '../context.ts';
import { findFiles } from '../files.ts';

/** Adds the command. */
export function addLogs(program: Command, context: Context): void {
  const command = program
    .command('logs')
    .description('logs of all replicas, merged, with their names')
    .argument('[service...]', 'only these services')
    .option('-f, --follow', 'go on as they write')
    .option('--since <time>', 'only newer lines: a time, or a duration such as 10m')
    .option('--tail <lines>', 'only the last lines of each replica')
    .option('--json', 'one JSON object per line')
    .addHelpText('after', '\nExample: fleet logs -f --tail 20 backend');
  bind(command, context, logs);
}

async function logs({ words, flags }: Call, { terminal, stages }: Context): Promise<number> {
  const files = await findFiles(flags, terminal, 'inventory');
  const { gentle, dispose } = interrupts(terminal, 'look');
  const palette = paletteFor(terminal.stdout, terminal, flags);
  const mode = flags.follow === true ? 'follow' : 'once';
  const kept: LogLine[] = [];
  try {
    await look({ files, depth: 'hosts' }, stages, async (sight, shell) => {
      const names = chooseReplicas(sight, words).map((replica) => `${replica.name}@${replica.host}`.length);
      const nameWidth = Math.max(0, ...names);
      const print = (line: LogLine): void =>
        terminal.stdout.write(
          `${flags.json === true ? JSON.stringify(line) : formatLogLine(line, { palette, nameWidth })}\n`,
        );
      const request = {
        services: words,
        mode,
        signal: gentle,
        ...(flags.since === undefined ? {} : { since: flags.since }),
        ...(flags.tail === undefined ? {} : { tail: flags.tail }),
      } as const;
      await readLogs(request, { sight, shell, onLine: mode === 'follow' ? print : (line) => kept.push(line) });
      for (const line of mergeLogLines(kept)) print(line);
    });
    return 0;
  } catch (error) {
    if (gentle.aborted) return 130;
    throw error;
  } finally {
    dispose();
  }
}
