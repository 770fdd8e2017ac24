/** What must be true before anything is planned: no clashes with other apps or hosts, and edges where they are needed. */
import { FleetError } from '../model/error.ts';
import type { Intent } from '../model/plan.ts';
import type { Service } from '../model/playbook.ts';
import { keepersOf } from './context.ts';
import { undeliverable } from './delivery.ts';
import type { ServiceAddresses } from './desire/addresses.ts';
import { contains, parseBlock } from './desire/ipv4.ts';
import { hostUp, type World } from './desire/situation.ts';
import { claimsOf } from './nginx/generation.ts';
import { problemAt } from './place/explain.ts';

/** All problems that make a plan impossible, before placement. What is removed may clash with anything. */
export function problemsOf(world: World, kind: Intent['kind']): FleetError[] {
  if (kind === 'remove') return quorum(world);
  return [
    ...quorum(world),
    ...edgesMissing(world),
    ...claims(world),
    ...httpsPort(world),
    ...edgePorts(world),
    ...ranges(world),
    ...readOnlyRoots(world),
    ...externalVolumes(world),
  ];
}

/**
 * With fewer than half of the hosts answering, it is probably this machine that is cut off. Without any host that keeps
 * records, nobody knows what is deployed, and there is no lease to be had.
 */
function quorum({ inventory, up, observed }: World): FleetError[] {
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

function edgesMissing(world: World): FleetError[] {
  if (world.up.some(({ roles }) => roles.includes('edge'))) return [];
  return exposed(world).map((service) =>
    problemAt(world.playbook, service.name, {
      code: 'E_REFERENCE',
      message: `${service.name} takes traffic from outside, but no edge host answers`,
      hint: 'give a host `roles: [edge, worker]` in the inventory',
    }),
  );
}

/** Host names, paths and ports on the edges that another app already has. */
function claims(world: World): FleetError[] {
  const { app } = world.playbook;
  const held = new Map<string, string>();
  for (const host of world.up) {
    for (const other of Object.values(hostUp(world.observed, host.name)?.router.apps ?? {})) {
      if (other.app === app) continue;
      for (const [service, routed] of Object.entries(other.services))
        for (const claim of routed.claims) held.set(placeOf(claim), `${other.app}/${service}`);
    }
  }
  return exposed(world).flatMap((service) =>
    claimsOf(service)
      .filter((claim) => held.has(placeOf(claim)))
      .map((claim) =>
        problemAt(world.playbook, service.name, {
          code: 'E_CLASH',
          message: `${app}/${service.name} wants ${claim} on the edges, which ${held.get(placeOf(claim))} has`,
          hint: 'choose another host name, path or port, or remove the other app',
        }),
      ),
  );
}

/** Port 443 of the edges is one for all apps, told apart by the name that is asked for: only an ingress has a name. */
function httpsPort(world: World): FleetError[] {
  return exposed(world)
    .filter((service) => service.published.some(({ published, protocol }) => published === 443 && protocol !== 'udp'))
    .map((service) =>
      problemAt(world.playbook, service.name, {
        code: 'E_CLASH',
        message: `${service.name} is published on port 443, where the edges take HTTPS for all apps`,
        hint: 'give it x-fleet: { ingress: [{ host: …, port: …, tls: … }] } with its certificate, or publish another port',
      }),
    );
}

/** Ports that the edges need while something else listens there. */
function edgePorts(world: World): FleetError[] {
  const wanted = new Set(
    exposed(world).flatMap(({ ingress, published }) => [
      ...(ingress.length > 0 ? ['tcp/80'] : []),
      ...published.map((one) => `${one.protocol === 'udp' ? 'udp' : 'tcp'}/${one.published}`),
    ]),
  );
  return world.up
    .filter(({ roles }) => roles.includes('edge'))
    .flatMap(({ name }) => {
      const report = hostUp(world.observed, name);
      if (report === undefined || report.router.container !== undefined) return [];
      return report.listening
        .filter((entry) => wanted.has(entry))
        .map(
          (entry) =>
            new FleetError('E_CLASH', `${name}: something that is not fleet's already listens on ${entry}`, {
              hint: `see what it is with: ssh ${name} sudo ss -lntup`,
            }),
        );
    });
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

/** A volume that fleet does not make must be on some host. */
function externalVolumes({ playbook, up, observed }: World): FleetError[] {
  const isThere = (volume: string): boolean =>
    up.some(({ name }) => hostUp(observed, name)?.volumes.includes(volume) === true);
  return playbook.services.flatMap((service) =>
    service.mounts
      .flatMap((mount) => (mount.kind === 'volume' ? [mount.volume] : []))
      .filter((volume) => playbook.volumeOrigins?.[volume]?.isExternal === true && !isThere(volume))
      .map((volume) =>
        problemAt(playbook, service.name, {
          code: 'E_REFERENCE',
          message: `${service.name} needs the volume ${volume}, which is external, and no host has it`,
          hint: `make it on the host where it belongs: docker volume create ${volume}`,
        }),
      ),
  );
}

/** nginx has one server per host name, so all paths of a name belong to one app. */
function placeOf(claim: string): string {
  return /^\d+\/(tcp|udp)$/.test(claim) ? claim : `${claim.slice(0, claim.indexOf('/'))}/`;
}

function exposed({ playbook }: World): Service[] {
  return playbook.services.filter(({ ingress, published }) => ingress.length + published.length > 0);
}
