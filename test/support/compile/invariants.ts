/** What must hold at every moment of a plan: who is served, by whom, and when blue may stop. */
import { withImagePorts } from '../../../src/compile/desire/ports.ts';
import type { RouterState, Upstream } from '../../../src/model/observed.ts';
import type { Plan, Step } from '../../../src/model/plan.ts';
import type { Service } from '../../../src/model/playbook.ts';
import { refused } from './reach.ts';
import type { Simulator } from './simulator.ts';

/** Watches one run of a plan; throws at the first moment that breaks a promise. */
export class Watch {
  private readonly fleet: Simulator;
  private readonly app: string;
  private readonly services: ReadonlyMap<string, Service>;
  /** "HOST SERVICE" of services that served there before the plan and that may not pause. */
  private readonly promised: ReadonlySet<string>;
  /** Replicas (HOST/NAME) that routers led to before the plan although they are not there or not ready. */
  private readonly badBefore: ReadonlySet<string>;
  private readonly paused: ReadonlySet<string>;
  private readonly placed: ReadonlySet<string>;
  /** Callers that were refused before the plan: their greens may call, they themselves need not. */
  private readonly refusedBefore: ReadonlySet<string>;

  constructor(plan: Plan, services: readonly Service[], fleet: Simulator) {
    this.fleet = fleet;
    this.app = plan.app;
    const observed = fleet.observed();
    this.services = new Map(services.map((service) => [service.name, withImagePorts(service, plan.app, observed)]));
    this.paused = new Set(plan.services.filter(isAnnounced).map(({ service }) => service));
    const serving = this.routed().filter(([, , upstreams]) => upstreams.some((one) => this.isGood(one)));
    // A service that has no replica in the end (global, and no host meets its constraints) may go.
    this.placed = new Set(plan.placements.map(({ service }) => service));
    const lasting = serving.filter(([, service]) => this.placed.has(service));
    const known = this.routed().flatMap(([, , upstreams]) => upstreams);
    this.refusedBefore = new Set(refused(fleet, this.app, services));
    this.badBefore = new Set(known.filter((one) => !this.isGood(one)).map(keyOf));
    this.promised = new Set(
      lasting.filter(([, service]) => !this.paused.has(service)).map(([host, service]) => `${host} ${service}`),
    );
  }

  /** Call after each step. */
  look(step: Step | undefined): void {
    const when = step === undefined ? 'before the first step' : `after ${step.id}`;
    const now = new Map(this.routed().map(([host, service, upstreams]) => [`${host} ${service}`, upstreams]));
    for (const key of this.promised) {
      const upstreams = now.get(key) ?? [];
      if (!upstreams.some((one) => this.isGood(one))) throw new Error(`${when}: nobody serves ${key}`);
    }
    for (const [key, upstreams] of now) {
      if (!this.promised.has(key)) continue;
      const bad = upstreams.find((one) => !this.isSilent(one) && !this.isGood(one) && !this.badBefore.has(keyOf(one)));
      if (bad !== undefined)
        throw new Error(`${when}: ${key} leads to ${bad.container}@${bad.host}, which is not ready`);
    }
    const closed = refused(this.fleet, this.app, [...this.services.values()]).find(
      (pair) => !this.refusedBefore.has(pair),
    );
    if (closed !== undefined) throw new Error(`${when}: the router refuses ${closed}`);
    if (step !== undefined) this.lookAtStep(step, when);
  }

  private lookAtStep(step: Step, when: string): void {
    const { action } = step;
    const isRouted = action.kind === 'stop' && this.services.get(action.service)?.ports.length !== 0;
    if (action.kind === 'stop' && isRouted && !this.paused.has(action.service))
      this.mayStop(`${step.host}/${action.replica}`, when);
    if (action.kind === 'job') this.jobReachesWhatItNeeds(step.host, action.service, when);
  }

  private mayStop(key: string, when: string): void {
    for (const [host, machine] of this.fleet.machines) {
      if (machine.isSilent) continue;
      const named = Object.values(this.fleet.loaded(host, this.app)?.services ?? {}).flatMap(
        ({ upstreams }) => upstreams,
      );
      if (named.some((one) => keyOf(one) === key)) throw new Error(`${when}: ${host} still sends traffic to ${key}`);
      if (machine.leaving.has(key)) throw new Error(`${when}: old workers of ${host} may still know ${key}`);
    }
  }

  /** A job may call what it depends on by name: the router of its host must lead to somebody who answers. */
  private jobReachesWhatItNeeds(host: string, job: string, when: string): void {
    const needed = (this.services.get(job)?.dependsOn ?? []).map(({ service }) => service);
    const routed = this.fleet.loaded(host, this.app)?.services ?? {};
    for (const service of needed) {
      if ((this.services.get(service)?.ports.length ?? 0) === 0 || !this.placed.has(service)) continue;
      const upstreams = routed[service]?.upstreams ?? [];
      if (!upstreams.some((one) => this.answers(one)))
        throw new Error(`${when}: the job can not reach ${service} from ${host}`);
    }
  }

  /** Somebody listens where the upstream points, whatever its name, and is healthy by its own check. */
  private answers({ host, ports }: Upstream): boolean {
    const wanted = ports.map(({ hostPort }) => hostPort);
    return [...(this.fleet.machines.get(host)?.containers.values() ?? [])].some(
      (one) =>
        one.state === 'running' &&
        one.health !== 'starting' &&
        one.ports.some(({ hostPort }) => wanted.includes(hostPort)),
    );
  }

  private isSilent({ host }: Upstream): boolean {
    return this.fleet.machines.get(host)?.isSilent !== false;
  }

  private isGood(upstream: Upstream): boolean {
    const key = keyOf(upstream);
    return this.fleet.container(key)?.state === 'running' && this.fleet.checked.has(key);
  }

  /** [host, service, upstreams] of everything that routers on hosts that answer have loaded for the app. */
  private routed(): [string, string, readonly Upstream[]][] {
    return [...this.fleet.machines].flatMap(([host, { isSilent }]) => {
      const state: RouterState | undefined = isSilent ? undefined : this.fleet.loaded(host, this.app);
      return Object.entries(state?.services ?? {})
        .filter(([service]) => this.services.get(service)?.ports.length !== 0)
        .map(([service, { upstreams }]): [string, string, readonly Upstream[]] => [host, service, upstreams]);
    });
  }
}

function isAnnounced({ notes }: Plan['services'][number]): boolean {
  return notes.some(
    (note) => /^(recreate|stop-first): a pause/.test(note) || note.includes('stops before its successor starts'),
  );
}

function keyOf({ host, container }: Upstream): string {
  return `${host}/${container}`;
}
