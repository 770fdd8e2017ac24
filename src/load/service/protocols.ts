/** Which ports a service has and what is spoken on each, from expose, ports, ingress and x-fleet.protocol together. */
import type { AppProtocol, ServicePort } from '../../model/playbook.ts';
import type { ServiceEntry } from './schema.ts';

/** The ports, sorted by number and protocol. A word of x-fleet.protocol wins over what follows from other keys. */
export function servicePorts(entry: ServiceEntry): readonly ServicePort[] {
  const ports = new Map<string, ServicePort>();
  const add = (port: number, protocol: AppProtocol) => {
    const key = `${port}/${protocol === 'udp' ? 'udp' : 'tcp'}`;
    if (protocol === 'http' || !ports.has(key)) ports.set(key, { port, protocol });
  };
  for (const { port, transport } of (entry.expose ?? []).flat()) add(port, transport);
  for (const { port, transport, isHttp } of entry.ports ?? []) add(port, isHttp ? 'http' : transport);
  for (const { port } of entry['x-fleet']?.ingress ?? []) add(port, 'http');
  const said = entry['x-fleet']?.protocol;
  const all = typeof said === 'object' ? named(ports, said) : [...ports.values()].map((port) => spoken(port, said));
  return all.sort((left, right) => left.port - right.port || (left.protocol < right.protocol ? -1 : 1));
}

function named(ports: Map<string, ServicePort>, said: Readonly<Record<string, AppProtocol>>): ServicePort[] {
  for (const [number, protocol] of Object.entries(said)) {
    const key = `${Number(number)}/${protocol === 'udp' ? 'udp' : 'tcp'}`;
    ports.set(key, { port: Number(number), protocol });
  }
  return [...ports.values()];
}

function spoken(port: ServicePort, said: AppProtocol | undefined): ServicePort {
  return said === undefined || port.protocol === 'udp' ? port : { port: port.port, protocol: said };
}
