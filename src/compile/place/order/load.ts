/** What is reserved on a host as a share of what it has. */
import type { Resources } from '../../../model/inventory.ts';

/** The larger of the two shares of a host that are reserved, 0 to 1 (more when it is overbooked). */
export function dominantShare({ used, capacity }: { readonly used: Resources; readonly capacity: Resources }): number {
  return Math.max(share(used.cpus, capacity.cpus), share(used.memoryBytes, capacity.memoryBytes));
}

/** Used over capacity; a host without capacity is full. */
export function share(used: number, capacity: number): number {
  if (capacity > 0) return used / capacity;
  return used > 0 ? 1 : 0;
}
