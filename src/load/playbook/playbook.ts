/** Playbook files to a Playbook, its secrets, and what the user should know. */
import { FleetError, FleetErrors } from '../../model/error.ts';
import type { Playbook, Secrets } from '../../model/playbook.ts';
import { type CarriedMounts, readCarriedMounts } from '../carried/mounts.ts';
import { brokenServices } from '../compose/broken.ts';
import { classify } from '../compose/classify.ts';
import { type Project, withoutEchoes } from '../compose/project.ts';
import { shownPart } from '../compose/project-part.ts';
import { unsetHint } from '../interpolate.ts';
import { formatLocation, problemAt, readPartly, sortProblems } from '../problems.ts';
import { buildService } from '../service/build.ts';
import type { Surroundings } from '../service/container.ts';
import type { ServiceEntry } from '../service/schema.ts';
import { order } from '../service/sorting.ts';
import { find, plain } from '../tree.ts';
import { checkTogether } from './checks.ts';
import { type Draft, placeOf } from './context.ts';
import { withJobs } from './jobs.ts';
import { keptReleases } from './keep.ts';
import { locationsOf } from './locations.ts';
import { notesOf } from './notes.ts';
import type { OriginContext } from './origins.ts';
import { activeDependencies, checkReferences } from './references.ts';
import { activeNames, readServices } from './services.ts';
import { type TopEntry, topSchema } from './top.ts';
import { readValues, surroundingsOf, type Values } from './values.ts';
import { volumesOf } from './volumes.ts';

/** A playbook that was read without a problem. */
export interface LoadedPlaybook {
  readonly playbook: Playbook;
  readonly secrets: Secrets;
  /** Sentences about what was read otherwise than Compose would, or left out. */
  readonly notes: readonly string[];
}

/** What shapes a playbook beside its files. */
export interface PlaybookChoice {
  readonly profiles: readonly string[];
  /** Services named on the command line; they are active whatever their profiles. */
  readonly asked: readonly string[];
  /** 'leave': nothing beside the playbook is read. */
  readonly values: 'read' | 'leave';
}

/** The playbook of the project. Throws FleetErrors with all problems of its files. */
export async function readPlaybook(
  project: Project,
  context: OriginContext,
  choice: PlaybookChoice,
): Promise<LoadedPlaybook> {
  const problems: FleetError[] = [...project.problems];
  if (!project.isWhole) throw new FleetErrors(sortProblems(problems), 2);
  const { draft, active, jobNotes } = draftOf(project, choice, problems);
  const kept = keptReleases(draft);
  const attributes = classify(shownPart(project.tree, active), problems);
  checkReferences(draft);
  checkTogether(draft);
  const notes = [...project.notes, ...attributes, ...jobNotes, ...notesOf(draft)];
  const { values, mounts, surroundings } =
    choice.values === 'read' ? await readBeside(draft, context, notes) : NOTHING_BESIDE;
  if (problems.length > 0) throw new FleetErrors(sortProblems(explained(withoutEchoes(problems), project)), 2);
  const built = draft.services.map(([name, entry], index) =>
    buildService(name, withActive(entry, active), surroundings[index] ?? { environment: {}, labels: {} }),
  );
  const app = project.name;
  const networks = [...new Set(built.flatMap((service) => Object.keys(service.networks)))].sort(order);
  const playbook: Playbook = {
    app,
    services: built.map(mounts.settle),
    ...volumesOf(app, draft.top),
    networks,
    internalNetworks: networks.filter((name) => draft.top.networks?.[name]?.internal === true),
    secrets: values.digests,
    configs: values.configs,
    carried: mounts.carried,
    ...kept,
    locations: locationsOf(draft),
  };
  return { playbook, secrets: values.secrets, notes: notes.sort(order) };
}

/**
 * What Compose, too, refuses of a project: names that are not defined, circles, active services with neither image nor
 * build. All else is fleet's business.
 */
