/** Small changes of a large fleet that runs: what each asks for, how many replicas must start for it, and who moved without need. */
import type { Question } from '../../../src/compile/index.ts';
import type { HostState } from '../../../src/model/observed.ts';
import { emptyHost, MIB, SILENT } from '../compile/worlds.ts';
import { hostOf } from './fleets.ts';
import type { Settled } from './settled.ts';

/** One change. */
export interface Change {
  readonly name: 'lose' | 'join' | 'scale';
  /** For people. */
  readonly what: string;
  readonly question: Question;
  /** Replicas that must start whatever the answer is. */
  readonly necessary: number;
}

/** How large the changes are. */
export interface Extent {
  /** Hosts that are lost, and that join. */
  readonly hosts: number;
  /** Replicas that one service gets more. */
  readonly replicas: number;
}

/** A repair that takes hosts for gone. The first host keeps the records, so it stays. */
export function lose({ question, release }: Settled, { hosts: count }: Extent): Change {
  const { inventory, observed } = question;
  const every = Math.floor((inventory.hosts.length - 1) / count);
  const lost = Array.from({ length: count }, (_, index) => inventory.hosts[1 + index * every]?.name ?? '');
  const hosts: Record<string, HostState> = { ...observed.hosts };
  let necessary = 0;
  for (const name of lost) {
    const state = hosts[name];
    if (state?.reachable) necessary += state.containers.length;
    hosts[name] = SILENT;
  }
  const absences = Object.fromEntries(lost.map((name) => [name, 'gone' as const]));
  return {
    name: 'lose',
    what: `lose ${count} hosts`,
    question: {
      ...question,
      playbook: release.body.playbook,
      observed: { ...observed, hosts },
      intent: { kind: 'heal', order: { absences, distrusted: [], held: [], avoided: [] } },
      settled: release,
    },
    necessary,
  };
}

/** The same deploy with more hosts: nobody need move. */
export function join({ question }: Settled, { hosts: count }: Extent): Change {
  const { inventory, observed } = question;
  const before = inventory.hosts.length;
  const fresh = Array.from({ length: count }, (_, index) => hostOf(before + index, before + count));
  const reports = fresh.map(({ name }) => [name, emptyHost({ cpus: 16, memoryBytes: 65_536 * MIB })] as const);
  return {
    name: 'join',
    what: `add ${count} hosts`,
    question: {
      ...question,
      inventory: { ...inventory, hosts: [...inventory.hosts, ...fresh] },
      observed: { ...observed, hosts: { ...observed.hosts, ...Object.fromEntries(reports) } },
    },
    necessary: 0,
  };
}

/** The same deploy with more replicas of the first service that may have as many on a host as fit. */
export function scale({ question }: Settled, { replicas }: Extent): Change {
  const { playbook } = question;
  const name = playbook.services.find((one) => one.maxPerHost === undefined && one.constraints.length === 0)?.name;
  const services = playbook.services.map((one) =>
    one.name === name ? { ...one, replicas: one.replicas + replicas } : one,
  );
  return {
    name: 'scale',
    what: `${replicas} more replicas of ${name}`,
    question: { ...question, playbook: { ...playbook, services } },
    necessary: replicas,
  };
}

/** Replicas that start although one of their slot runs on a host that answers: in these changes nobody has a reason to move. */
export function movedWithoutNeed(
  { observed }: Question,
  starts: readonly { readonly service: string; readonly slot: number }[],
): number {
  const there = new Set(
    Object.values(observed.hosts).flatMap((state) =>
      state.reachable ? state.containers.map(({ service, slot }) => `${service}.${slot}`) : [],
    ),
  );
  return starts.filter(({ service, slot }) => there.has(`${service}.${slot}`)).length;
}
