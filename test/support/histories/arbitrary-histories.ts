/** Histories drawn at random, small enough that thousands can be lived in a minute. */
import fc from 'fast-check';
import type { Host } from '../../../src/model/inventory.ts';
import type { Rollout, Service } from '../../../src/model/playbook.ts';
import { host, MIB, type ServiceShape, service } from '../compile/worlds.ts';
import { type Doom, type Happening, type HappeningKind, type History, WEIGHTS } from './history.ts';

const NAMES = ['agent', 'api', 'db', 'one', 'web', 'work'] as const;

type Name = (typeof NAMES)[number];

/** Most of the time a service has nothing special. */
interface Draw {
  readonly rollout: Rollout;
  readonly replicas: number;
  readonly hasCheck: boolean;
  readonly isOpen: boolean;
  readonly hasPort: boolean;
  readonly isLarge: boolean;
  readonly isSpread: boolean;
  readonly isInZone: boolean;
  readonly isOnePerHost: boolean;
  readonly needs: boolean;
  readonly bakes: boolean;
}

const seldom = fc.nat({ max: 5 }).map((n) => n === 5);

const rollouts: fc.Arbitrary<Rollout> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Rollout>({ kind: 'blue-green' }) },
  { weight: 1, arbitrary: fc.constant<Rollout>({ kind: 'rolling', parallelism: 1, order: 'start-first' }) },
  { weight: 1, arbitrary: fc.constant<Rollout>({ kind: 'rolling', parallelism: 1, order: 'stop-first' }) },
  { weight: 1, arbitrary: fc.constant<Rollout>({ kind: 'canary', percent: 30, holdMs: 1000 }) },
  { weight: 1, arbitrary: fc.constant<Rollout>({ kind: 'recreate' }) },
);

const draws: fc.Arbitrary<Draw> = fc.record({
  rollout: rollouts,
  replicas: fc.nat({ max: 2 }),
  hasCheck: fc.boolean(),
  isOpen: fc.boolean(),
  hasPort: fc.boolean(),
  isLarge: fc.boolean(),
  isSpread: seldom,
  isInZone: seldom,
  isOnePerHost: seldom,
  needs: seldom,
  bakes: seldom,
});

const hosts: fc.Arbitrary<Host[]> = fc
  .array(fc.record({ inA: fc.boolean(), isEdge: seldom, isCordoned: seldom, isEdgeOnly: seldom }), {
    minLength: 2,
    maxLength: 5,
  })
  .map((shapes) =>
    shapes.map(({ inA, isEdge, isCordoned, isEdgeOnly }, index) =>
      host(`vm${index + 1}`, {
        labels: { zone: inA || index === 0 ? 'a' : 'b' },
        roles: index > 1 && isEdgeOnly ? ['edge'] : index === 0 || isEdge ? ['edge', 'worker'] : ['worker'],
        cordoned: index > 1 && isCordoned,
      }),
    ),
  );

/** How a version of the playbook differs from the first. */
interface Change {
  readonly images: readonly number[];
  readonly more: number;
  readonly without: number;
  readonly hasJob: boolean;
}

const changes: fc.Arbitrary<Change> = fc.record({
  images: fc.array(fc.nat({ max: 1 }), { minLength: NAMES.length, maxLength: NAMES.length }),
  more: fc.nat({ max: 2 }),
  without: fc.nat({ max: NAMES.length + 6 }),
  hasJob: seldom,
});

const dooms: fc.Arbitrary<Doom> = fc.record({
  kind: fc.oneof(
    { weight: 5, arbitrary: fc.constant('none' as const) },
    { weight: 2, arbitrary: fc.constantFrom('kill' as const, 'fail' as const, 'strike' as const) },
  ),
  at: fc.noBias(fc.nat({ max: 999 })),
  isHalf: fc.boolean(),
});

const kinds = fc.oneof(
  ...Object.entries(WEIGHTS).map(([kind, weight]) => ({ weight, arbitrary: fc.constant(kind as HappeningKind) })),
);

const happenings: fc.Arbitrary<Happening> = fc.record({
  kind: kinds,
  a: fc.noBias(fc.nat({ max: 999 })),
  b: fc.noBias(fc.nat({ max: 999 })),
  doom: dooms,
  pauseMs: fc.constantFrom(300, 1500, 3000, 11_000, 40_000, 700_000),
  looks: fc.nat({ max: 3 }),
});

