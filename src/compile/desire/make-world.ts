/** Makes the world of a question: everything in one order, with the ports that images bring and volumes by their names. */
import { type HealOrder, NO_ORDER } from '../../model/heal.ts';
import type { Host, Inventory } from '../../model/inventory.ts';
import type { ImageFacts, Observed, ReleaseRecord } from '../../model/observed.ts';
import type { Intent } from '../../model/plan.ts';
import type { Playbook, Service } from '../../model/playbook.ts';
import { withImagePorts, withWebPort } from './ports.ts';
import { upstreamsBy } from './serving.ts';
import { type Existing, existingContainers, hostNames, type Present, type Stance, type World } from './world.ts';

/** What a world is made of. */
export interface WorldParts {
  readonly inventory: Inventory;
  readonly playbook: Playbook;
  readonly observed: Observed;
  readonly intent: Intent;
  readonly pins: Readonly<Record<string, ImageFacts>>;
}

/** The world; nothing moves in it, nothing is kept warm, and there is room for all that ended. */
export function worldOf({ inventory, playbook, observed, intent, pins }: WorldParts): World {
  const closed = closedBy(intent);
  const hosts = [...inventory.hosts]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((host) => (closed.includes(host.name) ? { ...host, cordoned: true } : host));
  const services = playbook.services
    .map((service) => withVolumeNames(service, playbook))
    .map((service) => withWebPort(withImagePorts(service, playbook.app, observed, pins[service.name])))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const up = hosts.filter(({ name }) => observed.hosts[name]?.reachable === true);
  return {
    inventory: { ...inventory, hosts },
    playbook: { ...playbook, services },
    observed,
    up,
    present: presentOf({ playbook, observed, hosts, up }),
    stance: stanceFor(intent, inventory),
    moves: new Map(),
    warm: new Set(),
    crowded: new Set(),
  };
}

interface PresentParts extends Pick<World, 'playbook' | 'observed' | 'up'> {
  readonly hosts: readonly Host[];
}

function presentOf({ playbook, observed, hosts, up }: PresentParts): Present {
  const containers = new Map<string, Existing[]>();
  for (const existing of existingContainers(playbook.app, observed)) {
    const { service } = existing.container;
    const own = containers.get(service);
    if (own === undefined) containers.set(service, [existing]);
    else own.push(existing);
  }
  const declared = new Map(up.map((host) => [host.name, host]));
  const answered = hostNames(observed.hosts).filter((name) => observed.hosts[name]?.reachable === true);
  return {
    hosts: declared,
    strangers: new Set(answered.filter((name) => !declared.has(name))),
    silent: new Set(Object.keys(observed.hosts).filter((name) => observed.hosts[name]?.reachable === false)),
    containers,
    upstreams: upstreamsBy(playbook.app, observed, hosts),
  };
}

/** Replicas that the last release left warm, while their time is not over. */
export function warmOf(recorded: ReleaseRecord | undefined, now: number | undefined): ReadonlySet<string> {
  if (recorded?.warm === undefined || now === undefined) return new Set();
  return new Set(now < recorded.at + recorded.warm.forMs ? recorded.warm.replicas : []);
}

/** Hosts that get nothing new while the intent is carried out: those that come and go, and the one that is drained. */
function closedBy(intent: Intent): readonly string[] {
  if (intent.kind === 'drain') return [intent.host];
  if (intent.kind === 'scale') return intent.watcher?.avoided ?? [];
  return intent.kind === 'heal' ? intent.order.avoided : [];
}

/**
 * A deploy or rollback puts everything as it asks, off drained hosts too, and counts silent hosts as gone: a person has
 * seen the plan. A repair does what its order says. All others touch nobody but those whom they are about.
 */
function stanceFor(intent: Intent, { hosts }: Inventory): Stance {
  const order: HealOrder = intent.kind === 'heal' ? intent.order : NO_ORDER;
  // Nobody is there to read the refusal of what a watcher asks for.
  const misfits = intent.kind === 'scale' && intent.watcher !== undefined ? 'reported' : 'refused';
  const strict = { misfits, leaving: intent.kind === 'drain' ? [intent.host] : [] } as const;
  const drained = hosts.filter((host) => host.drained === true).map(({ name }) => name);
  switch (intent.kind) {
    case 'deploy':
    case 'remove':
    case 'rollback':
      return { health: 'reported', ended: 'replaced', silent: 'gone', ...strict, leaving: drained, order };
    case 'heal':
      return { health: 'ordered', ended: 'resumed', silent: 'away', misfits: 'reported', leaving: [], order };
    case 'scale':
    case 'drain':
    case 'rebalance':
      return { health: 'ordered', ended: 'resumed', silent: 'as-routed', ...strict, order };
    default:
      return intent satisfies never;
  }
}

/** Mounts name volumes by their key in the file; hosts know them by their name in Docker. */
function withVolumeNames(service: Service, { volumes }: Playbook): Service {
  const mounts = service.mounts.map((mount) =>
    mount.kind === 'volume' ? { ...mount, volume: volumes[mount.volume] ?? mount.volume } : mount,
  );
  return { ...service, mounts };
}
