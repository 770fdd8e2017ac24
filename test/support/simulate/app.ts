/** An app on a simulated fleet, and fleet at work on it in this process, by the same stages as the program. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { apply, type Wish } from '../../../src/flow.ts';
import type { Event } from '../../../src/model/event.ts';
import type { ApplyEnd } from '../../../src/one-way.ts';
import type { Files } from '../../../src/stages.ts';
import { realStages } from '../../../src/wiring.ts';
import { WALL_CLOCK } from '../real/shell.ts';
import type { SimulatedFleet } from './fleet.ts';
import { REGISTRY } from './registry.ts';

/** How large an app is. */
export interface AppSize {
  readonly services: number;
  /** Of each service. */
  readonly replicas: number;
}

/** The text of its playbook: services that are asked over HTTP, five of them in a network, the first one for the world, too. */
export function playbookText(name: string, { services, replicas }: AppSize): string {
  const named = Array.from({ length: services }, (_, index) => [`s${String(index).padStart(3, '0')}`, index] as const);
  const all = named.map(([service, index]) => [
    service,
    {
      image: `${REGISTRY.name}/${service}:1`,
      expose: ['8080'],
      networks: [`net-${Math.floor(index / 5)}`],
      deploy: { replicas, resources: { reservations: { cpus: '0.5', memory: '512m' } } },
      healthcheck: { test: ['CMD', 'true'] },
      'x-fleet': index === 0 ? { ingress: [{ host: 'simulated.example', port: 8080 }] } : {},
    },
  ]);
  const networks = named.map(([, index]) => [`net-${Math.floor(index / 5)}`, {}]);
  return JSON.stringify({ name, services: Object.fromEntries(all), networks: Object.fromEntries(networks) });
}

/** One app; its playbook goes with it. */
export class SimulatedApp implements AsyncDisposable {
  readonly name = 'shop';
  /** Of the last change. */
  events: Event[] = [];
  readonly #folder = mkdtempSync(join(tmpdir(), 'fleet-simulated-app-'));
  readonly #files: Files;

  constructor(fleet: SimulatedFleet, size: AppSize) {
    const playbook = join(this.#folder, 'compose.json');
    writeFileSync(playbook, playbookText(this.name, size));
    const none = { profiles: [], services: [], envFiles: [] };
    this.#files = {
      inventory: fleet.inventory,
      playbooks: [playbook],
      ...none,
      env: {},
      home: homedir(),
      cwd: this.#folder,
      user: 'test',
    };
  }

  /** Carries a change out with everything new: connections, lease, looks. */
  apply(intent: Wish): Promise<ApplyEnd> {
    const around = { env: {}, home: homedir(), pid: process.pid, isAlive: () => true, clock: WALL_CLOCK };
    const never = new AbortController().signal;
    this.events = [];
    const audience = {
      review: async () => true,
      begin: () => undefined,
      emit: (event: Event) => void this.events.push(event),
    };
    const terms = { isDecided: true, by: 'ann@laptop', signal: never, stopNow: never };
    return apply({ ...terms, files: this.#files, intent }, realStages(around), audience);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
