/** Jump hosts: by inventory name, by ~/.ssh/config name, or as user@address:port; chains flattened, circles found. */
import { FleetError } from '../../model/error.ts';
import type { SshTarget } from '../../model/inventory.ts';
import { nearestHint } from '../nearest.ts';
import { bad } from '../schema.ts';
import { parsePort } from '../units.ts';
import { parseAddress } from './network.ts';
import { type Surroundings, targetOf } from './target.ts';

/** A host on its way to its jumps. */
export interface Candidate {
  readonly name: string;
  readonly target: SshTarget;
  /** As the inventory says; absent: ask ~/.ssh/config. */
  readonly jump?: readonly string[];
}

/** The jump hosts of one candidate in the order of dialling. Throws FleetError E_REFERENCE, E_CYCLE or E_VALUE. */
export function jumpsOf(
  host: Candidate,
  all: ReadonlyMap<string, Candidate>,
  around: Surroundings,
): readonly SshTarget[] {
  return chain(host, all, around, [host.name]);
}

function chain(
  host: Candidate,
  all: ReadonlyMap<string, Candidate>,
  around: Surroundings,
  trail: readonly string[],
): readonly SshTarget[] {
  const said = host.jump ?? sshConfigJumps(host, around);
  return said
    .filter((jump) => jump !== 'none')
    .flatMap((jump) => {
      if (trail.includes(jump)) throw circle(trail.slice(trail.indexOf(jump)));
      const known = all.get(jump);
      if (known === undefined) return [outside(jump, all, around)];
      return [...chain(known, all, around, [...trail, jump]), known.target];
    });
}

/** A `ProxyJump` under `Host *` names the jump host itself too; ssh's users expect that to be ignored. */
function sshConfigJumps(host: Candidate, around: Surroundings): readonly string[] {
  const jumps = around.lookup(host.name).jumps ?? around.lookup(host.target.address).jumps ?? [];
  return jumps.includes(host.name) ? [] : jumps;
}

function outside(jump: string, all: ReadonlyMap<string, Candidate>, around: Surroundings): SshTarget {
  const match = /^(?:ssh:\/\/)?(?:([^@\s]+)@)?(\[[^\]]+\]|[^:@\s]+)(?::(\d+))?$/.exec(jump);
  if (match === null)
    throw bad(`"${jump}" is not a jump host`, { expected: 'a host of this file, or user@address:port' });
  const name = (match[2] ?? '').replace(/^\[|\]$/g, '');
  const isAddress = /[.:]/.test(name) || name === 'localhost' || match[1] !== undefined || match[3] !== undefined;
  if (!isAddress && around.lookup(name).hostName === undefined) throw unknown(jump, [...all.keys()]);
  parseAddress(name);
  const target = targetOf(name, {}, around);
  const user = match[1] ?? target.user;
  return { ...target, user, ...(match[3] === undefined ? {} : { port: parsePort(match[3]) }) };
}

function unknown(jump: string, names: readonly string[]): FleetError {
  return new FleetError('E_REFERENCE', `the jump host "${jump}" is neither in this inventory nor in ~/.ssh/config`, {
    hint: nearestHint(jump, names) ?? 'give it as user@address:port, or add it under hosts',
  });
}

/** Named from the first name on, so that a circle reads the same from wherever it was entered. */
function circle(names: readonly string[]): FleetError {
  const start = names.indexOf([...names].sort()[0] ?? '');
  const round = [...names.slice(start), ...names.slice(0, start + 1)];
  return new FleetError('E_CYCLE', `jump hosts go round in a circle: ${round.join(' -> ')}`, {
    hint: 'one of them must be reached without a jump',
  });
}
