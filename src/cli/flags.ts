/** Options as the command line has them, and the ones that every command takes. */
import { type Command, InvalidArgumentError, Option } from 'commander';

/** All options of all commands; each is there only when it was given. */
export interface Flags {
  readonly inventory?: string;
  readonly file?: string[];
  readonly profile?: string[];
  readonly envFile?: string[];
  readonly projectName?: string;
  /** False for --no-color. */
  readonly color?: boolean;
  readonly json?: boolean;
  readonly verbose?: boolean;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly wait?: number;
  readonly volumes?: boolean;
  readonly format?: 'text' | 'json' | 'markdown' | 'yaml' | 'table' | 'csv' | 'hosts';
  readonly output?: string;
  readonly detailedExitcode?: boolean;
  readonly observed?: string;
  readonly offline?: boolean;
  readonly whatIf?: readonly string[];
  readonly follow?: boolean;
  readonly since?: string;
  readonly tail?: string;
  /** Of `audit`. */
  readonly limit?: number;
  readonly verify?: boolean;
  readonly force?: boolean;
  /** Of `watch` and `heal`. */
  readonly every?: number;
  readonly grace?: number;
  readonly webhook?: string;
  readonly notify?: string;
  readonly maxRepairs?: number;
  /** Of `rebalance`. */
  readonly maxMoves?: number;
  readonly systemd?: boolean;
  /** Of `cordon` and `drain`. */
  readonly why?: string;
  /** Of `maintain`. */
  readonly run?: string;
  readonly reboot?: boolean;
  readonly parallel?: number;
  /** Of `config`. */
  readonly services?: boolean;
  readonly images?: boolean;
  readonly networks?: boolean;
  readonly profiles?: boolean;
  /** False for --no-env-resolution. */
  readonly envResolution?: boolean;
  readonly showSecrets?: boolean;
  readonly quiet?: boolean;
  /** Of `init`: NAME or NAME=ADDRESS each. */
  readonly hosts?: readonly string[];
  readonly host?: readonly string[];
  readonly edge?: readonly string[];
  readonly user?: string;
  readonly app?: string;
  readonly service?: string;
  readonly image?: string;
  readonly port?: number;
  readonly dir?: string;
}

/** The options that stand before the command's name or behind it. `-f` of `logs` means follow, as in docker compose. */
export function addSharedOptions(command: Command, place: 'program' | 'command'): Command {
  const short = command.name() === 'logs' ? '' : '-f, ';
  const options = [
    new Option('-i, --inventory <file>', 'the machines (default: the only inventory/*.yaml)'),
    new Option(`${short}--file <file>`, 'the playbook (default: playbooks/*.yaml, compose.yaml)'),
    new Option('-p, --project-name <n>', 'the name of the app (default: name: in the playbook)'),
    new Option('--profile <name>', 'switch a profile of the playbook on'),
    new Option('--env-file <file>', 'variables for the playbook'),
    new Option('--no-color', 'without colours (also: NO_COLOR=1)'),
  ];
  for (const option of options) {
    if (['file', 'profile', 'envFile'].includes(option.attributeName())) option.argParser(collect);
    command.addOption(place === 'command' ? option.hideHelp() : option);
  }
  return command;
}

/** Options of the program and of the command as one; the command's win. */
export function flagsOf(command: Command): Flags {
  const own = command.opts<Flags>();
  const outer = command.parent === null ? {} : flagsOf(command.parent);
  return { ...outer, ...own, color: own.color !== false && outer.color !== false };
}

/** "30s", "5m", "1h30m", "7d", "1500ms" in milliseconds. */
export function parseWait(text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)];
  if (parts.length === 0 || parts.map((part) => part[0]).join('') !== text) {
    throw new InvalidArgumentError('A duration is for example 30s, 5m or 1h30m.');
  }
  const unit: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
  return parts.reduce((sum, [, number, name]) => sum + Number(number) * (unit[name ?? ''] ?? 0), 0);
}

/** Gathers an option that may be repeated, each time with words between commas. */
export function collectWords(value: string, all: readonly string[] | undefined): string[] {
  return [...(all ?? []), ...wordsOf(value)];
}

/** Words between commas or blanks. */
export function wordsOf(text: string): string[] {
  return text.split(/[\s,]+/).filter((word) => word !== '');
}

/** A whole number from 0. */
export function parseCount(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('A whole number is expected, for example 60.');
}

/** A port number. */
export function parsePort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535) return Number(text);
  throw new InvalidArgumentError('A port is a number from 1 to 65535.');
}

function collect(value: string, all: readonly string[] | undefined): string[] {
  return [...(all ?? []), value];
}