export function brokenReferences(project: Project, choice: Omit<PlaybookChoice, 'values'>): readonly FleetError[] {
  const { draft } = draftOf(project, choice, []);
  const referring: Draft = { ...draft, problems: [] };
  checkReferences(referring);
  const nothingToRun = draft.services.flatMap(([name]) => {
    const service = find(project.tree, ['services', name]);
    if (service?.kind !== 'map' || ['image', 'build', 'provider'].some((key) => service.entries.has(key))) return [];
    return [problemAt(placeOf(draft, name, 'image'), 'E_SCHEMA', 'is missing', { expected: 'image or build' })];
  });
  const known = referring.problems.filter(({ code }) => code === 'E_REFERENCE' || code === 'E_CYCLE');
  return [...known, ...nothingToRun];
}

interface Drafted {
  readonly draft: Draft;
  readonly active: ReadonlySet<string>;
  readonly jobNotes: readonly string[];
}

/** The active services as they stand in the tree; what is wrong with their values goes to the problems. */
function draftOf(project: Project, choice: Omit<PlaybookChoice, 'values'>, problems: FleetError[]): Drafted {
  const { tree } = project;
  const top = readPartly(topSchema, plain(tree), { tree, path: [] }, problems).entry ?? NOTHING;
  const services = readServices(tree, problems);
  const active = activeNames(services, choice.profiles, choice.asked, problems);
  const found = [...services.entries].filter(([name]) => active.has(name));
  const jobs = withJobs(found.sort(([left], [right]) => order(left, right)));
  const draft: Draft = {
    app: project.name,
    tree,
    top,
    names: services.names,
    imageLost: new Set([...services.names.filter((name) => lostImage(name, project.problems)), ...project.incomplete]),
    broken: new Set([...services.broken, ...brokenServices(tree, problems)]),
    services: jobs.services,
    problems,
  };
  return { draft, active, jobNotes: jobs.notes };
}

const NOTHING: TopEntry = {};

/** What the playbook's services need that stands in other files. */
interface Beside {
  readonly values: Values;
  readonly mounts: CarriedMounts;
  /** One for each service of the draft. */
  readonly surroundings: readonly Surroundings[];
}

const NOTHING_BESIDE: Beside = {
  values: { secrets: new Map(), digests: {}, configs: {} },
  mounts: { carried: {}, notes: [], settle: (service) => service },
  surroundings: [],
};

async function readBeside(draft: Draft, context: OriginContext, notes: string[]): Promise<Beside> {
  const values = await readValues(draft, context);
  const mounts = await readCarriedMounts(draft, context.projectDir);
  notes.push(...mounts.notes);
  const surroundings = await Promise.all(
    draft.services.map(([name, entry]) => surroundingsOf(draft, name, entry, context, notes)),
  );
  return { values, mounts, surroundings };
}

/** The problems, with what their values lack: that something is wrong with a value may be that a variable in it is not set. */
export function explained(problems: readonly FleetError[], { emptied, variables }: Project): readonly FleetError[] {
  // Of several in one value the first one is named.
  const places = new Map(emptied.map((one) => [formatLocation(one.location), one] as const).reverse());
  return problems.map((problem) => {
    const found = problem.location === undefined ? undefined : places.get(formatLocation(problem.location));
    if (found === undefined || problem.code === 'E_INTERPOLATION') return problem;
    const { code, message, location, expected, notes, related } = problem;
    return new FleetError(code, message, {
      ...(location === undefined ? {} : { location }),
      ...(expected === undefined ? {} : { expected }),
      related,
      notes: [...notes, `the variable ${found.name} is not set, taken as empty`],
      hint: unsetHint(found.name, variables),
    });
  });
}

/** Whether what is wrong with a service may be why it names no image: where that comes from, or a typing error. */
function lostImage(name: string, problems: readonly FleetError[]): boolean {
  const own = `services.${name}`;
  return problems.some(({ message, hint = '' }) => {
    if ([`${own}:`, `${own}.build:`, `${own}.extends`].some((start) => message.startsWith(start))) return true;
    return message.startsWith(`${own}.`) && /^did you mean "(image|build|extends)"/.test(hint);
  });
}

function withActive(entry: ServiceEntry, active: ReadonlySet<string>): ServiceEntry {
  return entry.depends_on === undefined ? entry : { ...entry, depends_on: activeDependencies(entry, active) };
}
