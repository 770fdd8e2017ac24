/** A change of a number of replicas as people read it. */
import type { ScaleChange } from '../../model/scale.ts';

/** "web 3 -> 12: window of 2026-11-27 08:00 Europe/Berlin: at least 12". */
export function scaleWords({ service, from, to, because }: ScaleChange): string {
  return `${service} ${from} -> ${to}: ${because}`;
}
