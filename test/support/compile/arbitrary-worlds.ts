/** Random small fleets, playbooks and changes of them, for properties of the compiler. */
import fc from 'fast-check';
import type { Question } from '../../../src/compile/index.ts';
import type { Host } from '../../../src/model/inventory.ts';
import type { Observed } from '../../../src/model/observed.ts';
import type { Playbook, Rollout, Service } from '../../../src/model/playbook.ts';
import { emptyHost, host, imagesOf, MIB, playbook, ROUTER_IMAGE, service, world } from './worlds.ts';

/** A first playbook, a changed one, and hosts for both. */
export interface Scenario {
  readonly first: Question;
  /** The same fleet with the playbook of the next release; `observed` still shows empty hosts. */
  readonly second: Question;
  /** For `seeded`. */
  readonly seed: number;
}

/** Two versions of a carried folder, and a file that never changes. */
export const CARRIED: Playbook['carried'] = {
  a1: [{ kind: 'file', path: '', mode: 0o644, content: 'b25l' }],
  a2: [{ kind: 'folder', path: '', mode: 0o755 }],
  b0: [{ kind: 'file', path: '', mode: 0o644, content: 'bm9uZQ==' }],
};

/** One config in base64, for services that read a file. */
const CONFIGS = { conf: 'aGVsbG8=' };

const NAMES = ['api', 'cache', 'db', 'web', 'work'] as const;

// Spread: records may come without a prototype, and what was read from JSON has one.
const rollouts: fc.Arbitrary<Rollout> = fc
  .oneof(
    { weight: 3, arbitrary: fc.constant<Rollout>({ kind: 'blue-green' }) },
    fc.record({
      kind: fc.constant('rolling' as const),
      parallelism: fc.integer({ min: 0, max: 2 }),
      order: fc.constantFrom('start-first' as const, 'stop-first' as const),
    }),
    fc.record({
      kind: fc.constant('canary' as const),
      percent: fc.constantFrom(10, 50),
      holdMs: fc.constantFrom(0, 1000),
    }),
    fc.constant<Rollout>({ kind: 'recreate' }),
  )
  .map((rollout): Rollout => ({ ...rollout }));

