/** What two releases of an app ask for differently, service by service. Pure. */
import type { ReleaseRecord } from '../../model/observed.ts';
import type { Service } from '../../model/playbook.ts';
import { countsOf, type ReleaseBody } from '../../model/release.ts';
import { maskedValue } from '../config/mask.ts';
import { compareText } from '../plan/facts.ts';
import { type Part, partsOf } from './parts.ts';

/** A release to compare. */
export interface Compared {
  readonly record: ReleaseRecord;
  /** Absent when no keeper has it any more: then it is known what changed, and not from what to what. */
  readonly body?: ReleaseBody;
}

/** A part of a service that differs. */
export interface PartDifference {
  /** "image", "environment LEVEL", "replicas". */
  readonly name: string;
  readonly change: 'added' | 'changed' | 'removed';
  /** Absent where there was none, where it is a secret, and where only digests are known. */
  readonly before?: string;
  readonly after?: string;
}

/** A service that differs. */
export interface ServiceDifference {
  readonly service: string;
  readonly change: 'added' | 'changed' | 'removed';
  /** Of a service that came or went, all that it asks for. */
  readonly parts: readonly PartDifference[];
}

/** Services that differ, sorted by name. */
export function diffReleases(before: Compared, after: Compared): ServiceDifference[] {
  const [old, now] = [describe(before, after), describe(after, before)];
  const names = [...new Set([...old.keys(), ...now.keys()])].sort();
  return names.flatMap((service): ServiceDifference[] => {
    const [left, right] = [old.get(service), now.get(service)];
    const parts = diffParts(left ?? new Map(), right ?? new Map());
    const change = left === undefined ? 'added' : right === undefined ? 'removed' : 'changed';
    return parts.length === 0 && change === 'changed' ? [] : [{ service, change, parts }];
  });
}

type Parts = ReadonlyMap<string, Part>;

/** Both bodies, or for both what the records know: values and digests can not be compared. */
function describe({ record, body }: Compared, other: Compared): ReadonlyMap<string, Parts> {
  if (body === undefined || other.body === undefined) return recordedParts(record);
  const services = body.playbook.services.map((service) => withReplicas(service, record));
  return new Map(services.map((service) => [service.name, partsOf(service, body, maskedValue)]));
}

/** `fleet scale` is kept in the record, not in the playbook. */
function withReplicas(service: Service, record: ReleaseRecord): Service {
  return { ...service, replicas: countsOf(service, record).current };
}

function recordedParts({ specs, parts, images }: ReleaseRecord): ReadonlyMap<string, Parts> {
  return new Map(
    Object.entries(specs).map(([service, spec]) => {
      const known = Object.entries(parts?.[service] ?? { 'settings or image': spec });
      const { image = '' } = images[service] ?? {};
      return [
        service,
        new Map(
          known.map(([name, value]): [string, Part] => [name, name === 'image' ? { value, shown: image } : { value }]),
        ),
      ];
    }),
  );
}

function diffParts(before: Parts, after: Parts): PartDifference[] {
  const names = [...new Set([...before.keys(), ...after.keys()])];
  const ordered = names.sort((a, b) => placeOf(a) - placeOf(b) || compareText(a, b));
  return ordered.flatMap((name): PartDifference[] => {
    const [left, right] = [before.get(name), after.get(name)];
    if (left?.value === right?.value) return [];
    const change = left === undefined ? 'added' : right === undefined ? 'removed' : 'changed';
    // Two masked values look alike; that they differ is all that is told.
    if (left?.shown === right?.shown) return [{ name, change }];
    const [old, now] = [left?.shown, right?.shown];
    return [
      { name, change, ...(old === undefined ? {} : { before: old }), ...(now === undefined ? {} : { after: now }) },
    ];
  });
}

/** What people look for first stands first; a name's first word says of what kind it is. */
const FIRST = ['image', 'replicas', 'environment', 'secret', 'config', 'ports', 'published', 'networks', 'mount'];

function placeOf(name: string): number {
  const place = FIRST.indexOf(name.split(' ')[0] ?? '');
  return place === -1 ? FIRST.length : place;
}
