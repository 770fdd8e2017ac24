/** What is reserved on a host: booked, given back, and told as a share of what it has. */
import type { Resources } from '../../../model/inventory.ts';
import type { Candidate } from '../filters.ts';

/** Takes room on a host for a replica of the service. */
export function book(candidate: Candidate, service: string, room: Resources): void {
  candidate.used = {
    cpus: candidate.used.cpus + room.cpus,
    memoryBytes: candidate.used.memoryBytes + room.memoryBytes,
  };
  candidate.counts.set(service, (candidate.counts.get(service) ?? 0) + 1);
  candidate.total += 1;
}

/** Takes a booking back: the replica is not there, and was never to be counted. */
export function unbook(candidate: Candidate, service: string, room: Resources): void {
  release(candidate, room);
  candidate.counts.set(service, (candidate.counts.get(service) ?? 0) - 1);
  candidate.total -= 1;
}

/** Gives the room of a replica back that is not of the colour that is placed. */
export function release(candidate: Candidate, room: Resources): void {
  candidate.used = {
    cpus: candidate.used.cpus - room.cpus,
    memoryBytes: candidate.used.memoryBytes - room.memoryBytes,
  };
}

/** The larger of the two shares of a host that are reserved, 0 to 1 (more when it is overbooked). */
export function dominantShare({ used, capacity }: Pick<Candidate, 'used' | 'capacity'>): number {
  return Math.max(share(used.cpus, capacity.cpus), share(used.memoryBytes, capacity.memoryBytes));
}

/** Used over capacity; a host without capacity is full. */
export function share(used: number, capacity: number): number {
  if (capacity > 0) return used / capacity;
  return used > 0 ? 1 : 0;
}
