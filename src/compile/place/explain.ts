/** Explains why a replica fits nowhere: numbers per host, and the smallest change that would do. */

import type { Location } from '../../model/error.ts';
import { FleetError } from '../../model/error.ts';
import type { Playbook, Service } from '../../model/playbook.ts';
import type { World } from '../desire/world.ts';
import { mebibytes, type Refusal, round } from './filters.ts';
import type { TooEarly } from './needs.ts';

/** An error at the place of a service in its playbook. */
export function problemAt(
  playbook: Playbook,
  service: string,
  { code, message, hint }: { readonly code: string; readonly message: string; readonly hint: string },
): FleetError {
  const location = playbook.locations[`services.${service}`];
  return new FleetError(code, message, { hint, ...(location === undefined ? {} : { location }) });
}

/** E_UNPLACEABLE for the slots of a service that no host can take. */
export function unplaceable(
  service: Service,
  slots: readonly number[],
  refusals: readonly Refusal[],
  locations: Readonly<Record<string, Location>>,
): FleetError {
  const wanted = service.mode === 'global' ? slots.length : service.replicas;
  const location = locations[`services.${service.name}.deploy.replicas`] ?? locations[`services.${service.name}`];
  return new FleetError(
    'E_UNPLACEABLE',
    `${service.name}: ${slots.length} of ${wanted} replicas ${slots.length === 1 ? 'fits' : 'fit'} nowhere`,
    {
      expected: needs(service),
      notes: [summary(refusals)],
      hint: wayOut(service, slots.length, refusals),
      ...(location === undefined ? {} : { location }),
    },
  );
}

/** E_UNPLACEABLE for a new service that has no room before the old replicas of others are gone. */
export function noRoomInTime({ playbook }: World, { service, needed }: TooEarly): FleetError {
  const message = `${needed}: no room beside what runs now, and ${service} needs it first`;
  return problemAt(playbook, needed, {
    code: 'E_UNPLACEABLE',
    message,
    hint: 'make room on a host, or scale something down first',
  });
}

/** E_UNPLACEABLE for a replica that gets no host port. */
export function portsUsedUp({ inventory, playbook }: World, service: string, host: string): FleetError {
  const range = inventory.network.portRange.join('-');
  const message = `${service}: ${host} has no free port in ${range} to publish a replica on`;
  return problemAt(playbook, service, {
    code: 'E_UNPLACEABLE',
    message,
    hint: 'set `network: { ports: … }` to a larger range',
  });
}

function needs({ reservation }: Service): string {
  return `each needs ${round(reservation.cpus)} cpu and ${mebibytes(reservation.memoryBytes)} MiB`;
}

/** "6 hosts: 1 cordoned (vm6), 2 lack zone=a (vm3, vm4), 3 lack memory: vm2 has 300 MiB free, …". */
function summary(refusals: readonly Refusal[]): string {
  if (refusals.length === 0) return 'no host answered';
  const groups = new Map<string, Refusal[]>();
  for (const refusal of refusals) {
    const key = refusal.lacks === undefined ? refusal.text : `lack ${refusal.kind}`;
    groups.set(key, [...(groups.get(key) ?? []), refusal]);
  }
  const parts = [...groups].map(([key, members]) => {
    const shown = members.length > MOST_NAMED ? nearestFirst(members).slice(0, NAMED) : members;
    const more = members.length > shown.length ? [`${members.length - shown.length} more`] : [];
    const lines = shown.map(({ host, text, lacks }) => (lacks === undefined ? host : `${host} ${text}`));
    const inner = [...lines, ...more].join(', ');
    return members[0]?.lacks === undefined
      ? `${members.length} ${key} (${inner})`
      : `${members.length} ${key}: ${inner}`;
  });
  return `${refusals.length} hosts: ${parts.join(', ')}`;
}

/** Of more hosts that fell for one reason only the nearest are named. */
const MOST_NAMED = 12;
const NAMED = 5;

function nearestFirst(refusals: readonly Refusal[]): Refusal[] {
  return [...refusals].sort((a, b) => (a.lacks ?? 0) - (b.lacks ?? 0));
}

function wayOut(service: Service, missing: number, refusals: readonly Refusal[]): string {
  const ways: string[] = [];
  for (const kind of ['memory', 'cpu'] as const) {
    const nearest = refusals
      .filter((refusal) => refusal.kind === kind && refusal.lacks !== undefined)
      .sort((a, b) => (a.lacks ?? 0) - (b.lacks ?? 0))[0];
    if (nearest?.lacks === undefined) continue;
    const amount = kind === 'memory' ? `${Math.ceil(nearest.lacks / 2 ** 20)} MiB` : `${round(nearest.lacks)} cpu`;
    ways.push(`${amount} more on ${nearest.host}`);
  }
  if (service.mode === 'replicated' && service.replicas > missing) ways.push(`replicas: ${service.replicas - missing}`);
  const cordoned = refusals.find(({ kind }) => kind === 'cordoned');
  if (cordoned !== undefined) ways.push(`uncordon ${cordoned.host}`);
  if (ways.length === 0) ways.push('add a host that meets the constraints, or loosen them');
  return `smallest change that would do: ${ways.join(', or ')}`;
}
