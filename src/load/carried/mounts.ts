/**
 * Bind mounts of this machine's files. A path that was written relative, or that lies in the project's folder, is of the
 * machine that runs fleet: it is carried to the hosts and read-only there. All other absolute paths are the hosts' own.
 */
import { basename, relative, sep } from 'node:path';
import { FleetError, type FleetErrorDetails, type Location } from '../../model/error.ts';
import type { CarriedEntry, Mount, Playbook, Service } from '../../model/playbook.ts';
import type { Draft } from '../playbook/context.ts';
import { formatLocation, guarded, problemAt, type Where } from '../problems.ts';
import { modeOf } from '../service/amounts.ts';
import { constraintsOf } from '../service/build.ts';
import { rolloutOf } from '../service/rollout.ts';
import type { ServiceEntry } from '../service/schema.ts';
import { exists } from '../source.ts';
import { find, locate } from '../tree.ts';
import { parseSize } from '../units.ts';
import { CARRY_LIMIT, type CarryLimit, kindOf, type Mountpoint, readCarried } from './read.ts';

/** What was read for the bind mounts of all active services. */
export interface CarriedMounts {
  readonly carried: Playbook['carried'];
  /** What is otherwise than with Compose. */
  readonly notes: readonly string[];
  /** The service with its mounts of this machine's files as carried ones. */
  readonly settle: (service: Service) => Service;
}

/** One bind mount of a file or folder of this machine. */
interface Bind {
  readonly service: string;
  /** Absolute. */
  readonly source: string;
  readonly target: string;
  readonly where: Where;
  readonly mountpoints: readonly Mountpoint[];
  readonly whenMissing: string;
}

/** Reads all carried files; problems go to the draft, at the mounts that name them. */
export async function readCarriedMounts(draft: Draft, projectDir: string): Promise<CarriedMounts> {
  const limit = limitOf(draft);
  const carried = new Map<string, readonly CarriedEntry[]>();
  const digests = new Map<string, string>();
  const missing: Missing = new Map();
  const notes: string[] = [];
  for (const bind of await bindsOf(draft, projectDir, notes)) {
    const found = await located(bind, missing, () => readCarried({ ...bind, limit }));
    if (found === undefined) continue;
    carried.set(found.digest, found.entries);
    digests.set(keyOf(bind.service, bind.target), found.digest);
  }
  draft.problems.push(...[...missing.values()].flat());
  const settled = (service: string, mount: Mount): Mount => {
    const digest = mount.kind === 'bind' ? digests.get(keyOf(service, mount.target)) : undefined;
    return digest === undefined ? mount : { kind: 'carried', digest, target: mount.target };
  };
  return {
    carried: Object.fromEntries([...carried].sort(([left], [right]) => (left < right ? -1 : 1))),
    notes,
    settle: (service) => {
      const mounts = service.mounts.map((mount) => settled(service.name, mount));
      return { ...service, mounts, rollout: rolloutFor(service, mounts, draft) };
    },
  };
}

/** Two colours must not write to one path of a host, unless the file says that they may. */
function rolloutFor({ name, rollout }: Service, mounts: readonly Mount[], { services }: Draft): Service['rollout'] {
  const entry = services.find(([one]) => one === name)?.[1];
  const isSaid = entry?.['x-fleet']?.rollout?.way !== undefined;
  if (isSaid || rollout.kind !== 'blue-green' || !mounts.some(isWrittenOnHost)) return rollout;
  return { kind: 'recreate' };
}

/** True when replicas before would stay warm, if it were not for what they write to. */
function isBaked(entry: ServiceEntry): boolean {
  const { way, bakeMs = 0 } = entry['x-fleet']?.rollout ?? {};
  return bakeMs > 0 && way === undefined && rolloutOf(entry).kind === 'blue-green';
}

/** What belongs to the system of a host is not a service's data. */
function isWrittenOnHost(mount: Mount): boolean {
  if (mount.kind !== 'bind' || mount.readOnly) return false;
  return !/^\/($|(proc|sys|dev|run|var\/run|tmp|lib|usr|boot)(\/|$))|^\/etc\/[^/]+$|\.sock$/.test(mount.source);
}

function keyOf(service: string, target: string): string {
  return `${service} ${target}`;
}

/** `x-fleet: { carry_limit: 20MiB }` at the top. */
function limitOf(draft: Draft): CarryLimit {
  const where = { tree: draft.tree, path: ['x-fleet', 'carry_limit'] };
  const node = find(draft.tree, where.path);
  if (node?.kind !== 'scalar' || node.value === null) return CARRY_LIMIT;
  const bytes = guarded(where, draft.problems, () => parseSize(String(node.value)));
  return bytes === undefined ? CARRY_LIMIT : { ...CARRY_LIMIT, bytes };
}

