/** The names by which a service reaches others, and itself: lines of /etc/hosts in its containers. */
import type { Service } from '../../model/playbook.ts';

/** Where a service finds itself when it has no ports and so no VIP. */
const ITSELF = '127.0.0.1';

interface Name {
  readonly name: string;
  readonly address: string;
}

/**
 * "name:address", sorted. `peers` are the services that it shares a network with, itself among them. One that has no
 * ports can not be called and gets no name. Links go before names of services, those before aliases, as in Docker's DNS.
 */
export function hostLines(service: Service, peers: readonly Service[], vipOf: (name: string) => string): string[] {
  const own = service.container.options?.hostname;
  const linked = linkNames(service, peers, vipOf);
  const named = peers.flatMap((peer) => nameOf(service, peer, vipOf));
  const aliases = peers.flatMap((peer) => aliasNames(service, peer, vipOf));
  const lines = [...linked, ...without(named, linked), ...without(aliases, [...linked, ...named])]
    // Docker itself leads a container's host name to the container's own address, and programs listen on what it means.
    .filter(({ name }) => name !== own)
    .map(({ name, address }) => `${name}:${address}`);
  return [...new Set(lines)].sort();
}

function linkNames(service: Service, peers: readonly Service[], vipOf: (name: string) => string): Name[] {
  return (service.links ?? []).flatMap((link) => {
    const peer = peers.find(({ name }) => name === link.service);
    return peer === undefined ? [] : at(link.alias, service, peer, vipOf);
  });
}

function nameOf(service: Service, peer: Service, vipOf: (name: string) => string): Name[] {
  return at(peer.name, service, peer, vipOf);
}

function aliasNames(service: Service, peer: Service, vipOf: (name: string) => string): Name[] {
  const shared = Object.keys(service.networks).filter((network) => network in peer.networks);
  const aliases = shared.flatMap((network) => peer.networks[network] ?? []);
  return aliases.flatMap((alias) => at(alias, service, peer, vipOf));
}

function at(name: string, service: Service, peer: Service, vipOf: (name: string) => string): Name[] {
  if (peer.ports.length > 0) return [{ name, address: vipOf(peer.name) }];
  return peer.name === service.name ? [{ name, address: ITSELF }] : [];
}

function without(names: readonly Name[], taken: readonly Name[]): Name[] {
  const known = new Set(taken.map(({ name }) => name));
  return names.filter(({ name }) => !known.has(name));
}
