/** The whole of a plan: every step with its literal commands, and the difference of the nginx files. */
import type { ArchiveEntry, Command, Plan, ProbeCommand, Stdin, Step } from '../../model/plan.ts';
import type { Palette } from '../palette.ts';
import { indent, printableLine } from '../printable.ts';
import { count, formatMs, listed } from '../units.ts';
import { unifiedDiff } from './diff.ts';
import { sharedChanges, targetWords } from './facts.ts';

/** Every step in order: what it is for, what it needs, what runs, how it is taken back. */
export function* detailLines(plan: Plan, palette: Palette): Iterable<string> {
  for (const step of plan.steps) yield* stepLines(step, palette);
}

/** The difference of the nginx files, once for all hosts on which it is the same. */
export function routerDiffLines(plan: Plan, palette: Palette): string[] {
  return sharedChanges(plan).flatMap((change) => [
    palette.bold(`nginx ${change.file} on ${listed(change.hosts, 20)}`),
    ...unifiedDiff(change.before, change.after).map((line) => `  ${paintDiff(line, palette)}`.trimEnd()),
  ]);
}

/** One command in words or as sent; further lines of it are part of the list. */
function commandLines(command: Command): string[] {
  switch (command.kind) {
    case 'run':
      return runLines(command.line, command.stdin);
    case 'probe':
      return [probeWords(command)];
    case 'hold':
      return [`wait ${formatMs(command.ms)}`];
    case 'rejoin':
      return [
        `connect anew until this succeeds, at most ${formatMs(command.timeoutMs)}:`,
        ...runLines(command.line, undefined),
      ];
    default:
      return command satisfies never;
  }
}

function stepLines(step: Step, palette: Palette): string[] {
  const where = step.id.includes(`@${step.host}`) ? '' : `  on ${step.host}`;
  return [
    `${palette.bold(printableLine(step.id))}${where}   ${palette.dim(printableLine(step.reason))}`.trimEnd(),
    ...(step.needs.length === 0 ? [] : [palette.dim(`    after ${listed(step.needs, 4)}`)]),
    ...step.commands.flatMap((command) => commandLines(command).map((line) => `    ${line}`)),
    ...step.undo.flatMap((command) => commandLines(command).map((line) => palette.dim(`    undo ${line}`))),
  ];
}

function runLines(line: string, stdin: Stdin | undefined): string[] {
  const [first = '', ...rest] = indent(line, '');
  return [`$ ${first}`, ...rest.map((more) => `  ${more}`), ...(stdin === undefined ? [] : [stdinWords(stdin)])];
}

function stdinWords(stdin: Stdin): string {
  switch (stdin.kind) {
    case 'text':
    case 'stamped':
      return `  < ${count(Buffer.byteLength(stdin.text), 'byte')} of text`;
    case 'archive':
      return `  < ${stdin.entries.map(entryWords).join(', ')}`;
    case 'carried':
      return `  < carried files ${stdin.digest}`;
    case 'body':
      return '  < the playbook of the release, compressed';
    default:
      return stdin satisfies never;
  }
}

function entryWords(entry: ArchiveEntry): string {
  const mode = entry.mode.toString(8).padStart(4, '0');
  const what = entry.content.kind === 'secret' ? ` (secret ${entry.content.name})` : '';
  return `${printableLine(entry.path)} ${mode} ${entry.uid}:${entry.gid}${what}`;
}

/** Every host asks all new replicas: of a large plan the text would grow with hosts times replicas. */
const MOST_TARGETS = 200;

function probeWords(probe: ProbeCommand): string {
  const targets = probe.targets
    .slice(0, MOST_TARGETS)
    .map((target) => `${printableLine(target.name)} ${target.address}:${target.port} ${targetWords(target)}`);
  const more = probe.targets.length - targets.length;
  if (more > 0) targets.push(`${more} more`);
  const watched = probe.monitorMs === 0 ? '' : `, then watch for ${formatMs(probe.monitorMs)}`;
  return `ask ${targets.join(', ')} until good, at most ${formatMs(probe.timeoutMs)}${watched}`;
}

function paintDiff(line: string, palette: Palette): string {
  if (line.startsWith('+')) return palette.green(line);
  if (line.startsWith('-')) return palette.red(line);
  return line.startsWith('@@') ? palette.cyan(line) : line;
}
