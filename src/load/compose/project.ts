/** What all files of a project say together, and what is at hand while they are read. */
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { FleetError, type Location } from '../../model/error.ts';
import type { Emptied, Variables } from '../interpolate.ts';
import { type ReadFile, readSource } from '../source.ts';
import type { Tree } from '../tree.ts';
import { parseYamlDocuments } from '../yaml.ts';

/** All files as one. */
export interface Project {
  /** Canonical and merged; every node knows the file it stands in. Services of inactive profiles are still there. */
  readonly tree: Tree;
  readonly name: string;
  /** Absolute. */
  readonly projectDir: string;
  /** The process environment over the env files. */
  readonly variables: Variables;
  readonly problems: readonly FleetError[];
  /** False when a file could not be read: what seems to be missing may stand there. */
  readonly isWhole: boolean;
  /** Services that lack what they extend. */
  readonly incomplete: ReadonlySet<string>;
  /** Values in which a variable that is not set was taken as empty. */
  readonly emptied: readonly Emptied[];
  /** Sentences for the user. */
  readonly notes: readonly string[];
}

/** One reading of a project. */
export interface Run {
  readonly read: ReadFile;
  /** Files that were read for their name only, by path. */
  readonly sources: Map<string, Promise<ReturnType<typeof parseYamlDocuments>>>;
  /** What "~" stands for. */
  readonly home?: string;
  readonly problems: FleetError[];
  /** Services that lack what they extend. */
  readonly incomplete: Set<string>;
  /** Files that could not be read as YAML. */
  readonly unread: FileName[];
  readonly emptied: Emptied[];
}

/** Where a file's relative paths start, and its variables. */
export interface Scope {
  /** Absolute. */
  readonly folder: string;
  /** The same folder as messages show it. */
  readonly shown: string;
  readonly variables: Variables;
}

/** A file by both of its names. */
export interface FileName {
  /** Tells it from others; what is beside it is found by it. */
  readonly absolute: string;
  /** What it is read by. */
  readonly path: string;
  /** As messages show it: beside the file that names it. */
  readonly shown: string;
}

/** The documents of a file, kept until they are read for all they say. Throws FleetError E_FILE, or E_YAML when it is no text. */
export function documentsOf(file: FileName, run: Pick<Run, 'read' | 'sources'>): ReturnType<typeof parseFile> {
  const known = run.sources.get(file.path) ?? parseFile(file, run.read);
  run.sources.set(file.path, known);
  return known;
}

async function parseFile(file: FileName, read: ReadFile): Promise<ReturnType<typeof parseYamlDocuments>> {
  return parseYamlDocuments(await readSource(file.shown, () => read(file.path)));
}

/** A file that another one names. */
export function fileOf(scope: Pick<Scope, 'folder' | 'shown'>, written: string): FileName {
  const absolute = resolve(scope.folder, written);
  return {
    absolute,
    path: absolute,
    shown: isAbsolute(written) ? written : join(scope.shown, written),
  };
}

/** The scope of a file whose relative paths start in its own folder. */
export function scopeBeside(file: FileName, variables: Variables): Scope {
  return { folder: dirname(file.absolute), shown: dirname(file.shown), variables };
}

/** Git, HTTP and OCI addresses, which Compose fetches and fleet does not. */
export function isRemote(path: string): boolean {
  return /^(https?|git|ssh|oci):\/\/|^(git@|github\.com\/|oci:)|\.git([#:]|$)/.test(path);
}

/** A remote file is refused where it is named. */
export function remoteFile(path: string, location: Location): FleetError {
  return new FleetError('E_UNSUPPORTED', `${path}: remote files are not read`, {
    location,
    hint: 'fetch it before (git submodule, curl), and name the local file',
  });
}

/** A value that could not be interpolated is empty: what is then said about it is no news. */
export function withoutEchoes(problems: readonly FleetError[]): readonly FleetError[] {
  const place = ({ location }: FleetError) => `${location?.file}:${location?.line}:${location?.column}`;
  const broken = new Set(problems.filter(({ code }) => code === 'E_INTERPOLATION').map(place));
  return problems.filter((problem) => problem.code === 'E_INTERPOLATION' || !broken.has(place(problem)));
}

/** The error at the place that made fleet read the file; a place of its own goes before. */
export function raisedAt(error: unknown, location: Location | undefined): FleetError {
  if (!(error instanceof FleetError)) throw error;
  if (error.location !== undefined || location === undefined) return error;
  const { code, message, hint, expected, notes } = error;
  return new FleetError(code, message, {
    location,
    notes,
    ...(hint === undefined ? {} : { hint }),
    ...(expected === undefined ? {} : { expected }),
  });
}
