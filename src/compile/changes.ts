/** The plan as a reviewer reads it: per service what changes and why, and what changes in the routers. */
import type { Placement, RouterChange, ServiceChange } from '../model/plan.ts';
import { type Context, startsByService } from './context.ts';
import { pinned } from './desire/images.ts';
import { isFromImage } from './desire/ports.ts';
import type { Situation } from './desire/situation.ts';
import type { Existing } from './desire/world.ts';
import type { Start } from './place/planned.ts';
import { warmBlues } from './sequence/bake.ts';
import type { Moment } from './sequence/moments.ts';

/** One change per service of the playbook, then those that leave. Sorted by name. */
export function serviceChanges(context: Context, orphans: readonly Existing[]): ServiceChange[] {
  const starts = startsByService(context.starts);
  const own = context.situations.map((situation) =>
    changeOf(context, situation, starts.get(situation.desired.service.name) ?? []),
  );
  const jobs = [...new Set(context.jobs.map(({ desired }) => desired))].map((desired): ServiceChange => {
    const runs = context.jobs.filter((run) => run.desired === desired).map(({ start }) => start);
    const often = runs.length === 1 ? 'once' : `${runs.length} times`;
    return {
      ...blank(desired.service.name, pinned(desired.service.image, desired.facts)),
      change: 'create',
      reasons: [`runs ${often} before the new release starts`],
      rollout: 'job',
      starts: runs.map(({ replica, host }) => ({ replica, host, ports: [] })),
    };
  });
  const gone = [...new Set(orphans.map(({ container }) => container.service))].map(
    (service): ServiceChange => ({
      ...blank(service, ''),
      change: 'remove',
      reasons: ['no longer in the playbook'],
      stops: orphans.filter(({ container }) => container.service === service).map(shown),
    }),
  );
  return [...own, ...jobs, ...gone].sort((a, b) => (a.service < b.service ? -1 : 1));
}

/** Where every replica belongs after the plan. */
export function placementsOf(context: Context): Placement[] {
  const { hosts } = context.world.present;
  const images = new Map(
    context.desired.map(({ service, facts }) => [service.name, pinned(service.image, facts)] as const),
  );
  const rest = (service: string, host: string): Pick<Placement, 'address' | 'image'> => ({
    address: hosts.get(host)?.private ?? '',
    image: images.get(service) ?? pinned('', undefined),
  });
  const stays = context.situations.flatMap(({ desired, stays: kept, resumed }) =>
    [...kept, ...resumed].map(({ container, host }): Placement => {
      const { slot, name: replica, ports } = container;
      const service = desired.service.name;
      const { address, image } = rest(service, host);
      return { service, slot, replica, host, address, ports, image, change: 'stays' };
    }),
  );
  const starts = context.starts.map(({ service, slot, replica, host, ports }): Placement => {
    const { address, image } = rest(service, host);
    return { service, slot, replica, host, address, ports, image, change: 'starts' };
  });
  return [...stays, ...starts].sort((a, b) =>
    a.service === b.service ? a.slot - b.slot : a.service < b.service ? -1 : 1,
  );
}

/** The nginx files that change, host by host, from what is live to the last cutover. */
export function routerChanges(cutovers: readonly Moment[]): RouterChange[] {
  const first = new Map<string, { http: string; stream: string }>();
  const last = new Map<string, { http: string; stream: string }>();
  for (const { switches } of cutovers) {
    for (const { site, next, before } of switches) {
      if (!first.has(site.host.name)) first.set(site.host.name, before ?? { http: '', stream: '' });
      last.set(site.host.name, next);
    }
  }
  return [...last].flatMap(([host, next]) =>
    (['http', 'stream'] as const)
      .map((kind) => ({ host, file: `${kind}.conf`, before: first.get(host)?.[kind] ?? '', after: next[kind] }))
      .filter(({ before, after }) => withoutHeader(before) !== withoutHeader(after)),
  );
}

/** The first line names the generation; it alone is no change worth reading. */
function withoutHeader(text: string): string {
  return text.slice(text.indexOf('\n') + 1);
}

function changeOf(context: Context, situation: Situation, starts: readonly Start[]): ServiceChange {
  const { desired, stays, resumed, blues, leftovers, vacancies } = situation;
  const { service, spec } = desired;
  const before = context.recorded?.specs[service.name];
  const moves = [starts, vacancies, blues, leftovers, resumed].some((list) => list.length > 0);
  const isSame = !moves && situation.unserved.size === 0;
  const change = isSame ? 'none' : before === undefined ? 'create' : before === spec ? 'repair' : 'update';
  return {
    ...blank(service.name, pinned(service.image, desired.facts)),
    change,
    reasons: isSame ? [] : reasonsOf(context, situation),
    replicas: service.mode === 'global' ? stays.length + resumed.length + vacancies.length : service.replicas,
    rollout: service.rollout.kind,
    starts: starts.map(({ replica, host, ports }) => ({ replica, host, ports: ports.map(({ hostPort }) => hostPort) })),
    stops: [...blues, ...leftovers].map(shown),
    stays: [...stays, ...resumed].map(shown),
    notes: notesOf(context, situation, starts.length),
  };
}

