/** A simulated fleet on which time passes and things go wrong: hosts fall silent, containers end, hang or fall ill. */
import type { Container, HostDown, Observed } from '../../../../src/model/observed.ts';
import type { Step } from '../../../../src/model/plan.ts';
import type { ReleaseBody } from '../../../../src/model/release.ts';
import { currentOf, type Machine } from '../../compile/machine.ts';
import { Simulator } from '../../compile/simulator.ts';
import { SILENT } from '../../compile/worlds.ts';

/** How a host stands. "cut-off": other hosts reach it, the watcher does not. "parted": nobody does, and all runs on. */
export type Standing = 'up' | 'no-docker' | 'cut-off' | 'parted' | 'off';

/** "crashing": Docker starts it again and again. "ending": it ends soon after each start, and Docker leaves it. */
export type Ill = 'hung' | 'unhealthy' | 'crashing' | 'ending';

const NO_DOCKER: HostDown = { reachable: false, code: 'E_HOST_DOCKER', message: 'its daemon does not run' };

/** So long after a reload old nginx workers are gone, whatever they held. */
const WORKERS_MS = 35_000;

/** Machines with standings, ills and a clock. Each change of any kind is counted. */
export class FaultyFleet extends Simulator {
  readonly ills = new Map<string, Ill>();
  /** Services all of whose containers fail their check, new ones too. */
  readonly illServices = new Set<string>();
  /** Services that Docker starts again neither after an end nor after a boot (`restart: no`). */
  readonly unrestarted = new Set<string>();
  /** Hosts that are back and whose router nobody has switched since: it may lead anywhere. */
  readonly returned = new Set<string>();
  /** "HOST/RELEASE" -> body beside the record. */
  readonly kept = new Map<string, ReleaseBody>();
  /** Grows whenever anything may have changed. */
  changes = 0;
  readonly #standings = new Map<string, Standing>();
  /** Containers that ran when their host lost its power. */
  readonly #fell = new Set<string>();

  override observed(images?: Observed['images']): Observed {
    const seen = super.observed(images);
    const hosts = Object.entries(seen.hosts).map(([host, state]): [string, Observed['hosts'][string]] => {
      if (state.reachable) return [host, state];
      return [host, this.standing(host) === 'no-docker' ? NO_DOCKER : SILENT];
    });
    return { ...seen, hosts: Object.fromEntries(hosts) };
  }

  override apply(step: Step): void {
    this.changes++;
    this.now += 20;
    const { action, host } = step;
    if (action.kind === 'start' && !this.machine(host).containers.has(action.replica))
      this.ills.delete(`${host}/${action.replica}`);
    super.apply(step);
    if (action.kind === 'switch') this.returned.delete(host);
  }

  standing(host: string): Standing {
    return this.#standings.get(host) ?? 'up';
  }

  /** Names of hosts that stand so. */
  hostsThatAre(...standings: readonly Standing[]): string[] {
    return [...this.machines.keys()].filter((host) => standings.includes(this.standing(host)));
  }

  stand(host: string, standing: Standing): void {
    const was = this.standing(host);
    if (was === standing) return;
    this.changes++;
    this.#standings.set(host, standing);
    const machine = this.machine(host);
    machine.isSilent = standing !== 'up';
    if (standing === 'off') this.#fall(host, machine);
    if (standing !== 'up') return;
    if (was === 'off' || was === 'no-docker') this.#boot(host, machine);
    this.returned.add(host);
  }

  /** True when packets go from one host to the other. */
  links(from: string, to: string): boolean {
    const isAlone = (host: string): boolean => ['off', 'parted'].includes(this.standing(host));
    return from === to ? this.standing(from) !== 'off' : !isAlone(from) && !isAlone(to);
  }

  /** True when the container takes requests, well or ill. */
  answers(host: string, { name, state }: Container): boolean {
    return state === 'running' && this.ills.get(`${host}/${name}`) !== 'hung';
  }

  /** Changes a container as Docker or a person there would. */
  change(host: string, name: string, part: Partial<Container>): void {
    const { containers } = this.machine(host);
    const container = containers.get(name);
    this.changes++;
    if (container !== undefined) containers.set(name, { ...container, ...part });
  }

  /** Time passes: checks tell what they find, and what ends again and again does so. */
  pass(ms: number): void {
    this.now += ms;
    for (const [host, machine] of this.machines) {
      if (ms >= WORKERS_MS) machine.leaving.clear();
      if (this.standing(host) === 'off') continue;
      for (const container of machine.containers.values()) this.#age(host, container);
    }
  }

  #age(host: string, container: Container): void {
    const { name, state, health, restarts } = container;
    const ill = this.ills.get(`${host}/${name}`);
    if (ill === 'crashing' && (state === 'running' || state === 'restarting'))
      this.change(host, name, { state: 'restarting', restarts: restarts + 1 });
    if (state !== 'running') return;
    if (ill === 'ending') this.change(host, name, { state: 'exited', exitCode: 1 });
    const found = this.#isFailing(container, ill) ? 'unhealthy' : 'healthy';
    if (health !== 'none' && health !== found) this.change(host, name, { health: found });
  }

  #isFailing({ service }: Container, ill: Ill | undefined): boolean {
    return ill === 'unhealthy' || ill === 'hung' || this.illServices.has(service);
  }

  #fall(host: string, machine: Machine): void {
    for (const { name, state } of machine.containers.values()) {
      if (state !== 'running' && state !== 'restarting') continue;
      this.#fell.add(`${host}/${name}`);
      this.change(host, name, { state: 'exited', exitCode: 137 });
    }
    unload(machine);
  }

  /** Docker starts what ran, by each one's restart policy; nginx reads what lies there. */
  #boot(host: string, machine: Machine): void {
    for (const { name, service, state, health } of machine.containers.values()) {
      this.ills.delete(this.ills.get(`${host}/${name}`) === 'hung' ? `${host}/${name}` : '');
      const ran = this.#fell.delete(`${host}/${name}`) || state === 'running';
      if (!ran) continue;
      const starting = health === 'none' ? health : 'starting';
      if (this.unrestarted.has(service)) this.change(host, name, { state: 'exited', exitCode: 137 });
      else this.change(host, name, { state: 'running', health: starting, startedAt: this.now });
    }
    machine.leaving.clear();
    if (machine.router?.running !== true) return;
    machine.loaded.http = currentOf(machine);
    machine.loaded.stream = currentOf(machine);
  }
}

/** No nginx runs there any more. */
export function unload(machine: Machine): void {
  machine.loaded.http = new Map();
  machine.loaded.stream = new Map();
  machine.leaving.clear();
}
