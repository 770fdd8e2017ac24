/** What a simulated host is and has when it comes up. */
import type { Container, HostUp } from '../../../src/model/observed.ts';
import { emptyHost, MIB, running } from '../compile/worlds.ts';
import { REGISTRY } from './registry.ts';

/** Name and private address of the n-th host (from 0): "h0001" and 10.128.0.1. */
export function simulatedName(index: number): { readonly name: string; readonly address: string } {
  const number = index + 1;
  return {
    name: `h${String(number).padStart(4, '0')}`,
    address: `10.${128 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}`,
  };
}

/** Its first report: so many replicas of the app "simulated", of ten services, all well. */
export function simulatedReport(index: number, containers: number): HostUp {
  const own = Array.from({ length: containers }, (_, place) => replica(index * containers + place, place));
  const services = [...new Set(own.map(({ service }) => service))].sort();
  return emptyHost({
    cpus: 16,
    memoryBytes: 65_536 * MIB,
    containers: own.sort((left, right) => (left.name < right.name ? -1 : 1)),
    networks: Object.fromEntries(services.map((name) => [`simulated.${name}`, `10.97.${name.slice(1)}.0/24`])),
    images: services.map((name) => `registry.example/${name}:1`),
    insecureRegistries: ['127.0.0.0/8'],
    registryMirrors: [`http://${REGISTRY.name}/`],
  });
}

const SERVICES = 10;

function replica(number: number, place: number): Container {
  const service = `s${number % SERVICES}`;
  return running(`simulated.${service}.1.${Math.floor(number / SERVICES) + 1}`, {
    image: `registry.example/${service}:1`,
    cpus: 0.5,
    memoryBytes: 512 * MIB,
    ports: [{ port: 8080, protocol: 'http', hostPort: 20_000 + place }],
  });
}
