/** `fleet exec`: a command inside a replica, wherever it runs. */
import type { Command } from 'commander';
import { look, runInside } from '../../look.ts';
import { bind, type Call, type Context, interrupts } from '../context.ts';
import { findFiles } from '../files.ts';
import { parseTarget } from '../target.ts';

/** Adds the command. */
export function addExec(program: Command, context: Context): void {
  const command = program
    .command('exec')
    .description('run a command inside a replica')
    .argument('<service>', 'SERVICE, or SERVICE.SLOT for a certain replica')
    .argument('<command...>', 'what to run')
    .passThroughOptions()
    .addHelpText(
      'after',
      '\nExamples: fleet exec db -- psql -U shop -c "select 1"\n          fleet exec backend.2 -- env',
    );
  bind(command, context, exec);
}

async function exec({ words, flags }: Call, { terminal, stages }: Context): Promise<number> {
  const [target = '', ...rest] = words;
  const inside = rest[0] === '--' ? rest.slice(1) : rest;
  const { service, slot } = parseTarget(target, 'fleet exec backend.2 -- CMD');
  const files = await findFiles(flags, terminal, 'inventory');
  const stdin = terminal.isPiped ? await terminal.readInput() : undefined;
  const { gentle, dispose } = interrupts(terminal, 'look');
  try {
    const result = await look({ files, depth: 'hosts' }, stages, (sight, shell) =>
      runInside(
        {
          service,
          ...(slot === undefined ? {} : { slot }),
          words: inside,
          ...(stdin === undefined ? {} : { stdin }),
          signal: gentle,
          onOutput: (stream, chunk) => terminal[stream].write(chunk),
        },
        { sight, shell },
      ),
    );
    return result.code < 0 ? 1 : result.code;
  } catch (error) {
    if (gentle.aborted) return 130;
    throw error;
  } finally {
    dispose();
  }
}