function reasonsOf(context: Context, situation: Situation): string[] {
  const { desired } = situation;
  const { service, spec } = desired;
  const record = context.recorded;
  const before = record?.specs[service.name];
  if (before === undefined) return ['new'];
  const reasons: string[] = [];
  if (before !== spec) {
    const old = record?.images[service.name];
    if (old !== undefined && old.image !== service.image) reasons.push(`image ${old.image} -> ${service.image}`);
    else if (old !== undefined && old.digest !== desired.facts?.digest)
      reasons.push(`image ${service.image} is another one now`);
    else reasons.push(...changedParts(record?.parts?.[service.name], desired.parts));
  } else reasons.push(...shortfall(context, situation));
  return reasons.length > 0 ? reasons : ['goes on where a run was cut off'];
}

/** Why a service that is as its release says has something to be done. */
function shortfall({ world }: Context, { stays, blues, vacancies }: Situation): string[] {
  if (vacancies.length === 0) return blues.length === 0 ? [] : [`${blues.length} too many`];
  const total = stays.length + vacancies.length;
  const leaving = blues.filter(({ host }) => world.stance.leaving.includes(host));
  const isWanted = ({ container }: Existing): boolean => world.moves.has(`${container.service}.${container.slot}`);
  const moving = blues.filter((blue) => !leaving.includes(blue) && isWanted(blue));
  if (leaving.length + moving.length === vacancies.length) {
    const hosts = [...new Set(leaving.map(({ host }) => host))].sort().join(', ');
    return [
      ...(leaving.length === 0 ? [] : [`${leaving.length} of ${total} to leave ${hosts}`]),
      ...(moving.length === 0 ? [] : [`${moving.length} of ${total} to move`]),
    ];
  }
  const others = blues.length === 0 ? [] : ['some are unhealthy or in the wrong place'];
  return [`${stays.length} of ${total} replicas run`, ...others];
}

/** "environment LEVEL", "config page": at most three, then how many more. */
function changedParts(
  before: Readonly<Record<string, string>> | undefined,
  now: Readonly<Record<string, string>>,
): string[] {
  if (before === undefined) return ['settings changed'];
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])]
    .sort()
    .filter((name) => before[name] !== now[name]);
  const shownNames = names
    .slice(0, 3)
    .map((name) => `${name} ${before[name] === undefined ? 'added' : now[name] === undefined ? 'removed' : 'changed'}`);
  return names.length > 3 ? [...shownNames, `${names.length - 3} more changes`] : shownNames;
}

function notesOf(context: Context, { desired, blues, waiting }: Situation, starts: number): string[] {
  const { service } = desired;
  const notes = [...(context.schedule.notes.get(service.name) ?? [])];
  const volumes = service.mounts.flatMap((mount) => (mount.kind === 'volume' ? [mount.volume] : []));
  if (service.rollout.kind === 'recreate' && blues.length > 0 && starts > 0) {
    const kept = volumes.length > 0 ? `, volume ${volumes.join(', ')} stays on ${blues[0]?.host ?? ''}` : '';
    notes.push(`recreate: a pause of a few seconds without ${service.name}${kept}`);
  }
  const warm = warmBlues(context).filter(({ container }) => container.service === service.name).length;
  if (warm > 0) {
    const minutes = Math.round(((service.bakeMs ?? 0) / 60_000) * 10) / 10;
    notes.push(`${warm} old replicas stay warm for ${minutes} min: until then fleet rollback is a switch only`);
  }
  const streams = service.ports.filter(({ protocol }) => protocol !== 'http').map(({ port }) => port);
  if (service.rollout.kind !== 'recreate' && streams.length > 0 && blues.length > 0) {
    notes.push(`port ${streams.join(', ')} is TCP: open connections stay with the old replicas until those stop`);
  }
  if (starts > 0 && isFromImage(service)) {
    const ports = service.ports.map(({ port }) => port);
    notes.push(
      `port ${ports.join(', ')} is known from the image alone: expose it to have it checked before traffic comes`,
    );
  }
  for (const { host, container, away } of waiting) notes.push(waitingNote(host, container, away));
  return notes;
}

function waitingNote(host: string, container: string, away: true | undefined): string {
  return away
    ? `${container} is out of the routers while ${host} does not answer; its place is kept for now`
    : `${container} is bound to its volume on ${host}, which does not answer: it waits for that host`;
}

function blank(service: string, image: string): ServiceChange {
  return {
    service,
    change: 'none',
    reasons: [],
    replicas: 0,
    rollout: '',
    image,
    starts: [],
    stops: [],
    stays: [],
    notes: [],
  };
}

function shown({ container, host }: Existing): { replica: string; host: string } {
  return { replica: container.name, host };
}