const hosts: fc.Arbitrary<Host[]> = fc
  .array(
    fc.record({
      zone: fc.constantFrom('a', 'b'),
      cordoned: fc.nat({ max: 7 }).map((n) => n === 0),
      edgeOnly: fc.nat({ max: 5 }).map((n) => n === 0),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .map((shapes) =>
    shapes.map(({ zone, cordoned, edgeOnly }, index) =>
      host(`vm${index + 1}`, {
        labels: { zone },
        roles: index > 0 && edgeOnly ? ['edge'] : index === 0 ? ['edge', 'worker'] : ['worker'],
        cordoned: index > 0 && cordoned,
      }),
    ),
  );

type JobShape = 'none' | 'one' | 'two' | 'everywhere';

interface Shape {
  readonly name: (typeof NAMES)[number];
  readonly global: boolean;
  readonly replicas: number;
  readonly port: 'none' | 'http' | 'tcp' | 'both';
  readonly open: boolean;
  readonly volume: boolean;
  readonly rollout: Rollout;
  readonly network: string;
  readonly needs: number;
  readonly condition: 'started' | 'healthy';
  readonly memory: number;
  readonly inZone: boolean;
  readonly maxPerHost: boolean;
  readonly check: boolean;
  readonly file: boolean;
  readonly carried: 'none' | 'same' | 'changing';
}

const shape = (name: (typeof NAMES)[number]): fc.Arbitrary<Shape> =>
  fc.record({
    name: fc.constant(name),
    global: fc.nat({ max: 4 }).map((n) => n === 0),
    replicas: fc.integer({ min: 1, max: 3 }),
    port: fc.constantFrom('none', 'http', 'http', 'tcp', 'both'),
    open: fc.boolean(),
    volume: fc.nat({ max: 3 }).map((n) => n === 0),
    rollout: rollouts,
    network: fc.constantFrom('back', 'front', 'both'),
    needs: fc.nat({ max: 15 }),
    condition: fc.constantFrom('started', 'healthy'),
    memory: fc.constantFrom(0, 0, 512, 1024),
    inZone: fc.nat({ max: 5 }).map((n) => n === 0),
    maxPerHost: fc.nat({ max: 4 }).map((n) => n === 0),
    check: fc.boolean(),
    file: fc.boolean(),
    carried: fc.constantFrom('none', 'same', 'changing'),
  });

/** What happens to a service from the first playbook to the second. */
const changes = fc.constantFrom(
  'none',
  'none',
  'image',
  'image',
  'grow',
  'shrink',
  'gone',
  'zone',
  'bigger',
  'networks',
);

/** Scenarios in which both playbooks may or may not fit. */
export const scenarios: fc.Arbitrary<Scenario> = fc
  .record({
    hosts,
    services: fc.tuple(...NAMES.map(shape)),
    present: fc.subarray([...NAMES], { minLength: 1 }),
    change: fc.array(changes, { minLength: NAMES.length, maxLength: NAMES.length }),
    added: fc.subarray([...NAMES], { maxLength: 1 }),
    job: fc.constantFrom<JobShape>('none', 'one', 'two', 'everywhere'),
    internal: fc.tuple(fc.subarray(['back', 'front']), fc.subarray(['back', 'front'])),
    roomy: fc.boolean(),
    seed: fc.nat(),
  })
  .map(({ hosts: list, services, present, change, added, job, internal, roomy, seed }) => {
    const before = services.filter(({ name }) => present.includes(name));
    const later = services.flatMap((one, index) => {
      if (!present.includes(one.name)) return added.includes(one.name) ? [build(one, '1')] : [];
      return changed(one, change[index] ?? 'none');
    });
    const firstList = withJob(
      before.map((one) => build(one, '1')),
      job,
    );
    const secondList = later.length === 0 ? firstList : withJob(later, job);
    const report = emptyHost(roomy ? {} : { memoryBytes: 2048 * MIB });
    const reports = Object.fromEntries(list.map(({ name }) => [name, report]));
    const images = exposing(firstList);
    const [internalNetworks, internalLater] = internal;
    const first = world({
      images,
      hosts: list,
      services: firstList,
      reports,
      playbook: { configs: CONFIGS, carried: CARRIED, internalNetworks },
    });
    const second = next(first, secondList);
    const scenario = {
      first,
      second: { ...second, playbook: { ...second.playbook, internalNetworks: internalLater } },
      seed,
    };
    return { ...scenario, [fc.toStringMethod]: () => formatScenario(scenario) };
  });

/** A counterexample as a person can read it. */
function formatScenario({ first, second, seed }: Scenario): string {
  const { hosts } = first.inventory;
  const machines = hosts.map(
    ({ name, labels, roles, cordoned }) => `${name} ${labels.zone} ${roles}${cordoned ? ' cordoned' : ''}`,
  );
  const state = first.observed.hosts[hosts[0]?.name ?? ''];
  return [
    `seed ${seed}, memory ${state?.reachable === true ? state.memoryBytes / MIB : 0} MiB`,
    ...machines,
    `internal: ${first.playbook.internalNetworks}, then ${second.playbook.internalNetworks}`,
    'first:',
    ...first.playbook.services.map(formatService),
    'second:',
    ...second.playbook.services.map(formatService),
  ].join('\n');
}

function formatService(one: Service): string {
  const { name, mode, replicas, image, ports, rollout, networks, dependsOn, reservation, constraints, mounts } = one;
  const parts = { ports, rollout, networks: Object.keys(networks), dependsOn, memory: reservation.memoryBytes / MIB };
  const more = {
    zone: constraints.length,
    volumes: mounts.length,
    job: one.job,
    max: one.maxPerHost,
    check: one.healthcheck !== undefined,
  };
  return `  ${name} ${mode} ${replicas} ${image} ${JSON.stringify({ ...parts, ...more, ingress: one.ingress.length + one.published.length })}`;
}

/** The same fleet with other services; keeps what is observed. */
export function next(question: Question, services: readonly Service[], observed = question.observed): Question {
  const { app, internalNetworks } = question.playbook;
  const known: Playbook = playbook(services, { app, internalNetworks, configs: CONFIGS, carried: CARRIED });
  return { ...question, playbook: known, observed: { ...observed, images: images(services, observed) } };
}

function images(services: readonly Service[], observed: Observed): Observed['images'] {
  return { ...observed.images, ...exposing(services) };
}

/** Images of `work` and `cache` expose ports, which matters where the service itself names none. */
function exposing(services: readonly Service[]): Observed['images'] {
  const ports: Readonly<Record<string, readonly string[]>> = {
    'cache:1': ['7000/tcp', '7001/udp'],
    'cache:2': ['7000/tcp'],
    'work:1': ['7002/tcp'],
  };
  const all = Object.entries(imagesOf(services, ROUTER_IMAGE));
  return Object.fromEntries(all.map(([image, facts]) => [image, { ...facts, exposed: ports[image] ?? [] }]));
}

function changed(one: Shape, change: string): Service[] {
  switch (change) {
    case 'image':
      return [build(one, '2')];
    case 'grow':
      return [build({ ...one, replicas: one.replicas + 2 }, '1')];
    case 'shrink':
      return [build({ ...one, replicas: Math.max(1, one.replicas - 1) }, '1')];
    case 'gone':
      return [];
    case 'zone':
      return [build({ ...one, inZone: !one.inZone }, '1')];
    case 'networks':
      return [build({ ...one, network: one.network === 'both' ? 'back' : 'both' }, '1')];
    case 'bigger':
      return [build({ ...one, memory: one.memory + 256 }, '1')];
    default:
      return [build(one, '1')];
  }
}

const JOB_MOUNTS: Service['mounts'] = [{ kind: 'carried', digest: 'b0', target: '/carried' }];

/** Dependencies and jobs name only services that are there. */
function withJob(services: readonly Service[], job: JobShape): Service[] {
  const names = new Set(services.map(({ name }) => name));
  const clean = services.map((one) => ({
    ...one,
    dependsOn: one.dependsOn.filter((other) => names.has(other.service)),
  }));
  const [db] = clean.filter(({ name }) => name === 'db');
  if (job === 'none') return clean;
  const needs = db === undefined ? {} : { dependsOn: { db: 'healthy' as const } };
  const often = {
    mode: job === 'everywhere' ? ('global' as const) : ('replicated' as const),
    replicas: job === 'two' ? 2 : 1,
  };
  return [
    ...clean,
    service('migrate', { ...often, job: 'pre-deploy', networks: ['back', 'front'], mounts: JOB_MOUNTS, ...needs }),
  ];
}

function build(shapeOf: Shape, version: string): Service {
  const { name, port, rollout, network, needs, condition } = shapeOf;
  const index = NAMES.indexOf(name);
  const ports = { none: [], http: ['8080'], tcp: ['5432/tcp'], both: ['5432/tcp', '8080'] }[port];
  const others = NAMES.slice(0, index).filter((_, nth) => (needs >> nth) % 2 === 1);
  const exposed = port === 'http' || port === 'both';
  return service(name, {
    image: `${name}:${version}`,
    mode: shapeOf.global ? 'global' : 'replicated',
    replicas: shapeOf.volume ? 1 : shapeOf.replicas,
    ports,
    ...(shapeOf.open && exposed ? { ingress: [{ host: `${name}.test`, port: 8080, probe: '/up' }] } : {}),
    ...(shapeOf.open && port === 'tcp' ? { published: [`${5000 + index}:5432/tcp`] } : {}),
    ...(shapeOf.volume ? { rollout: { kind: 'recreate' } } : { rollout }),
    mounts: [
      ...carriedMounts(shapeOf, version),
      ...(shapeOf.volume
        ? [{ kind: 'volume' as const, volume: `${name}-data`, target: '/data', readOnly: false }]
        : []),
    ],
    networks: network === 'both' ? ['back', 'front'] : [network],
    dependsOn: Object.fromEntries(others.map((other) => [other, condition])),
    reservation: { cpus: shapeOf.memory / 2048, memoryBytes: shapeOf.memory * MIB },
    ...(shapeOf.inZone ? { constraints: [{ key: 'labels.zone', operator: '==', value: 'a' }] } : {}),
    spread: index % 2 === 0 ? ['zone'] : [],
    ...(shapeOf.maxPerHost ? { maxPerHost: 2 } : {}),
    ...(shapeOf.file ? { configs: [{ source: 'conf', target: '/etc/conf', uid: 0, gid: 0, mode: 0o444 }] } : {}),
    ...(shapeOf.check
      ? { healthcheck: { test: ['CMD', 'check'], intervalMs: 1000, timeoutMs: 1000, retries: 3, startPeriodMs: 0 } }
      : {}),
  });
}

function carriedMounts({ carried }: Shape, version: string): Service['mounts'] {
  if (carried === 'none') return [];
  return [{ kind: 'carried', digest: carried === 'same' ? 'b0' : `a${version}`, target: '/carried' }];
}
