/** What-ifs: the same question with another inventory, playbook and observation. The hosts know nothing of it. */
import { FleetError } from '../model/error.ts';
import type { Host, Inventory, Resources } from '../model/inventory.ts';
import { shortName } from '../model/labels.ts';
import type { HostState, HostUp, Observed } from '../model/observed.ts';
import type { Playbook } from '../model/playbook.ts';
import type { Assumption, FreeRoom, Misfit, Waiting, WhatIf } from '../model/what-if.ts';
import type { Situation } from './desire/situation.ts';
import { hostUp } from './desire/world.ts';
import { assumeEmpty } from './offline.ts';
import type { Books } from './place/order/books.ts';

/** What is so, as far as it can be assumed to be otherwise. */
export interface Reality {
  readonly inventory: Inventory;
  readonly playbook: Playbook;
  readonly observed: Observed;
}

/** How many names a sentence lists. */
const MOST_NAMES = 8;

/** Reality as it would be. Without assumptions it is the same. */
export function assume(reality: Reality, assumptions: readonly Assumption[]): Reality {
  if (assumptions.length === 0) return reality;
  const cordoned = new Set(assumptions.flatMap((one) => (one.kind === 'cordon' ? [one.host] : [])));
  const scaled = new Map(assumptions.flatMap((one) => (one.kind === 'scale' ? [[one.service, one.replicas]] : [])));
  const { inventory, playbook, observed } = reality;
  const added = addedHosts(reality, assumptions);
  const hosts = inventory.hosts.map((host) => (cordoned.has(host.name) ? { ...host, cordoned: true } : host));
  const services = playbook.services.map((one) => ({ ...one, replicas: scaled.get(one.name) ?? one.replicas }));
  const states = { ...withoutLost(observed.hosts, lostIn(assumptions)), ...reportsOf(added, reality, assumptions) };
  return {
    inventory: { ...inventory, hosts: [...hosts, ...added] },
    playbook: { ...playbook, services },
    observed: { ...observed, hosts: states },
  };
}

/** What the answer is made from. */
export interface Answered {
  readonly reality: Reality;
  readonly assumptions: readonly Assumption[];
  readonly situations: readonly Situation[];
  /** As they are once all is placed. */
  readonly books: Books;
  readonly problems: readonly FleetError[];
}

/** The answer beside the plan. */
export function whatIfOf({ reality, assumptions, situations, books, problems }: Answered): WhatIf {
  return {
    assumptions: assumptions
      .map((one) => ({ asked: askedAs(one), words: wordsOf(one, reality, assumptions) }))
      .sort((a, b) => (a.asked < b.asked ? -1 : 1)),
    fits: problems.length === 0,
    misfits: problems.map(misfitOf),
    waiting: situations.flatMap(waitingOf),
    free: books.candidates.flatMap(({ host, capacity }, index): FreeRoom[] => {
      if (!host.roles.includes('worker') || host.cordoned) return [];
      return [{ host: host.name, free: freeOf(capacity, books.usedOn(index)), capacity }];
    }),
  };
}

/** A refusal under assumptions names them: it says nothing of the hosts as they are. */
export function supposed(problem: FleetError, assumptions: readonly Assumption[]): FleetError {
  if (assumptions.length === 0) return problem;
  const note = `a what-if: ${assumptions.map(askedAs).sort().join(', ')}`;
  return new FleetError(problem.code, problem.message, { ...problem, notes: [...problem.notes, note] });
}

function lostIn(assumptions: readonly Assumption[]): ReadonlySet<string> {
  return new Set(assumptions.flatMap((one) => (one.kind === 'lose' ? [one.host] : [])));
}

/**
 * Lost hosts do not answer, but what they reported is known. So are the releases on record: who loses all keepers at
 * once still wants to know where replicas would start, not that every job would run again.
 */
function withoutLost(states: Observed['hosts'], lost: ReadonlySet<string>): Observed['hosts'] {
  if (lost.size === 0) return states;
  const down = (name: string, state: HostState): HostState =>
    lost.has(name) && state.reachable
      ? { reachable: false, code: 'E_HOST_UNREACHABLE', message: 'assumed to be lost', before: state }
      : state;
  const after = Object.fromEntries(Object.entries(states).map(([name, state]) => [name, down(name, state)]));
  const heir = Object.keys(after)
    .sort()
    .find((name) => after[name]?.reachable);
  const state = heir === undefined ? undefined : after[heir];
  if (heir === undefined || !state?.reachable) return after;
  return { ...after, [heir]: { ...state, releases: allReleases(states) } };
}

function allReleases(states: Observed['hosts']): HostUp['releases'] {
  const all: Record<string, HostUp['releases'][string]> = {};
  for (const name of Object.keys(states).sort()) {
    const state = states[name];
    if (!state?.reachable) continue;
    for (const [app, records] of Object.entries(state.releases)) all[app] = [...(all[app] ?? []), ...records];
  }
  return all;
}

