/** Playbook files to a Playbook, its secrets, and what the user should know. */
import { type FleetError, FleetErrors } from '../../model/error.ts';
import type { Playbook, Secrets } from '../../model/playbook.ts';
import { interpolateTree } from '../interpolate.ts';
import { readPartly, sortProblems } from '../problems.ts';
import { buildService, order, sortKeys } from '../service/build.ts';
import type { ServiceEntry } from '../service/schema.ts';
import { plain, type Tree } from '../tree.ts';
import { checkTogether } from './checks.ts';
import type { Draft } from './context.ts';
import { locationsOf } from './locations.ts';
import { notesOf } from './notes.ts';
import type { OriginContext } from './origins.ts';
import { activeDependencies, checkReferences } from './references.ts';
import { activeNames, readServices } from './services.ts';
import { type TopEntry, topSchema } from './top.ts';
import { environmentOf, readValues } from './values.ts';

/** A playbook that was read without a problem. */
export interface LoadedPlaybook {
  readonly playbook: Playbook;
  readonly secrets: Secrets;
  /** Sentences about what was read otherwise than Compose would, or left out. */
  readonly notes: readonly string[];
}

/** What shapes a playbook beside its files. */
export interface PlaybookChoice {
  /** Used when the file has no `name`. */
  readonly defaultName: string;
  readonly profiles: readonly string[];
  /** Services named on the command line; they are active whatever their profiles. */
  readonly asked: readonly string[];
}

/** The playbook in the tree. Throws FleetErrors with all its problems. */
export async function readPlaybook(raw: Tree, context: OriginContext, choice: PlaybookChoice): Promise<LoadedPlaybook> {
  const problems: FleetError[] = [];
  const tree = interpolateTree(raw, context.variables, problems);
  const top = readPartly(topSchema, plain(tree), { tree, path: [] }, problems).entry ?? NOTHING;
  const services = readServices(tree, problems);
  const active = activeNames(services, choice.profiles, choice.asked, problems);
  const draft: Draft = {
    tree,
    top,
    names: services.names,
    broken: services.broken,
    services: [...services.entries].filter(([name]) => active.has(name)).sort(([left], [right]) => order(left, right)),
    problems,
  };
  checkReferences(draft);
  checkTogether(draft);
  const notes = notesOf(draft);
  const values = await readValues(draft, context);
  const environments = await Promise.all(
    draft.services.map(([name, entry]) => environmentOf(draft, name, entry, context, notes)),
  );
  if (problems.length > 0) throw new FleetErrors(sortProblems(withoutEchoes(problems)), 2);
  const built = draft.services.map(([name, entry], index) =>
    buildService(name, withActive(entry, active), environments[index] ?? {}),
  );
  const app = draft.top.name ?? choice.defaultName;
  const networks = [...new Set(built.flatMap((service) => Object.keys(service.networks)))].sort(order);
  const playbook: Playbook = {
    app,
    services: built,
    volumes: volumesOf(app, draft.top),
    networks,
    internalNetworks: networks.filter((name) => draft.top.networks?.[name]?.internal === true),
    secrets: values.digests,
    configs: values.configs,
    carried: {},
    locations: locationsOf(draft),
  };
  return { playbook, secrets: values.secrets, notes: notes.sort(order) };
}

const NOTHING: TopEntry = { services: undefined };

/** A value that could not be interpolated is empty: what the schema then says about it is no news. */
function withoutEchoes(problems: readonly FleetError[]): readonly FleetError[] {
  const place = ({ location }: FleetError) => `${location?.file}:${location?.line}:${location?.column}`;
  const broken = new Set(problems.filter(({ code }) => code === 'E_INTERPOLATION').map(place));
  return problems.filter((problem) => problem.code === 'E_INTERPOLATION' || !broken.has(place(problem)));
}

function withActive(entry: ServiceEntry, active: ReadonlySet<string>): ServiceEntry {
  return entry.depends_on === undefined ? entry : { ...entry, depends_on: activeDependencies(entry, active) };
}

/** Docker's name of a volume is "app_key" as with Compose, unless it is named or made elsewhere. */
function volumesOf(app: string, top: TopEntry): Playbook['volumes'] {
  const named = Object.entries(top.volumes ?? {}).map(([key, volume]) => [
    key,
    volume.name ?? (volume.external === true ? key : `${app}_${key}`),
  ]);
  return sortKeys(Object.fromEntries(named) as Record<string, string>, (name) => name);
}
