/** A large world after its first deploy, made from the plan itself: where each replica is, and what each router goes by. */
import type { Question, Release } from '../../../src/compile/index.ts';
import { mainFiles } from '../../../src/compile/nginx/main.ts';
import { routerSpec } from '../../../src/compile/nginx/swap.ts';
import type { Host } from '../../../src/model/inventory.ts';
import { networkName } from '../../../src/model/labels.ts';
import type { Container, HostState, HostUp, ReleaseRecord, RouterState } from '../../../src/model/observed.ts';
import type { ArchiveEntry, Placement, Plan, Step } from '../../../src/model/plan.ts';
import type { Service } from '../../../src/model/playbook.ts';
import { shared } from '../../../src/observe/texts.ts';

/** The fleet as it is once the plan is done, and the release on record. */
export interface Settled {
  readonly question: Question;
  readonly release: Release;
}

/** The plan must be the first deploy of the question on empty hosts. What hosts share is one value for all of them. */
export function settledOf(question: Question, plan: Plan): Settled {
  const record = recordIn(plan);
  if (plan.body === undefined) throw new Error('the plan records nothing');
  const placed = byHost(plan.placements);
  const states = statesIn(question, plan);
  const services = new Map(question.playbook.services.map((one) => [one.name, one]));
  const inventory = new Map(question.inventory.hosts.map((one) => [one.name, one]));
  const hosts = Object.entries(question.observed.hosts).map(([name, state]): [string, HostState] => {
    if (!state.reachable) return [name, state];
    const own = placed.get(name) ?? [];
    const report: HostUp = {
      ...state,
      containers: own.map((one) => containerOf(one, services.get(one.service), record)),
      listening: [...state.listening, ...own.flatMap(({ ports }) => ports.map(({ hostPort }) => `tcp/${hostPort}`))],
      images: [...new Set(own.map(({ image }) => referenceOf(image)))].sort(),
      networks: networksOf(own, states.get(name)),
      router: routerOf(question, inventory.get(name), states.get(name)),
      releases: plan.keepers.includes(name) ? { [plan.app]: [record] } : {},
    };
    return [name, report];
  });
  return {
    question: { ...question, observed: { ...question.observed, hosts: Object.fromEntries(hosts) } },
    release: { record, body: plan.body },
  };
}

/** The same after it was written to a file and read again, with its texts as observing makes them. */
export function restored({ question, release }: Settled): Settled {
  // What the parsers write themselves.
  for (const word of ['replica', 'running', 'none']) shared(word);
  const states = new Map<RouterState, RouterState>();
  const parsed = (state: RouterState): RouterState => {
    const known = states.get(state) ?? JSON.parse(JSON.stringify(state));
    states.set(state, known);
    return known;
  };
  const hosts = Object.entries(question.observed.hosts).map(([name, state]): [string, HostState] => {
    if (!state.reachable) return [name, state];
    const apps = Object.entries(state.router.apps).map(([app, one]) => [app, parsed(one)] as const);
    const router = { ...state.router, apps: Object.fromEntries(apps) };
    return [name, { ...state, containers: state.containers.map(alike), router }];
  });
  return { question: { ...question, observed: { ...question.observed, hosts: Object.fromEntries(hosts) } }, release };
}

function alike(container: Container): Container {
  const texts = ['app', 'service', 'spec', 'kind', 'image', 'imageDigest', 'state', 'health'] as const;
  const entries = texts.flatMap((key) => {
    const text = container[key];
    return text === undefined ? [] : [[key, shared(text)] as const];
  });
  return { ...container, ...Object.fromEntries(entries) };
}

function recordIn({ steps, digest }: Plan): ReleaseRecord {
  const stdins = steps
    .filter(({ action }) => action.kind === 'record')
    .flatMap(({ commands }) => commands.flatMap((one) => (one.kind === 'run' ? [one.stdin] : [])));
  const text = stdins.flatMap((stdin) => (stdin?.kind === 'stamped' ? [stdin.text] : [])).find(isRecord);
  if (text === undefined) throw new Error('the plan records no release');
  return JSON.parse(text.replace('@AT@', '1').replace('@BY@', 'bench').replace('@PLAN@', digest));
}

/** The audit log's line begins with its id. */
function isRecord(text: string): boolean {
  return text.startsWith('{"at"');
}

function byHost(placements: readonly Placement[]): ReadonlyMap<string, readonly Placement[]> {
  const hosts = new Map<string, Placement[]>();
  for (const one of placements) {
    const own = hosts.get(one.host);
    if (own === undefined) hosts.set(one.host, [one]);
    else own.push(one);
  }
  return hosts;
}

function containerOf(placement: Placement, service: Service | undefined, record: ReleaseRecord): Container {
  const { service: name, slot, replica, ports } = placement;
  const { image = '', digest } = record.images[name] ?? {};
  return {
    name: replica,
    app: record.app,
    service: name,
    slot,
    release: record.release,
    spec: record.specs[name] ?? '',
    kind: 'replica',
    image,
    ...(digest === undefined ? {} : { imageDigest: digest }),
    state: 'running',
    health: 'none',
    exitCode: 0,
    restarts: 0,
    startedAt: 1,
    cpus: service?.reservation.cpus ?? 0,
    memoryBytes: service?.reservation.memoryBytes ?? 0,
    ports,
    volumes: [],
    carried: [],
  };
}

/** Host -> its live files: those that the plan lays there last. */
function statesIn({ playbook: { app } }: Question, { steps }: Plan): ReadonlyMap<string, RouterState> {
  const states = new Map<string, RouterState>();
  const made = new Map<readonly ArchiveEntry[], RouterState>();
  for (const step of steps) {
    const entries = laid(step);
    if (step.action.kind !== 'lay' || entries === undefined) continue;
    const state = made.get(entries) ?? stateOf(app, step.action.generation, entries);
    made.set(entries, state);
    states.set(step.host, state);
  }
  return states;
}

function laid({ commands: [first] }: Step): readonly ArchiveEntry[] | undefined {
  return first?.kind === 'run' && first.stdin?.kind === 'archive' ? first.stdin.entries : undefined;
}

function stateOf(app: string, generation: string, entries: readonly ArchiveEntry[]): RouterState {
  const files = Object.fromEntries(
    entries.flatMap(({ path, content }) => (content.kind === 'text' ? [[path, content.text]] : [])),
  );
  const { 'meta.json': meta = '{}', ...rest } = files;
  return { app, generation, services: JSON.parse(meta).services, files: rest };
}

function routerOf(
  { inventory, observed }: Question,
  host: Host | undefined,
  state: RouterState | undefined,
): HostUp['router'] {
  const { routerImage } = inventory.network;
  const container = { running: true, spec: routerSpec(routerImage), image: routerImage };
  const mainDigest = host === undefined ? '' : mainFiles(host, inventory, observed).digest;
  return { container, mainDigest, apps: state === undefined ? {} : { [state.app]: state } };
}

function networksOf(own: readonly Placement[], state: RouterState | undefined): Record<string, string> {
  if (state === undefined) return {};
  return Object.fromEntries(
    [...new Set(own.map(({ service }) => service))]
      .sort()
      .map((name) => [networkName(state.app, name, 'open'), state.services[name]?.subnet ?? '']),
  );
}

/** "web@sha256:…" of "web:1@sha256:…", as Docker lists it. */
function referenceOf(image: string): string {
  const [name = '', digest = ''] = image.split('@');
  return `${name.replace(/:[^:/]*$/, '')}@${digest}`;
}
