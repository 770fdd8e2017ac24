/**
 * Broken inputs kept as text, and how one becomes a folder. The form of a case:
 *
 *     ### what is wrong
 *     @@ compose.yaml                 the file's text follows; as often as there are files
 *     @@ run plan --offline …         words behind `fleet`; left out: check of shop.yaml or compose.yaml, and of hosts.yaml
 *     === says                        standard error, exactly; before it "exit code N" when it is not 2
 */
import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { MADE } from './made.ts';

/** One input and all that `fleet` must say about it. */
export interface Case {
  /** Name of the file with the case, without its ending. */
  readonly group: string;
  readonly title: string;
  /** What is to be there: "NAME", "NAME (escaped)", "NAME (made: X)", "NAME (link: TARGET)", "NAME (folder)". */
  readonly parts: readonly Part[];
  /** Words behind `fleet`. */
  readonly args: readonly string[];
  /** The exact text on standard error, and the exit code when it is not 2. */
  readonly says: string;
}

interface Part {
  readonly name: string;
  readonly kind: string;
  readonly text: string;
}

const CASES = new URL('./cases/', import.meta.url);

/** Names of the files with cases. */
export function groups(): readonly string[] {
  return readdirSync(CASES)
    .filter((name) => name.endsWith('.txt'))
    .map((name) => name.replace('.txt', ''))
    .sort();
}

/** The cases of a file. */
export function readCases(group: string): readonly Case[] {
  const text = readFileSync(new URL(`${group}.txt`, CASES), 'utf8');
  return text
    .split(/^### /m)
    .slice(1)
    .map((part) => toCase(group, part));
}

/** Writes the file of a group anew, with other answers: for FLEET_CORPUS=update, to be read before it is committed. */
export function writeAnswers(group: string, answers: ReadonlyMap<string, string>): void {
  const file = new URL(`${group}.txt`, CASES);
  const [head = '', ...cases] = readFileSync(file, 'utf8').split(/^### /m);
  const text = cases.map((part) => {
    const [title = ''] = part.split('\n');
    const [input = ''] = part.split(/^=== says\n/m);
    return `### ${input.trimEnd()}\n=== says\n${answers.get(title) ?? ''}\n`;
  });
  writeFileSync(file, [head, ...text].join(''));
}

function toCase(group: string, part: string): Case {
  const [title = '', ...rest] = part.split('\n');
  const [input = '', says = ''] = rest.join('\n').split(/^=== says\n/m);
  const parts = input.split(/^@@ /m).slice(1).map(toPart);
  const files = parts.filter(({ kind }) => kind !== 'run');
  const run = parts.find(({ kind }) => kind === 'run')?.name;
  return {
    group,
    title,
    parts: files,
    args: run === undefined ? usualArgs(files) : run.split(' '),
    says: says.trimEnd(),
  };
}

function usualArgs(files: readonly Part[]): readonly string[] {
  const has = (wanted: string) => files.some(({ name }) => name === wanted);
  return [
    'check',
    ...(has('hosts.yaml') ? ['-i', 'hosts.yaml'] : []),
    ...['shop.yaml', 'compose.yaml']
      .filter((name) => has(name) || (name === 'compose.yaml' && !has('shop.yaml')))
      .slice(0, 1)
      .flatMap((name) => ['-f', name]),
  ];
}

function toPart(block: string): Part {
  const [head = '', ...lines] = block.split('\n');
  const text = lines.join('\n');
  if (head.startsWith('run ')) return { name: head.slice(4), kind: 'run', text: '' };
  const [, name = head, kind = ''] = /^(\S+)(?: \((.*)\))?$/.exec(head) ?? [];
  return { name, kind, text };
}

/** Lays the case's files into the folder. */
export function layOut(folder: string, { parts }: Case): void {
  for (const { name, kind, text } of parts) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    const [word = '', argument = ''] = kind.split(': ');
    if (word === 'folder') mkdirSync(path);
    else if (word === 'link') symlinkSync(argument, path);
    else if (word === 'made') writeFileSync(path, made(argument));
    else writeFileSync(path, word === 'escaped' ? unescaped(text) : text);
    if (word === 'program') chmodSync(path, 0o755);
  }
}

function made(name: string): string {
  const make = MADE[name];
  if (make === undefined) throw new Error(`nothing makes ${name}`);
  return make();
}

/** `\xHH` is a byte, `\uHHHH` a letter, `\r` and `\t` are what they are; behind `\z` the file ends. */
function unescaped(text: string): Uint8Array {
  const [kept = ''] = text.split('\\z');
  const parts = kept.split(/(\\x[0-9a-f]{2}|\\u[0-9a-f]{4}|\\r|\\t)/);
  return Buffer.concat(parts.map(bytesOf));
}

function bytesOf(part: string): Buffer {
  if (part === '\\r') return Buffer.from('\r');
  if (part === '\\t') return Buffer.from('\t');
  if (/^\\x..$/.test(part)) return Buffer.from([Number.parseInt(part.slice(2), 16)]);
  if (/^\\u....$/.test(part)) return Buffer.from(String.fromCharCode(Number.parseInt(part.slice(2), 16)));
  return Buffer.from(part);
}