/** Histories of 3 to 12 happenings. */
export const histories: fc.Arbitrary<History> = fc
  .record({
    hosts,
    names: fc.subarray([...NAMES], { minLength: 2, maxLength: 4 }),
    draws: fc.array(draws, { minLength: NAMES.length, maxLength: NAMES.length }),
    changes: fc.array(changes, { minLength: 1, maxLength: 2 }),
    isTight: seldom,
    unrestarted: fc.subarray(['work', 'web'], { maxLength: 1 }),
    happenings: fc.array(happenings, { minLength: 3, maxLength: 12, size: 'max' }),
    seed: fc.noBias(fc.nat()),
  })
  .map(({ hosts: list, names, draws: drawn, changes: changed, isTight, unrestarted, happenings: all, seed }) => {
    const calm: Change = { images: [], more: 0, without: NAMES.length, hasJob: false };
    const versions = [calm, ...changed].map((change) => servicesOf(names, drawn, change));
    const memoryBytes = (isTight ? 1536 : 8192) * MIB;
    const history = { hosts: list, memoryBytes, versions, unrestarted, happenings: all, seed };
    // Its story says more than its value, and is in the error.
    return { ...history, [fc.toStringMethod]: () => `a history of ${all.length} happenings, told below` };
  });

function servicesOf(names: readonly Name[], drawn: readonly Draw[], change: Change): Service[] {
  const there = names.filter((name) => names.length === 2 || NAMES.indexOf(name) !== change.without);
  const all = there.flatMap((name) => {
    const draw = drawn[NAMES.indexOf(name)];
    return draw === undefined ? [] : [build(name, draw, { change, there })];
  });
  return change.hasJob ? [...all, service('migrate', { job: 'pre-deploy' })] : all;
}

function build(
  name: Name,
  draw: Draw,
  { change, there }: { readonly change: Change; readonly there: readonly Name[] },
): Service {
  const version = (change.images[NAMES.indexOf(name)] ?? 0) + 1;
  const needed = there.filter((other) => NAMES.indexOf(other) < NAMES.indexOf(name));
  return service(name, {
    ...kindOf(name, draw, change.more),
    image: `${name}:${version}`,
    ...(draw.hasCheck ? { healthcheck: CHECK } : {}),
    ...(draw.isLarge ? { reservation: { cpus: 0, memoryBytes: 256 * MIB } } : {}),
    ...(draw.isSpread ? { spread: ['zone'] } : {}),
    ...(draw.isInZone ? { constraints: [{ key: 'labels.zone', operator: '==', value: 'a' }] } : {}),
    ...(draw.needs ? { dependsOn: Object.fromEntries(needed.map((other) => [other, 'healthy' as const])) } : {}),
    ...(draw.bakes ? { bakeMs: 60_000 } : {}),
  });
}

const CHECK = { test: ['CMD', 'check'], intervalMs: 1000, timeoutMs: 1000, retries: 3, startPeriodMs: 0 };

/** What makes a service what it is; all else is drawn. */
function kindOf(name: Name, draw: Draw, more: number): ServiceShape {
  const { rollout, replicas, isOpen, hasPort, isOnePerHost } = draw;
  const open = isOpen ? { ingress: [{ host: `${name}.test`, port: 80, probe: '/up' }] } : {};
  const apart = isOnePerHost ? { maxPerHost: 2 } : {};
  switch (name) {
    case 'agent':
      return { mode: 'global', rollout, ports: hasPort ? ['80'] : [] };
    case 'api':
      return { replicas: 1 + replicas + more, rollout, ports: hasPort ? ['80', '9000/tcp'] : ['80'], ...open };
    case 'db':
      return { ports: ['5432/tcp'], volumes: ['data'] };
    case 'one':
      return { rollout, ports: hasPort ? ['80'] : ['9000/tcp'] };
    case 'web':
      return { replicas: 2 + replicas + more, rollout, ports: ['80'], ...open, ...apart };
    case 'work':
      return { replicas: 1 + replicas, rollout };
    default:
      return name satisfies never;
  }
}
