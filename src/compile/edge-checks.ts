/** What services take on the edge hosts must be free there: of other apps, of replicas, and of what is not fleet's. */
import { FleetError } from '../model/error.ts';
import type { HostUp } from '../model/observed.ts';
import type { Service } from '../model/playbook.ts';
import { hostUp, type World } from './desire/world.ts';
import { claimsOf } from './nginx/generation.ts';
import { problemAt } from './place/explain.ts';

/** All problems of services that take traffic from outside. */
export function edgeProblems(world: World): FleetError[] {
  return [...edgesMissing(world), ...claims(world), ...httpsPort(world), ...edgePorts(world)];
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

/** Ports that the edges need while something else has them: a replica, or what is not fleet's. */
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
      if (report === undefined) return [];
      const own = routerPorts(report);
      return report.listening
        .filter((entry) => wanted.has(entry) && !own.has(entry))
        .map((entry) => portInUse(name, report, entry));
    });
}

/** What the router itself listens on: 80, 443, and what the apps have published. */
function routerPorts({ router }: HostUp): ReadonlySet<string> {
  const claimed = Object.values(router.apps)
    .flatMap(({ services }) => Object.values(services))
    .flatMap(({ claims }) => claims)
    .map((claim) => claim.split('/').reverse().join('/'));
  return new Set([...claimed, ...(router.container === undefined ? [] : ['tcp/80', 'tcp/443'])]);
}

function portInUse(host: string, { containers }: HostUp, entry: string): FleetError {
  const port = Number(entry.split('/')[1]);
  const replica = containers.find(({ ports }) => ports.some(({ hostPort }) => hostPort === port));
  if (replica === undefined) {
    return new FleetError('E_CLASH', `${host}: something that is not fleet's already listens on ${entry}`, {
      hint: `see what it is with: ssh ${host} sudo ss -lntup`,
    });
  }
  return new FleetError('E_CLASH', `${host}: the replica ${replica.name} has port ${port}, which is to be published`, {
    hint: 'publish a port that is not in `network.ports` of the inventory',
  });
}

function exposed({ playbook }: World): Service[] {
  return playbook.services.filter(({ ingress, published }) => ingress.length + published.length > 0);
}

/** nginx has one server per host name, so all paths of a name belong to one app. */
function placeOf(claim: string): string {
  return /^\d+\/(tcp|udp)$/.test(claim) ? claim : `${claim.slice(0, claim.indexOf('/'))}/`;
}
