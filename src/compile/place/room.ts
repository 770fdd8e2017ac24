/** How full the fleet is while both colours run, and whether it could lose any one host. */
import type { Room } from '../../model/plan.ts';
import { isVolumeBound } from '../desire/serving.ts';
import type { Situation } from '../desire/situation.ts';
import { worstLoss } from './loss.ts';
import type { Asker } from './order/fields.ts';
import { share } from './order/load.ts';
import type { Schedule } from './planned.ts';

/** Peak shares of both resources, and the N-1 check: each host is taken away in turn and its replicas placed again. */
export function roomOf(situations: readonly Situation[], schedule: Schedule): Room {
  const { books, peak } = schedule;
  const worst = (resource: 'cpus' | 'memoryBytes'): { share: number; host: string } =>
    books.candidates
      .map(({ host: { name }, capacity }, index) => ({
        share: share((peak.get(name) ?? books.usedOn(index))[resource], capacity[resource]),
        host: name,
      }))
      .reduce((most, one) => (one.share > most.share ? one : most), { share: 0, host: '' });
  const cpu = worst('cpus');
  const memory = worst('memoryBytes');
  return {
    cpuShare: cpu.share,
    cpuHost: cpu.host,
    memoryShare: memory.share,
    memoryHost: memory.host,
    withoutOne: withoutOne(situations, schedule),
  };
}

function withoutOne(situations: readonly Situation[], { books, problems }: Schedule): Room['withoutOne'] {
  const worst = worstLoss(situations.filter(isMovable).map(askerOf), books);
  // Only a what-if gets here with something that does not fit as it is.
  const fits = worst.unplaced <= 0 && books.candidates.length > 1 && problems.length === 0;
  return { fits, worst: worst.host };
}

/** What may go elsewhere when its host is lost: replicated services without a named volume. */
function isMovable({ desired: { service } }: Situation): boolean {
  return service.mode !== 'global' && !isVolumeBound(service);
}

function askerOf({ desired: { service, facts } }: Situation): Asker {
  return { service, architectures: facts?.architectures ?? [] };
}
