/** `fleet scale`: other numbers of replicas of what runs; nobody else is touched. */
import type { Command } from 'commander';
import { FleetError } from '../../model/error.ts';
import { carryOut } from '../change.ts';
import { addChangeOptions, bind, type Call, type Context } from '../context.ts';

/** Adds the command. */
export function addScale(program: Command, context: Context): void {
  const command = program
    .command('scale')
    .description('run other numbers of replicas; nobody else is touched')
    .argument('<service=n...>', 'for example web=9 api=4')
    .addHelpText(
      'after',
      '\nExample: fleet scale web=9 api=4   the next deploy from files asks for its own numbers again',
    );
  addChangeOptions(command);
  bind(command, context, scale);
}

async function scale({ words, flags }: Call, context: Context): Promise<number> {
  return carryOut({ intent: { kind: 'scale', replicas: parseCounts(words) }, flags }, context);
}

/** "web=9": service -> replicas. Throws FleetError E_VALUE. */
function parseCounts(words: readonly string[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const word of words) {
    const [, service, replicas] = /^([^=\s]+)=(\d{1,5})$/.exec(word) ?? [];
    if (service === undefined || counts.has(service)) {
      const why = service === undefined ? `${word} is no SERVICE=NUMBER` : `${service} is scaled twice`;
      throw new FleetError('E_VALUE', why, { hint: 'fleet scale web=9 api=4' });
    }
    counts.set(service, Number(replicas));
  }
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}
