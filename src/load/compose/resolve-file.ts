/** One file of a project: read, interpolated, checked, canonical. */
import { FleetError, type Location } from '../../model/error.ts';
import { interpolateTree } from '../interpolate.ts';
import { find, type Tree } from '../tree.ts';
import { canonical } from './canonical.ts';
import { checkShape } from './check-shape.ts';
import { documentsOf, type FileName, type Run, raisedAt, type Scope } from './project.ts';

/** `extends` of a service. */
export interface Extension {
  readonly service: string;
  readonly file?: string;
  /** Place of the service's name and of the file's. */
  readonly serviceAt: Location;
  readonly fileAt: Location;
}

/** One entry of `include`. */
export interface Inclusion {
  readonly paths: readonly { readonly path: string; readonly at: Location }[];
  readonly projectDirectory?: string;
  readonly envFiles: readonly { readonly path: string; readonly at: Location }[];
}

/** One document, with what it takes from other places still to be fetched. */
export interface Document {
  readonly file: FileName;
  readonly scope: Scope;
  readonly tree: Tree;
  readonly extensions: ReadonlyMap<string, Extension>;
  readonly inclusions: readonly Inclusion[];
  /** Services with all that they extend. */
  readonly resolved: Map<string, Extended>;
}

/** A service with what it extends; not whole when a base could not be had. */
export interface Extended {
  readonly tree: Tree;
  readonly isWhole: boolean;
}

/** The documents of a file; none when it can not be read, which the run hears of. */
export async function readDocuments(
  file: FileName,
  { scope, at }: { readonly scope: Scope; readonly at?: Location | undefined },
  run: Run,
): Promise<readonly Document[]> {
  try {
    const { trees, problems } = await documentsOf(file, run);
    run.sources.delete(file.path);
    run.problems.push(...problems);
    if (problems.length > 0) run.unread.push(file);
    return trees.map((raw) => documentOf(raw, { file, scope }, run));
  } catch (error) {
    run.problems.push(raisedAt(error, at));
    run.unread.push(file);
    return [];
  }
}

function documentOf(raw: Tree, { file, scope }: Pick<Document, 'file' | 'scope'>, run: Run): Document {
  const problems: FleetError[] = [];
  const interpolated = interpolateTree(raw, scope.variables, problems, run.emptied);
  const shaped = checkShape(interpolated, problems);
  const home = run.home === undefined ? {} : { home: run.home };
  const tree = canonical(shaped, { folder: scope.folder, ...home }, problems);
  const inclusions = inclusionsOf(shaped, problems);
  run.problems.push(...problems);
  return {
    file,
    scope,
    tree: without(tree, 'include'),
    extensions: extensionsOf(shaped),
    inclusions,
    resolved: new Map(),
  };
}

/** A map without one of its keys. */
export function without(tree: Tree, key: string): Tree {
  if (tree.kind !== 'map' || !tree.entries.has(key)) return tree;
  return { ...tree, entries: new Map([...tree.entries].filter(([name]) => name !== key)) };
}

function extensionsOf(shaped: Tree): ReadonlyMap<string, Extension> {
  const services = find(shaped, ['services']);
  if (services?.kind !== 'map') return new Map();
  const found = [...services.entries].flatMap(([name, { value }]) => {
    const extension = extensionOf(find(value, ['extends']));
    return extension === undefined ? [] : [[name, extension] as const];
  });
  return new Map(found);
}

function extensionOf(node: Tree | undefined): Extension | undefined {
  if (node === undefined || node.tag === 'reset') return undefined;
  const service = node.kind === 'scalar' ? node : find(node, ['service']);
  const file = find(node, ['file']);
  const name = textOf(service);
  if (service === undefined || name === undefined) return undefined;
  const path = textOf(file);
  return {
    service: name,
    serviceAt: service.at,
    fileAt: file?.at ?? service.at,
    ...(path === undefined ? {} : { file: path }),
  };
}

function inclusionsOf(shaped: Tree, problems: FleetError[]): readonly Inclusion[] {
  const node = find(shaped, ['include']);
  if (node?.kind !== 'list') return [];
  return node.items.map((item, index) => {
    const paths = pathsOf(item.kind === 'map' ? find(item, ['path']) : item);
    const isExplained = problems.some(({ message }) => message.startsWith(`include[${index}]`));
    if (paths.length === 0 && !isExplained) problems.push(noPath(index, item.at));
    if (item.kind !== 'map') return { paths, envFiles: [] };
    const projectDirectory = textOf(find(item, ['project_directory']));
    return {
      paths,
      envFiles: pathsOf(find(item, ['env_file'])),
      ...(projectDirectory === undefined ? {} : { projectDirectory }),
    };
  });
}

/** The schema lets the path be left out; Compose then includes the whole folder, which is no file. */
function noPath(index: number, location: Location): FleetError {
  return new FleetError('E_SCHEMA', `include[${index}]: names no file`, {
    location,
    expected: 'the path of a file',
    hint: 'include: [{ path: other/compose.yaml }]',
  });
}

function pathsOf(node: Tree | undefined): Inclusion['paths'] {
  if (node === undefined) return [];
  return (node.kind === 'list' ? node.items : [node]).flatMap((item) => {
    const path = textOf(item);
    return path === undefined ? [] : [{ path, at: item.at }];
  });
}

function textOf(node: Tree | undefined): string | undefined {
  return node?.kind === 'scalar' && node.value !== null && node.value !== '' ? String(node.value) : undefined;
}