async function bindsOf(draft: Draft, projectDir: string, notes: string[]): Promise<Bind[]> {
  const binds: Bind[] = [];
  for (const [service, entry] of draft.services) {
    const { volumes = [] } = entry;
    const moves =
      modeOf(entry) !== 'global' && !constraintsOf(entry).some(({ constraint }) => constraint.key === 'hostname');
    for (const [index, mount] of volumes.entries()) {
      if (mount.kind !== 'bind') continue;
      const path = ['services', service, 'volumes', index, 'source'];
      const written = find(draft.tree, path)?.written;
      const at = `services.${service}.volumes[${index}]`;
      if (!(await isOfThisMachine(mount.source, written, projectDir))) {
        if (moves && isWrittenOnHost(mount))
          notes.push(`${at}: ${mount.source} is of the host that it runs on; ${STAY}`);
        if (isBaked(entry) && isWrittenOnHost(mount))
          notes.push(`services.${service}.x-fleet.rollout.bake: not used, what writes to ${mount.source} is recreated`);
        continue;
      }
      const { source, target, readOnly } = mount;
      const shown = written ?? source;
      if (written === undefined)
        notes.push(`${at}: ${shown} is in the project's folder, so it is carried to the hosts`);
      if (!readOnly) notes.push(`${at}: ${shown} is carried to the hosts and read-only there`);
      const mountpoints = await mountpointsIn(target, volumes);
      const whenMissing = readOnly ? 'make it' : wayOut(source, target);
      binds.push({ service, source, target, where: { tree: draft.tree, path }, mountpoints, whenMissing });
    }
  }
  return binds;
}

const STAY = 'deploy.placement.constraints: [node.hostname == HOST] keeps the service there';

/** Most folders that are not there yet are for what a service writes; Compose makes them, empty. */
function wayOut(source: string, target: string): string {
  const name = /[a-z0-9][a-z0-9_-]*$/.exec(basename(source).toLowerCase())?.[0] ?? 'data';
  return `if the service writes there, use a named volume: "${name}:${target}"; if it only reads it, make it`;
}

/** An absolute path that is not there, but could be in the project, is meant for the hosts. */
async function isOfThisMachine(source: string, written: string | undefined, projectDir: string): Promise<boolean> {
  if (written !== undefined) return true;
  const below = relative(projectDir, source);
  if (below === '..' || below.startsWith(`..${sep}`)) return false;
  return exists(source);
}

/** Where other mounts of the service lie below the target. */
async function mountpointsIn(target: string, mounts: readonly Mount[]): Promise<Mountpoint[]> {
  const prefix = target === '/' ? '/' : `${target}/`;
  const inner = mounts.filter((mount) => mount.target.startsWith(prefix) && mount.target !== target);
  return Promise.all(
    inner.map(async (mount) => ({ path: mount.target.slice(prefix.length), kind: await kindOfMount(mount) })),
  );
}

/** What is only on the hosts is taken for what its name says: a dot makes it a file. */
async function kindOfMount(mount: Mount): Promise<Mountpoint['kind']> {
  if (mount.kind !== 'bind') return 'folder';
  const guess = /.\.[^.]/.test(basename(mount.source)) ? 'file' : 'folder';
  return kindOf(mount.source).catch(() => guess);
}

/** Problems by what they say: what is wrong with one file is said once, however many services mount it. */
type Missing = Map<string, FleetError[]>;

async function located<T>({ where }: Bind, found: Missing, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    const { code, message, hint } = error;
    const location = locate(where.tree, where.path);
    const problem = problemAt(where, code, message, hint === undefined ? {} : { hint });
    const [first, ...others] = found.get(message) ?? [];
    if (first === undefined || isSamePlace(first.location, location)) {
      found.set(message, first === undefined ? [problem] : [first, ...others, problem]);
    } else if (!first.related.some((one) => isSamePlace(one.location, location))) {
      const related = [...first.related, { location, message: 'and here' }];
      const details = { ...(hint === undefined ? {} : { hint: first.hint ?? hint }), related };
      found.set(message, [withDetails(first, details), ...others]);
    }
    return undefined;
  }
}

function withDetails({ code, message, location }: FleetError, details: FleetErrorDetails): FleetError {
  return new FleetError(code, message, { ...(location === undefined ? {} : { location }), ...details });
}

function isSamePlace(one: Location | undefined, other: Location): boolean {
  return one !== undefined && formatLocation(one) === formatLocation(other);
}
