/** Attributes of one service that can not be true together, with both places. */
import type { FleetErrorDetails } from '../../model/error.ts';
import { limitsOf, modeOf, replicasOf, reservationOf, saidTwice } from '../service/amounts.ts';
import { buildByHand } from '../service/image.ts';
import type { ServiceEntry } from '../service/schema.ts';
import { find, locate, type Path } from '../tree.ts';
import { type Draft, placeOf, report } from './context.ts';

/** Lists everything in which a service contradicts itself. */
export function checkConflicts(draft: Draft, name: string, entry: ServiceEntry): void {
  const check: Check = { draft, name, entry };
  checkImage(check);
  checkTwice(check);
  checkReservations(check);
  checkSwap(check);
  checkCpus(check);
  checkContainerName(check);
  checkHostName(check);
  checkLinks(check);
}

interface Check {
  readonly draft: Draft;
  readonly name: string;
  readonly entry: ServiceEntry;
}

function checkImage({ draft, name, entry }: Check): void {
  const own = find(draft.tree, ['services', name]);
  const isSaid = draft.problems.some(({ message }) => message.startsWith(`services.${name}.image:`));
  if (entry.image !== undefined || own?.kind !== 'map' || isSaid || draft.imageLost.has(name)) return;
  if (entry.build === undefined) {
    report(draft, placeOf(draft, name, 'image'), 'E_SCHEMA', 'is missing', { expected: 'an image such as nginx:1.30' });
    return;
  }
  report(draft, placeOf(draft, name, 'build'), 'E_UNSUPPORTED', 'fleet runs images and builds none', {
    hint: buildByHand(draft.app, name, entry.build),
  });
}

function checkTwice(check: Check): void {
  for (const { old, path, values } of saidTwice(check.entry)) {
    const [before, now] = values;
    if (before === undefined || now === undefined || before === now) continue;
    clash(check, [old], path, `says something else than ${path.join('.')}`, { hint: `remove ${old}` });
  }
}

function checkReservations(check: Check): void {
  const { entry } = check;
  const limits = limitsOf(entry);
  const reserved = reservationOf(entry);
  const below = (part: string, key: string) => ['deploy', 'resources', part, key];
  const refuse = (reservedAt: Path, limitAt: Path, isMore: boolean) => {
    if (!isMore) return;
    const expected = `at most ${limitAt.filter((part) => part !== 'deploy' && part !== 'resources').join('.')}`;
    clash(check, reservedAt, limitAt, 'is more than the limit', { expected });
  };
  refuse(
    below('reservations', 'cpus'),
    given(check, below('limits', 'cpus'), ['cpus']),
    limits.cpus !== undefined && reserved.cpus > limits.cpus,
  );
  refuse(
    given(check, below('reservations', 'memory'), ['mem_reservation']),
    given(check, below('limits', 'memory'), ['mem_limit']),
    limits.memoryBytes !== undefined && reserved.memoryBytes > limits.memoryBytes,
  );
}

/** Docker counts swap and memory together. */
function checkSwap(check: Check): void {
  const { draft, name, entry } = check;
  const { memoryBytes } = limitsOf(entry);
  const swap = entry.memswap_limit;
  if (swap === undefined || swap < 0) return;
  if (memoryBytes === undefined) {
    report(draft, placeOf(draft, name, 'memswap_limit'), 'E_VALUE', 'needs a limit of memory beside it', {
      hint: 'add mem_limit, or remove memswap_limit',
    });
  } else if (swap < memoryBytes) {
    const limitAt = given(check, ['deploy', 'resources', 'limits', 'memory'], ['mem_limit']);
    clash(check, ['memswap_limit'], limitAt, 'is memory and swap together, and less than the memory alone', {
      expected: 'at least the limit of memory',
    });
  }
}

/** Docker takes one of the two ways to say it. */
function checkCpus(check: Check): void {
  if (limitsOf(check.entry).cpus === undefined) return;
  const limitAt = given(check, ['deploy', 'resources', 'limits', 'cpus'], ['cpus']);
  for (const key of ['cpu_quota', 'cpu_period'] as const) {
    if (check.entry[key]) clash(check, [key], limitAt, 'can not be set beside cpus', { hint: `remove ${key}` });
  }
}

function checkContainerName(check: Check): void {
  const { draft, name, entry } = check;
  if (entry.container_name === undefined) return;
  if (modeOf(entry) === 'global') {
    clash(check, ['container_name'], ['deploy', 'mode'], 'several containers can not have one name', REMOVE_NAME);
  } else if ((replicasOf(entry) ?? 1) > 1) {
    const at = find(draft.tree, ['services', name, 'deploy', 'replicas']) === undefined ? ['scale'] : DEPLOY_REPLICAS;
    clash(check, ['container_name'], at, 'several replicas can not have one name', REMOVE_NAME);
  }
}

const DEPLOY_REPLICAS = ['deploy', 'replicas'];
const REMOVE_NAME = { hint: 'remove container_name: other services reach this one by its own name, or by aliases' };

function checkHostName(check: Check): void {
  if (check.entry.uts !== 'host' || check.entry.hostname === undefined) return;
  clash(check, ['hostname'], ['uts'], 'with uts: host the container has the name of its host', {
    hint: 'remove one of them',
  });
}

function checkLinks({ draft, name, entry }: Check): void {
  const own = Object.keys(entry.networks ?? { default: [] });
  for (const [index, { service }] of (entry.links ?? []).entries()) {
    const other = draft.services.find(([one]) => one === service)?.[1];
    if (other === undefined || draft.broken.has(service) || draft.broken.has(name)) continue;
    const theirs = Object.keys(other.networks ?? { default: [] });
    if (theirs.some((network) => own.includes(network))) continue;
    report(draft, placeOf(draft, name, 'links', index), 'E_VALUE', `${name} and ${service} share no network`, {
      hint: `add ${theirs[0] ?? 'a network'} to the networks of ${name}`,
    });
  }
}

/** The first of the two paths when it is there, else the second. */
function given({ draft, name }: Check, path: Path, old: Path): Path {
  return find(draft.tree, ['services', name, ...path]) === undefined ? old : path;
}

/** A problem at one path with a note that points at the other. */
function clash({ draft, name }: Check, path: Path, other: Path, message: string, details: FleetErrorDetails): void {
  const where = placeOf(draft, name, ...other);
  const related = [{ message: other.join('.'), location: locate(draft.tree, where.path) }];
  report(draft, placeOf(draft, name, ...path), 'E_VALUE', message, { ...details, related });
}