function addedHosts(reality: Reality, assumptions: readonly Assumption[]): Host[] {
  const model = modelOf(reality, assumptions);
  const taken = new Set(reality.inventory.hosts.map((host) => host.private));
  const adding = assumptions.flatMap((one) => (one.kind === 'add' ? [one] : []));
  let last = 0;
  return adding
    .sort((a, b) => (a.host < b.host ? -1 : 1))
    .map((one) => {
      // Nobody has these addresses: they are kept for examples (RFC 5737).
      do last++;
      while (taken.has(`192.0.2.${last}`));
      const address = `192.0.2.${last}`;
      const own = { name: one.host, private: address, roles: ['worker'] as const, cordoned: false };
      return { ...model, ...own, ssh: { ...model.ssh, address }, capacity: { ...model.capacity, ...one.capacity } };
    });
}

/** The first worker by name that answers and stays; else the first worker at all. */
function modelOf({ inventory, observed }: Reality, assumptions: readonly Assumption[]): Host {
  const lost = lostIn(assumptions);
  const ordered = [...inventory.hosts].sort((a, b) => (a.name < b.name ? -1 : 1));
  const workers = ordered.filter(({ roles }) => roles.includes('worker'));
  const there = workers.filter(({ name }) => !lost.has(name) && hostUp(observed, name) !== undefined);
  const model = there[0] ?? workers[0] ?? ordered[0];
  if (model === undefined) throw new Error('an inventory without hosts');
  return model;
}

/** What an added host would report: the same machine as its model, with nothing on it. */
function reportsOf(
  added: readonly Host[],
  reality: Reality,
  assumptions: readonly Assumption[],
): Record<string, HostState> {
  const model = hostUp(reality.observed, modelOf(reality, assumptions).name);
  const empty = assumeEmpty({ ...reality.inventory, hosts: added });
  const machine = (state: HostUp): HostUp => {
    if (model === undefined) return state;
    const { home, dockerVersion, architecture, cpus, memoryBytes, registryMirrors, insecureRegistries } = model;
    return { ...state, home, dockerVersion, architecture, cpus, memoryBytes, registryMirrors, insecureRegistries };
  };
  return Object.fromEntries(
    Object.entries(empty).map(([name, state]) => [name, state.reachable ? machine(state) : state]),
  );
}

/** As it is written on the command line. */
function askedAs(one: Assumption): string {
  switch (one.kind) {
    case 'lose':
    case 'cordon':
      return `${one.kind}=${one.host}`;
    case 'scale':
      return `scale.${one.service}=${one.replicas}`;
    case 'add': {
      const { cpus, memoryBytes } = one.capacity;
      const memory = memoryBytes === undefined ? '' : `:memory=${sizeAs(memoryBytes)}`;
      return `add=${one.host}${cpus === undefined ? '' : `:cpus=${cpus}`}${memory}`;
    }
    default:
      return one satisfies never;
  }
}

function sizeAs(bytes: number): string {
  return bytes % 2 ** 30 === 0 ? `${bytes / 2 ** 30}g` : `${bytes / 2 ** 20}m`;
}

function wordsOf(one: Assumption, reality: Reality, assumptions: readonly Assumption[]): string {
  switch (one.kind) {
    case 'lose':
      return lossWords(one.host, reality);
    case 'cordon':
      return `${one.host} keeps what it runs and gets nothing new`;
    case 'scale': {
      const now = reality.playbook.services.find(({ name }) => name === one.service)?.replicas ?? 0;
      return `${one.service} has ${counted(one.replicas)}, not ${now}`;
    }
    case 'add':
      return `${one.host} is there, an empty worker like ${modelOf(reality, assumptions).name}, with its labels`;
    default:
      return one satisfies never;
  }
}

function lossWords(host: string, { observed, playbook }: Reality): string {
  const report = hostUp(observed, host);
  if (report === undefined) return `${host} is gone; it does not answer now either`;
  const replicas = report.containers.filter(({ kind, state }) => kind === 'replica' && state === 'running');
  const own = replicas.filter(({ app }) => app === playbook.app).map(({ name }) => shortName(name));
  const shown = own.sort().slice(0, MOST_NAMES).join(', ');
  const rest = own.length > MOST_NAMES ? ` and ${own.length - MOST_NAMES} more` : '';
  const mine = own.length === 0 ? `nothing of ${playbook.app} runs there` : `${counted(own.length)}: ${shown}${rest}`;
  const others = replicas.length - own.length;
  const note = others === 0 ? '' : `; ${counted(others)} of other apps there, which are not planned here`;
  return `${host} is gone, and what it runs: ${mine}${note}`;
}

function counted(replicas: number): string {
  return `${replicas} ${replicas === 1 ? 'replica' : 'replicas'}`;
}

function misfitOf({ code, message, expected, notes, hint }: FleetError): Misfit {
  return {
    code,
    message,
    ...(expected === undefined ? {} : { expected }),
    notes,
    ...(hint === undefined ? {} : { hint }),
  };
}

function waitingOf({ desired: { service }, waiting }: Situation): Waiting[] {
  const volumes = service.mounts.flatMap((mount) => (mount.kind === 'volume' ? [mount.volume] : []));
  return waiting.map(({ container, host }) => ({ service: service.name, replica: container, host, volumes }));
}

function freeOf(capacity: Resources, used: Resources): Resources {
  return { cpus: capacity.cpus - used.cpus, memoryBytes: capacity.memoryBytes - used.memoryBytes };
}
