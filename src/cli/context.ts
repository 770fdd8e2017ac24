/** What every command has at hand, and how a command's action is bound to it. */
import type { Command } from 'commander';
import type { Plan } from '../model/plan.ts';
import { createPalette, type Palette, planJson } from '../report/index.ts';
import type { Stages } from '../stages.ts';
import { addSharedOptions, type Flags, flagsOf, parseWait } from './flags.ts';
import { joined } from './pieces.ts';
import type { Output, Terminal } from './terminal.ts';

/** The world of a command, and where it leaves its exit code. */
export interface Context {
  readonly terminal: Terminal;
  readonly stages: Stages;
  readonly exit: { code: number };
}

/** One call of a command. */
export interface Call {
  /** What stands behind the command's name and is no option. */
  readonly words: readonly string[];
  readonly flags: Flags;
}

/** A command's action: its result is the exit code. */
export type Action = (call: Call, context: Context) => Promise<number>;

/** Gives the command the shared options and its action. */
export function bind(command: Command, context: Context, action: Action): Command {
  addSharedOptions(command, 'command');
  return command.action(async () => {
    context.exit.code = await action({ words: command.args, flags: flagsOf(command) }, context);
  });
}

/** The options of every command that changes hosts. */
export function addChangeOptions(command: Command): Command {
  return command
    .option('-y, --yes', 'do not ask')
    .option('--dry-run', 'show the plan and stop')
    .option('-v, --verbose', 'show the plan with all commands')
    .option('--wait <duration>', 'wait so long for another deploy to end, for example 5m', parseWait)
    .option('--json', 'one event per line');
}

/** Colours for an output: on terminals, unless --no-color, NO_COLOR or TERM=dumb; FORCE_COLOR wins over "no terminal". */
export function paletteFor(output: Output, terminal: Terminal, flags: Pick<Flags, 'color'>): Palette {
  const { env } = terminal;
  const refused = flags.color === false || (env.NO_COLOR ?? '') !== '' || env.TERM === 'dumb';
  const forced = (env.FORCE_COLOR ?? '0') !== '0';
  return createPalette(!refused && (output.isTerminal || forced) ? 1 : 0);
}

/** A value as JSON that people can read, on standard output. */
export function printJson(terminal: Terminal, value: unknown): void {
  terminal.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** A plan as JSON. It may be longer than any string can be. */
export function printPlanJson(terminal: Terminal, plan: Plan): void {
  writePieces(terminal.stdout, planJson(plan));
  terminal.stdout.write('\n');
}

/** Writes a long text as it is made: on Linux a write to a file, pipe or terminal is done when it returns. */
export function writePieces(output: Output, pieces: Iterable<string>): void {
  for (const piece of joined(pieces)) output.write(piece);
}

/** "ann@laptop": who a record names. */
export function whoIs(terminal: Terminal): string {
  return `${terminal.user}@${terminal.machine}`;
}

/** Signals of Ctrl-C. */
export interface Interrupts {
  /** The first one: finish what is in flight, take back what must be. */
  readonly gentle: AbortSignal;
  /** The second one. */
  readonly atOnce: AbortSignal;
  /** Stops listening. */
  readonly dispose: () => void;
}

/** Listens to Ctrl-C; during a change it says what happens now. */
export function interrupts(terminal: Terminal, during: 'change' | 'look'): Interrupts {
  const gentle = new AbortController();
  const atOnce = new AbortController();
  const dispose = terminal.onInterrupt(() => {
    if (gentle.signal.aborted) {
      atOnce.abort();
      return;
    }
    if (during === 'change') {
      terminal.stderr.write('\ninterrupted: finishing what is in flight, then taking back; once more stops at once\n');
    }
    gentle.abort();
  });
  return { gentle: gentle.signal, atOnce: atOnce.signal, dispose };
}
