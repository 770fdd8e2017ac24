/** SERVICE or SERVICE.SLOT, as commands about replicas take it. */
import { FleetError } from '../model/error.ts';

/** A service, or one slot of it. */
export interface Target {
  readonly service: string;
  readonly slot?: number;
}

/** Reads SERVICE or SERVICE.SLOT. Throws FleetError E_VALUE with the example as its hint. */
export function parseTarget(text: string, example: string): Target {
  const [, service, slot] = /^([^.]+)(?:\.(\d+))?$/.exec(text) ?? [];
  if (service === undefined) {
    throw new FleetError('E_VALUE', `${text} is no SERVICE or SERVICE.SLOT`, { hint: example });
  }
  return slot === undefined ? { service } : { service, slot: Number(slot) };
}
