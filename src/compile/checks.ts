/** What must be true before anything is planned: no clashes with other apps or hosts, and edges where they are needed. */
import { FleetError } from '../model/error.ts';
import { contains, parseBlock } from '../model/ipv4.ts';
import type { Intent } from '../model/plan.ts';
import { keepersOf } from './context.ts';
import { undeliverable } from './delivery.ts';
import type { ServiceAddresses } from './desire/addresses.ts';
import type { World } from './desire/world.ts';
import { edgeProblems } from './edge-checks.ts';
import { problemAt } from './place/explain.ts';
import { volumeProblems } from './volume-checks.ts';

/** All problems but the quorum that make a plan impossible, before placement. What is removed may clash with anything. */
export function problemsOf(world: World, kind: Intent['kind']): FleetError[] {
  if (kind === 'remove') return [];
  return [
    ...edgeProblems(world),
    ...ranges(world),
    ...readOnlyRoots(world),
    ...readOnlyMounts(world),
    ...volumeProblems(world),
  ];
}

/**
 * With fewer than half of the hosts answering, it is probably this machine that is cut off. Without any host that keeps
 * records, nobody knows what is deployed, and there is no lease to be had.
 */
export function quorum({ inventory, up, observed }: World): FleetError[] {
  const keepers = keepersOf(inventory).map(({ name }) => name);
  const isMajority = up.length * 2 >= inventory.hosts.length && up.length > 0;
  if (isMajority && up.some(({ name }) => keepers.includes(name))) return [];
  const silent = inventory.hosts.flatMap(({ name }) => {
    const state = observed.hosts[name];
    return state?.reachable === false ? [`${name}: ${state.message}`] : [];
  });
  const message = isMajority
    ? `no host that keeps the records answers (${keepers.join(', ')}): nothing is changed`
    : `only ${up.length} of ${inventory.hosts.length} hosts answer: nothing is changed`;
  return [
    new FleetError('E_QUORUM', message, {
      notes: silent,
      hint: 'check the network of this machine, then run the same command again',
    }),
  ];
}

/** A host inside the ranges that fleet hands out could never be reached from a replica. */
function ranges({ inventory }: World): FleetError[] {
  const blocks = [inventory.network.vipRange, inventory.network.subnetRange];
  return inventory.hosts.flatMap((host) => {
    const range = blocks.find((block) => contains(parseBlock(block), host.private));
    if (range === undefined) return [];
    return [
      new FleetError('E_CLASH', `${host.name}: its address ${host.private} lies in ${range}, which fleet hands out`, {
        hint: 'set `network: { vips: …, subnets: … }` in the inventory to unused ranges',
      }),
    ];
  });
}

/** Services for which no VIP or no subnet is left: the ranges of the inventory hold only so many. */
export function withoutAddress(world: World, addresses: ReadonlyMap<string, ServiceAddresses>): FleetError[] {
  const { vipRange, subnetRange } = world.inventory.network;
  return [...addresses].flatMap(([service, { vip, subnet }]) => {
    if (vip !== '' && subnet !== '') return [];
    const what = vip === '' ? `address in ${vipRange}` : `network in ${subnetRange}`;
    return [
      problemAt(world.playbook, service, {
        code: 'E_CLASH',
        message: `${service}: no ${what} is left, other services have them all`,
        hint: 'set a larger `network: { vips: …, subnets: … }` in the inventory; half of the subnets are for internal networks',
      }),
    ];
  });
}

/** `docker cp` can not write below the root of a read-only container; a folder becomes a volume, the root can not. */
function readOnlyRoots({ playbook }: World): FleetError[] {
  return playbook.services.flatMap((service) =>
    undeliverable(service).map(({ target }) =>
      problemAt(playbook, service.name, {
        code: 'E_UNSUPPORTED',
        message: `${service.name} is read_only: the file ${target} can not be put right below /`,
        hint: `give it a target in a folder, for example /etc/${service.name}${target}`,
      }),
    ),
  );
}

/** Nothing can be put into a container below a mount that is read-only. */
function readOnlyMounts({ playbook }: World): FleetError[] {
  return playbook.services.flatMap((service) => {
    const closed = service.mounts.filter(
      (mount) => mount.kind === 'carried' || ('readOnly' in mount && mount.readOnly),
    );
    return [...service.secrets, ...service.configs].flatMap(({ target }) => {
      const mount = closed.find((one) => target.startsWith(one.target === '/' ? '/' : `${one.target}/`));
      if (mount === undefined) return [];
      const isCarried = mount.kind === 'carried';
      return [
        problemAt(playbook, service.name, {
          code: 'E_UNSUPPORTED',
          message: `${service.name}: the file ${target} can not be put into ${mount.target}, which is mounted read-only`,
          hint: isCarried
            ? 'give it a target elsewhere, or mount single files of that folder'
            : 'give it a target elsewhere',
        }),
      ];
    });
  });
}
