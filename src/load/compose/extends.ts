/** `extends`: a service takes what another one has, of the same file or another, and changes it. */
import { FleetError } from '../../model/error.ts';
import { nearestHint } from '../nearest.ts';
import { formatLocation } from '../problems.ts';
import { find, type Tree } from '../tree.ts';
import { mergeService } from './merge.ts';
import { fileOf, isRemote, type Run, remoteFile, scopeBeside } from './project.ts';
import { type Document, type Extended, type Extension, readDocuments, without } from './resolve-file.ts';

/** Files that are extended, read once. */
export type Bases = Map<string, Promise<readonly Document[]>>;

/** The document's tree with all `extends` followed. Raises E_CYCLE, E_FILE, E_REFERENCE, E_UNSUPPORTED in the run. */
export async function followExtends(document: Document, bases: Bases, run: Run): Promise<Tree> {
  const { tree } = document;
  const services = find(tree, ['services']);
  if (tree.kind !== 'map' || services?.kind !== 'map' || document.extensions.size === 0) return tree;
  const entries = new Map(services.entries);
  // One after the other: a service that waits for itself must be seen as a circle.
  for (const [name, entry] of services.entries) {
    const whole = await extended(name, { document, trail: [] }, { bases, run });
    if (whole === undefined) continue;
    entries.set(name, { ...entry, value: whole.tree });
    if (!whole.isWhole) run.incomplete.add(name);
  }
  const top = tree.entries.get('services');
  if (top === undefined) return tree;
  return { ...tree, entries: new Map(tree.entries).set('services', { ...top, value: { ...services, entries } }) };
}

interface Step {
  readonly document: Document;
  readonly name: string;
  readonly extension: Extension;
}

interface Position {
  readonly document: Document;
  /** The services on the way here. */
  readonly trail: readonly Step[];
}

interface Tools {
  readonly bases: Bases;
  readonly run: Run;
}

async function extended(name: string, { document, trail }: Position, tools: Tools): Promise<Extended | undefined> {
  const known = document.resolved.get(name);
  if (known !== undefined) return known;
  const own = find(document.tree, ['services', name]);
  const extension = document.extensions.get(name);
  if (own === undefined) return undefined;
  if (extension === undefined) return { tree: own, isWhole: true };
  const start = trail.findIndex((step) => step.document === document && step.name === name);
  if (start !== -1) {
    tools.run.problems.push(circle(trail.slice(start)));
    return { tree: without(own, 'extends'), isWhole: false };
  }
  const base = await baseOf({ document, name, extension }, trail, tools);
  const bare = without(own, 'extends');
  const result =
    base === undefined
      ? { tree: bare, isWhole: false }
      : { tree: mergeService(base.tree, bare), isWhole: base.isWhole };
  document.resolved.set(name, result);
  return result;
}

async function baseOf(step: Step, trail: readonly Step[], tools: Tools): Promise<Extended | undefined> {
  const { document, extension } = step;
  const documents = extension.file === undefined ? [document] : await basesOf(extension, document, tools);
  if (documents === undefined) return undefined;
  const holder = documents.findLast((one) => find(one.tree, ['services', extension.service]) !== undefined);
  if (holder !== undefined) return extended(extension.service, { document: holder, trail: [...trail, step] }, tools);
  tools.run.problems.push(noService(step, documents));
  return undefined;
}

async function basesOf(
  { file = '', fileAt }: Extension,
  { scope }: Document,
  { bases, run }: Tools,
): Promise<readonly Document[] | undefined> {
  if (isRemote(file)) {
    run.problems.push(remoteFile(file, fileAt));
    return undefined;
  }
  const name = fileOf(scope, file);
  const key = name.absolute;
  const reading = bases.get(key) ?? readDocuments(name, { scope: scopeBeside(name, scope.variables), at: fileAt }, run);
  bases.set(key, reading);
  const documents = await reading;
  return documents.length === 0 ? undefined : documents;
}

function noService({ name, extension, document }: Step, documents: readonly Document[]): FleetError {
  const names = documents.flatMap(({ tree }) => {
    const services = find(tree, ['services']);
    return services?.kind === 'map' ? [...services.entries.keys()] : [];
  });
  const [first = document] = documents;
  const what = `services.${name}.extends: there is no service "${extension.service}" in ${first.file.shown}`;
  const way =
    extension.file === undefined
      ? 'a service of another file needs extends: { file: ..., service: ... }'
      : 'name a service of that file';
  return new FleetError('E_REFERENCE', what, {
    location: extension.serviceAt,
    ...(names.length === 0 || names.length > 12 ? {} : { expected: [...names].sort().join(', ') }),
    hint: nearestHint(extension.service, names) ?? way,
  });
}

function circle(steps: readonly Step[]): FleetError {
  const [first, ...others] = steps;
  const names = [...steps, ...(first === undefined ? [] : [first])].map(({ name }) => name);
  return new FleetError('E_CYCLE', `extends goes round in a circle: ${names.join(' -> ')}`, {
    ...(first === undefined ? {} : { location: first.extension.serviceAt }),
    notes: others.map(
      ({ name, extension }) => `${name} -> ${extension.service}: ${formatLocation(extension.serviceAt)}`,
    ),
    hint: 'remove one of them',
  });
}
