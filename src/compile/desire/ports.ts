/** Ports of services beside what the playbook says: the image's own EXPOSE, and what is spoken on port 80 of the edges. */
import type { Container, ImageFacts, Observed } from '../../model/observed.ts';
import type { Warning } from '../../model/plan.ts';
import type { PublishedPort, Service, ServicePort } from '../../model/playbook.ts';
import { WEB_PORT } from '../nginx/edge.ts';
import { upHosts } from './addresses.ts';
import { sharesNetwork } from './spec.ts';
import type { World } from './world.ts';

/** An image with more ports than this (ranges for media, for example) has to be told which of them are meant. */
const MOST_PORTS = 32;

/**
 * The service with the ports that its image exposes, when the playbook names none. An image that nobody can tell
 * anything about now has the ports that containers of it were given, so that a registry that is down restarts nobody.
 */
export function withImagePorts(service: Service, app: string, observed: Observed, pin?: ImageFacts): Service {
  if (service.ports.length > 0 || service.job !== undefined) return service;
  const exposed = (pin ?? observed.images[service.image])?.exposed;
  const ports = exposed?.flatMap(parseExposed) ?? runningPorts(service, app, observed);
  if (ports.length === 0 || ports.length > MOST_PORTS) return service;
  const spoken = ports.map((one) => spokenAs(one, service.protocol));
  return { ...service, ports: spoken.sort((a, b) => a.port - b.port || (a.protocol < b.protocol ? -1 : 1)) };
}

/**
 * The service with HTTP on what it publishes at port 80 of the edges: that port is one for all apps, told apart by the
 * name that is asked for. `ports: ["80:80"]` says no more than TCP.
 */
export function withWebPort(service: Service): Service {
  const isWeb = ({ published, protocol }: PublishedPort): boolean => published === WEB_PORT && protocol === 'tcp';
  const targets = new Set(service.published.filter(isWeb).map(({ target }) => target));
  if (targets.size === 0) return service;
  const published = service.published.map((one) => (isWeb(one) ? { ...one, protocol: 'http' as const } : one));
  const ports = service.ports.map((one) =>
    one.protocol === 'tcp' && targets.has(one.port) ? { ...one, protocol: 'http' as const } : one,
  );
  return { ...service, ports, published };
}

/** Ports of a container as ports of a service, when its service has them from an image. */
export function portsOfContainer({ ports }: Pick<Container, 'ports'>): ServicePort[] {
  return ports.map(({ port, protocol }) => ({ port, protocol, source: 'image' }));
}

/** True when nobody said that something listens there: the image alone names the ports. */
export function isFromImage({ ports }: Service): boolean {
  return ports.some(({ source }) => source === 'image');
}

/** Services that others count on, or may count on, and that no other service can reach. */
export function portWarnings({ playbook, observed }: World): Warning[] {
  return playbook.services.flatMap((service) => {
    if (service.ports.length > 0 || service.job !== undefined) return [];
    const exposed = observed.images[service.image]?.exposed;
    const peers = playbook.services.filter((one) => one.name !== service.name && sharesNetwork(one, service));
    const caller = peers.find((peer) => countsOn(peer, service.name));
    if (peers.length === 0 || (caller === undefined && exposed !== undefined && exposed.length === 0)) return [];
    const why =
      exposed === undefined
        ? `nobody could tell which ports ${service.image} has`
        : exposed.length === 0
          ? `${service.image} exposes none`
          : `${service.image} exposes ${exposed.length}, which is too many to take them all`;
    const who = caller === undefined ? 'no other service' : `no other service (${caller.name} names it)`;
    return [
      {
        code: 'W_NO_PORT',
        message: `${service.name}: no port is known (${why}), so ${who} can reach it. If it listens, add to it: expose: ["PORT"]`,
      },
    ];
  });
}

function countsOn({ dependsOn, links = [] }: Service, name: string): boolean {
  return [...dependsOn, ...links].some(({ service }) => service === name);
}

/** "80/tcp"; SCTP is carried by no router. */
function parseExposed(text: string): ServicePort[] {
  const [, number, protocol] = /^(\d+)(?:\/(tcp|udp))?$/.exec(text) ?? [];
  if (number === undefined) return [];
  return [{ port: Number(number), protocol: protocol === 'udp' ? 'udp' : 'tcp', source: 'image' }];
}

function runningPorts({ name, image }: Service, app: string, observed: Observed): ServicePort[] {
  const own = upHosts(observed)
    .flatMap(({ containers }) => containers)
    .filter((one) => one.app === app && one.service === name && one.image === image && one.kind === 'replica')
    .sort((a, b) => b.release - a.release || (a.name < b.name ? -1 : 1));
  return own[0] === undefined ? [] : portsOfContainer(own[0]);
}

function spokenAs(port: ServicePort, protocol: Service['protocol']): ServicePort {
  return protocol === undefined || port.protocol === 'udp' ? port : { ...port, protocol };
}
