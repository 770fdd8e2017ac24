/** What a history is: a small fleet, versions of its playbook, and what happens to it. */
import type { Host } from '../../../src/model/inventory.ts';
import type { Service } from '../../../src/model/playbook.ts';

/** A small fleet and what happens to it, wholly decided by this value. */
export interface History {
  readonly hosts: readonly Host[];
  readonly memoryBytes: number;
  /** The first one is deployed at the beginning. */
  readonly versions: readonly (readonly Service[])[];
  /** Services with `restart: no`. */
  readonly unrestarted: readonly string[];
  readonly happenings: readonly Happening[];
  /** Decides the order of steps where their needs leave it open. */
  readonly seed: number;
}

/** One thing that happens. What it happens to is chosen by the numbers, from what is there at that time. */
export interface Happening {
  readonly kind: HappeningKind;
  readonly a: number;
  readonly b: number;
  /** What becomes of its run, or of the next repair. */
  readonly doom: Doom;
  /** Then so much time passes before the watcher looks, and between its looks. */
  readonly pauseMs: number;
  readonly looks: number;
}

/** What is to become of a run: it goes through, is killed, fails by itself, or something happens meanwhile. */
export interface Doom {
  readonly kind: 'none' | 'kill' | 'fail' | 'strike';
  /** At which step, counted round and round. */
  readonly at: number;
  /** Killed: the step is half done. Failed: the step was done. */
  readonly isHalf: boolean;
}

/** How often each thing happens, by weight. */
export const WEIGHTS = {
  'power is lost': 3,
  'cut off': 3,
  parted: 3,
  'Docker is lost': 1,
  'most are cut off': 1,
  mended: 8,
  'container ends': 2,
  'container is restarted': 1,
  'container is removed': 3,
  'container fails its check': 3,
  'container hangs': 2,
  'container crashes again and again': 1,
  'container ends after each start': 1,
  'service fails its check': 1,
  'ills are over': 4,
  'router is removed': 1,
  'router is stopped': 1,
  'router file is edited': 2,
  'records are lost': 1,
  deploy: 6,
  'deploy of one service': 2,
  scale: 3,
  rollback: 3,
  drain: 2,
  cordon: 1,
  uncordon: 3,
  rebalance: 1,
  'watcher starts anew': 1,
  nothing: 1,
} as const satisfies Readonly<Record<string, number>>;

/** A key of the table above. */
export type HappeningKind = keyof typeof WEIGHTS;

/** The fleet and the versions of its playbook, as the story begins. */
export function worldOf({ hosts, memoryBytes, versions, unrestarted }: History): string[] {
  const places = hosts.map(({ name, labels, roles, cordoned }) => {
    return `${name} (zone ${labels.zone}, ${roles.join('+')}${cordoned ? ', cordoned' : ''})`;
  });
  const never = unrestarted.length === 0 ? '' : `; restart: no for ${unrestarted.join(', ')}`;
  return [
    `hosts of ${memoryBytes / 2 ** 20} MiB: ${places.join(', ')}${never}`,
    ...versions.flatMap((services, version) => [`version ${version}:`, ...services.map(wordsOfService)]),
  ];
}

function wordsOfService(service: Service): string {
  const { image, mode, replicas, rollout, ports, mounts, constraints, maxPerHost, reservation } = service;
  const order = rollout.kind === 'rolling' ? ` ${rollout.order}` : '';
  const about = [
    mode === 'global' ? 'on every host' : `${replicas} replicas`,
    `${rollout.kind}${order}`,
    ports.length === 0 ? 'no ports' : `ports ${ports.map(({ port }) => port).join(' ')}`,
    ...(service.job === undefined ? [] : ['a job']),
    ...(service.healthcheck === undefined ? [] : ['checked']),
    ...(service.bakeMs === undefined ? [] : ['kept warm']),
    ...(mounts.length === 0 ? [] : ['a volume']),
    ...constraints.map(({ key, value }) => `${key} ${value}`),
    ...(maxPerHost === undefined ? [] : [`${maxPerHost} a host`]),
    ...(reservation.memoryBytes === 0 ? [] : [`${reservation.memoryBytes / 2 ** 20} MiB`]),
    ...(Object.keys(service.dependsOn).length === 0 ? [] : [`needs ${Object.keys(service.dependsOn).join(' ')}`]),
  ];
  return `  ${image}: ${about.join(', ')}`;
}
