/** Large worlds for measuring the compiler: hosts of two sizes in five zones, services of all sizes with rules on where they run. */
import type { Question } from '../../../src/compile/index.ts';
import type { Host } from '../../../src/model/inventory.ts';
import type { Service } from '../../../src/model/playbook.ts';
import { seeded } from '../compile/run-plan.ts';
import { emptyHost, host, MIB, service, world } from '../compile/worlds.ts';

/** How large a world is. */
export interface Size {
  readonly hosts: number;
  readonly replicas: number;
  readonly services: number;
}

const ZONES = 5;

/** Average share of the fleet's room that all replicas reserve together. */
const LOAD = 0.75;

/** The question "deploy all of it on empty hosts". The same size gives the same world. */
export function fleetOf(size: Size): Question {
  const hosts = Array.from({ length: size.hosts }, (_, index) => hostOf(index, size.hosts));
  const reports = Object.fromEntries(
    hosts.map(({ name, labels }) => [
      name,
      emptyHost(
        labels.size === 'large' ? { cpus: 32, memoryBytes: 131_072 * MIB } : { cpus: 16, memoryBytes: 65_536 * MIB },
      ),
    ]),
  );
  return world({ hosts, reports, services: servicesOf(size) });
}

/** Host number `index` of a fleet of `count`. */
export function hostOf(index: number, count: number): Host {
  const digits = String(count).length;
  const address = `10.${64 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`;
  return host(`vm${String(index + 1).padStart(digits, '0')}`, {
    private: address,
    roles: index === 0 ? ['edge', 'worker'] : ['worker'],
    labels: {
      zone: `z${index % ZONES}`,
      disk: index % 5 < 2 ? 'ssd' : 'hdd',
      size: index % 3 === 0 ? 'large' : 'small',
    },
  });
}

/** A third wants fast disks or avoids a zone, half are spread over zones, a quarter has a limit for each host. */
function servicesOf({ hosts, replicas, services }: Size): Service[] {
  const random = seeded(services);
  const weights = Array.from({ length: services }, () => 1 + random(9));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  // A third of the hosts has twice the room.
  const cpus = (hosts * 16 * (4 / 3) * LOAD) / replicas;
  const memory = (hosts * 65_536 * (4 / 3) * LOAD) / replicas;
  let given = 0;
  let spent = 0;
  return weights.map((weight, index) => {
    spent += weight;
    const count = Math.round((replicas * spent) / total) - given;
    given += count;
    const share = (): number => (5 + random(11)) / 10;
    return service(`svc-${String(index).padStart(4, '0')}`, {
      replicas: count,
      ports: ['8080/tcp'],
      networks: [`net-${index % Math.ceil(services / 5)}`],
      reservation: {
        cpus: Math.round(cpus * share() * 100) / 100,
        memoryBytes: Math.round((memory * share()) / 16) * 16 * MIB,
      },
      constraints: constraintsOf(random(6)),
      spread: random(2) === 0 ? ['zone'] : [],
      ...(random(4) === 0 ? { maxPerHost: Math.max(2, Math.ceil((count / hosts) * 4)) } : {}),
    });
  });
}

function constraintsOf(kind: number): Service['constraints'] {
  if (kind === 0) return [{ key: 'labels.disk', operator: '==', value: 'ssd' }];
  if (kind === 1) return [{ key: 'labels.zone', operator: '!=', value: 'z4' }];
  return [];
}
