/** compileHosts: inventory + what is observed + what is asked of hosts -> a plan like any other, without an app. Pure. */
import { FleetError } from '../../model/error.ts';
import type { HostsIntent } from '../../model/hosts.ts';
import { HOSTS } from '../../model/labels.ts';
import type { Plan } from '../../model/plan.ts';
import { keepersOf } from '../context.ts';
import { planDigest } from '../digest.ts';
import { bootstrapProblem, bootstrapping } from './bootstrap.ts';
import { type Fleet, fleetOf, type HostsParts, type HostsQuestion } from './fleet.ts';
import { maintenanceTurn, rebootProblem } from './maintenance.ts';
import { marking } from './mark-steps.ts';
import { routerUpgrade } from './routers.ts';

/** A plan, or every reason why there is none. */
export type CompiledHosts =
  | { readonly ok: true; readonly plan: Plan }
  | { readonly ok: false; readonly problems: readonly FleetError[] };

/** Compiles. Equal questions give byte-identical plans; one that is so already has no steps. */
export function compileHosts(question: HostsQuestion): CompiledHosts {
  const { intent } = question;
  const fleet = fleetOf(question);
  const problems = [...unknownHosts(fleet, intent), ...impostors(fleet), ...problemsOf(fleet, intent)];
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, plan: finish(fleet, intent, partsOf(fleet, intent)) };
}

/** Hosts that must be asked for more than hosts with Docker tell of themselves. */
export function bareNames(intent: HostsIntent): readonly string[] {
  switch (intent.kind) {
    case 'bootstrap':
      return intent.hosts;
    case 'maintain':
      return intent.reboot ? intent.hosts : [];
    case 'mark':
    case 'routers':
      return [];
    default:
      return intent satisfies never;
  }
}

function partsOf(fleet: Fleet, intent: HostsIntent): HostsParts {
  switch (intent.kind) {
    case 'mark':
      return marking(fleet, intent);
    case 'bootstrap':
      return bootstrapping(fleet, intent);
    case 'maintain':
      return maintenanceTurn(fleet, intent);
    case 'routers':
      return routerUpgrade(fleet);
    default:
      return intent satisfies never;
  }
}

function problemsOf(fleet: Fleet, intent: HostsIntent): FleetError[] {
  const named = 'hosts' in intent ? fleet.inventory.hosts.filter(({ name }) => intent.hosts.includes(name)) : [];
  switch (intent.kind) {
    case 'mark':
      return withoutKeeper(fleet);
    case 'bootstrap':
      return named.flatMap((host) => bootstrapProblem(host, fleet.bare[host.name]) ?? []);
    case 'maintain':
      return [
        ...withoutKeeper(fleet),
        ...named.flatMap(({ name }) => silence(fleet, name)),
        ...(intent.reboot ? named : []).flatMap((host) => rebootProblem(host, fleet.bare[host.name]) ?? []),
      ];
    case 'routers':
      return [...withoutKeeper(fleet), ...minority(fleet)];
    default:
      return intent satisfies never;
  }
}

function unknownHosts({ inventory }: Fleet, intent: HostsIntent): FleetError[] {
  const names = inventory.hosts.map(({ name }) => name);
  const unknown = 'hosts' in intent ? intent.hosts.filter((name) => !names.includes(name)) : [];
  return unknown.map(
    (name) =>
      new FleetError('E_REFERENCE', `the inventory ${inventory.name} has no host ${name}`, {
        notes: [`it has ${names.join(', ')}`],
        hint: 'fleet hosts',
      }),
  );
}

/** A host with another key than known_hosts has may be another machine: nothing is done to any. */
function impostors({ inventory, observed, bare }: Fleet): FleetError[] {
  return inventory.hosts.flatMap(({ name }) => {
    const state = bare[name] ?? observed.hosts[name];
    if (state?.reachable !== false || !state.code.startsWith('E_HOST_KEY_')) return [];
    return [new FleetError(state.code, state.message, state.hint === undefined ? {} : { hint: state.hint })];
  });
}

function silence({ observed }: Fleet, name: string): FleetError[] {
  const state = observed.hosts[name];
  if (state?.reachable !== false || state.code.startsWith('E_HOST_KEY_')) return [];
  return [new FleetError(state.code, state.message, state.hint === undefined ? {} : { hint: state.hint })];
}

/** Without a host that keeps the marks there is nowhere to write, and no lease to be had. */
function withoutKeeper({ inventory, keepers }: Fleet): FleetError[] {
  if (keepers.length > 0) return [];
  const names = keepersOf(inventory).map(({ name }) => name);
  const message = `no host that keeps the records answers (${names.join(', ')}): nothing is changed`;
  return [new FleetError('E_QUORUM', message, { hint: 'fleet hosts' })];
}

function minority({ inventory, sites }: Fleet): FleetError[] {
  if (sites.length * 2 >= inventory.hosts.length) return [];
  const message = `only ${sites.length} of ${inventory.hosts.length} hosts answer: nothing is changed`;
  return [new FleetError('E_QUORUM', message, { hint: 'fleet hosts' })];
}

function finish({ inventory, sites }: Fleet, intent: HostsIntent, { steps, warnings }: HostsParts): Plan {
  const body = {
    version: 1 as const,
    app: HOSTS,
    fleet: inventory.name,
    intent,
    hosts: sites.length,
    edges: sites.filter(({ host }) => host.roles.includes('edge')).length,
    keepers: keepersOf(inventory).map(({ name }) => name),
    release: 0,
    previous: 0,
    services: [],
    placements: [],
    vips: {},
    routers: [],
    steps,
    files: {},
  };
  const room = { cpuShare: 0, cpuHost: '', memoryShare: 0, memoryHost: '', withoutOne: { fits: true, worst: '' } };
  return { ...body, digest: planDigest(body), carried: {}, room, warnings };
}
