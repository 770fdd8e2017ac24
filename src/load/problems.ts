/** Zod's issues and fleet's own complaints, located in the file, in one voice. */
import type { z } from 'zod';
import { FleetError, type FleetErrorDetails, type Location } from '../model/error.ts';
import { nearestHint } from './nearest.ts';
import { type Complaint, isMap } from './schema.ts';
import { describe, find, formatPath, locate, locateKey, type Path, type Tree } from './tree.ts';

/** What zod's own type names are in words. */
const TYPES: Readonly<Record<string, string>> = {
  array: 'a list',
  object: 'a map',
  record: 'a map',
  string: 'text',
  nonoptional: 'a value',
};

/**
 * Reads a map of the tree with a schema; problems go to the list. What stands beside them is read all the same, so
 * that it can be checked too.
 * `standIns` take the place of required keys that are missing or wrong. `isWhole` is false when there were problems.
 */
export function readPartly<T>(
  type: z.ZodType<T>,
  value: unknown,
  where: Where,
  problems: FleetError[],
  standIns: Readonly<Record<string, unknown>> = {},
): { readonly entry: T | undefined; readonly isWhole: boolean } {
  const result = type.safeParse(value);
  if (result.success) return { entry: result.data, isWhole: true };
  problems.push(...result.error.issues.flatMap((issue) => issueProblems(issue, where)));
  const wrong = new Set(result.error.issues.flatMap(wrongKeys));
  const good = Object.entries(isMap(value) ? value : {}).filter(([key]) => !wrong.has(key));
  return { entry: type.safeParse({ ...standIns, ...Object.fromEntries(good) }).data, isWhole: false };
}

function wrongKeys(issue: z.core.$ZodIssue): readonly string[] {
  const [first] = issue.path;
  if (first !== undefined) return [String(first)];
  return issue.code === 'unrecognized_keys' ? issue.keys : [];
}

/** A tree and the path in it that a value was taken from. */
export interface Where {
  readonly tree: Tree;
  readonly path: Path;
}

/** An error at a path of a tree; its message begins with the path. */
export function problemAt(where: Where, code: string, message: string, details: FleetErrorDetails = {}): FleetError {
  return new FleetError(code, prefixed(where.path, message), { location: locate(where.tree, where.path), ...details });
}

/** Runs a check; its FleetError becomes a problem at the place. */
export function guarded<T>(where: Where, problems: FleetError[], work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    const { hint, expected } = error;
    const details = { ...(hint === undefined ? {} : { hint }), ...(expected === undefined ? {} : { expected }) };
    problems.push(problemAt(where, error.code, error.message, details));
    return undefined;
  }
}

/** "playbook.yaml:3:5", for notes that point at a second place. */
export function formatLocation(location: Location): string {
  return `${location.file}:${location.line}:${location.column}`;
}

/**
 * Problems in the order in which they stand in their files; those without a place first. The same one is kept once, and
 * so is what is wrong with a fragment that several services take by an anchor.
 */
export function sortProblems(problems: readonly FleetError[]): readonly FleetError[] {
  const unique = new Map(problems.map((problem) => [rank(problem), problem]));
  const sorted = [...unique].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, problem]) => problem);
  const same = new Map<string, FleetError[]>();
  for (const problem of sorted) {
    const key = rank(problem, problem.message.replace(SERVICE, ''));
    const found = same.get(key);
    if (found === undefined) same.set(key, [problem]);
    else found.push(problem);
  }
  return [...same.values()].flatMap(([first, ...others]) => (first === undefined ? [] : [alsoIn(first, others)]));
}

/** What a message about a service begins with. */
const SERVICE = /^services\.([^.:[]+)(?=[.:[])/;

/** The problem with a line that names the services which have it, too. */
function alsoIn(first: FleetError, others: readonly FleetError[]): FleetError {
  const names = others.flatMap(({ message }) => SERVICE.exec(message)?.[1] ?? []);
  if (names.length === 0) return first;
  const shown =
    names.length > MOST_NAMES ? [...names.slice(0, MOST_NAMES), `${names.length - MOST_NAMES} more`] : names;
  const last = shown.at(-1);
  const said = shown.length === 1 ? last : `${shown.slice(0, -1).join(', ')} and ${last}`;
  const { code, message, cause, notes, ...details } = first;
  return new FleetError(code, message, { ...details, cause, notes: [...notes, `the same in ${said}`] });
}

const MOST_NAMES = 8;

function rank({ location, code, message }: FleetError, said = message): string {
  if (location === undefined) return ` ${code}${message}`;
  const digits = (value: number) => String(value).padStart(8, '0');
  return `${location.file}\0${digits(location.line)}${digits(location.column)}${code}${said}`;
}

function issueProblems(issue: z.core.$ZodIssue, where: Where): FleetError[] {
  const path = [...where.path, ...issue.path.map((part) => (typeof part === 'number' ? part : String(part)))];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownKey(where.tree, [...path, key], issue.message));
  }
  const complaint = issue.code === 'custom' ? complaintOf(issue.params) : undefined;
  if (complaint !== undefined) return [complained(where.tree, path, complaint)];
  const expected = issue.code === 'invalid_type' ? (TYPES[issue.expected] ?? issue.expected) : issue.message;
  return [wrongType(where.tree, path, { expected })];
}

function complaintOf(params: Record<string, unknown> | undefined): Complaint | undefined {
  return params?.complaint as Complaint | undefined;
}

function complained(tree: Tree, path: Path, { error, about }: Complaint): FleetError {
  const details = {
    notes: error.notes,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(error.expected === undefined ? {} : { expected: error.expected }),
  };
  if (error.message === '') return wrongType(tree, path, details);
  const location = about === 'key' ? locateKey(tree, path) : locate(tree, path);
  return new FleetError(error.code, prefixed(path, error.message), { location, ...details });
}

function wrongType(tree: Tree, path: Path, details: FleetErrorDetails): FleetError {
  const found = find(tree, path);
  const missing = found === undefined;
  const message = missing ? 'is missing' : `found ${describe(found)}`;
  const { hint: _, ...withoutHint } = details;
  return new FleetError('E_SCHEMA', prefixed(path, message), {
    location: locate(tree, path),
    ...(missing ? withoutHint : details),
  });
}

/** `words`: the keys to expect. */
function unknownKey(tree: Tree, path: Path, words: string): FleetError {
  const known = words.split(' ');
  const hint = nearestHint(String(path.at(-1)), known);
  return new FleetError('E_SCHEMA', prefixed(path, 'unknown key'), {
    location: locateKey(tree, path),
    ...(known.length > 12 ? {} : { expected: known.join(', ') }),
    ...(hint === undefined ? {} : { hint }),
  });
}

/** The message with its path before it. */
export function prefixed(path: Path, message: string): string {
  return path.length === 0 ? message : `${formatPath(path)}: ${message}`;
}
