import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import type { Question } from '../../../src/compile/index.ts';
import type { Plan } from '../../../src/model/plan.ts';
import type { Service } from '../../../src/model/playbook.ts';
import { next, scenarios } from '../../support/compile/arbitrary-worlds.ts';
import { deployed, now, planOf, tryDeployed, tryPlan } from '../../support/compile/deployed.ts';
import { Watch } from '../../support/compile/invariants.ts';
import { runPlan, seeded } from '../../support/compile/run-plan.ts';
import type { Simulator } from '../../support/compile/simulator.ts';
import { imagesOf } from '../../support/compile/worlds.ts';

// A busy machine may take its time; what is tested is not speed.
vi.setConfig({ testTimeout: 120_000 });

const RUNS = { numRuns: Number(process.env.RUNS ?? 10), endOnFailure: process.env.RUNS !== undefined };

test('nothing starts on a cordoned, edge-only, unfit or full host', () => {
  fc.assert(
    fc.property(scenarios, ({ first, second }) => {
      const fleet = tryDeployed(first);
      if (fleet === undefined) return;
      checkPlaces(planOf(first), first);
      const plan = tryPlan(now(second, fleet));
      if (plan !== undefined) checkPlaces(plan, now(second, fleet));
    }),
    RUNS,
  );
});

test('addresses are unique in the fleet, also between apps, and stay as they are; another app changes nothing', () => {
  fc.assert(
    fc.property(scenarios, ({ first, second }) => {
      const fleet = tryDeployed(first);
      if (fleet === undefined) return;
      const { vips } = planOf(now(first, fleet));
      const plan = tryPlan(now(second, fleet));
      for (const [service, vip] of Object.entries(plan?.vips ?? {})) expect(vips[service] ?? vip).toBe(vip);
      const closed = second.playbook.services.map((one) => ({ ...one, ingress: [], published: [] }));
      const other = { ...second, playbook: { ...second.playbook, app: 'blog', services: closed } };
      const blog = tryPlan(now(other, fleet));
      if (blog === undefined) return;
      runPlan(blog, fleet);
      checkAddresses(fleet);
      expect(planOf(now(first, fleet)).steps.map(({ id }) => id)).toEqual([]);
    }),
    RUNS,
  );
});

test('scaling a service down stops its last slots and touches nobody else', () => {
  fc.assert(
    fc.property(scenarios, fc.nat(), ({ first }, pick) => {
      const fleet = tryDeployed(first);
      const many = first.playbook.services.filter(
        ({ mode, replicas, job }) => mode === 'replicated' && replicas > 1 && job === undefined,
      );
      const chosen = many[pick % many.length];
      if (fleet === undefined || chosen === undefined) return;
      const smaller = first.playbook.services.map((one) => (one === chosen ? { ...one, replicas: 1 } : one));
      const plan = planOf(next(first, smaller, fleet.observed(first.observed.images)));
      expect(touched(plan).sort()).toEqual(
        Array.from({ length: chosen.replicas - 1 }, (_, index) => `stop shop.${chosen.name}.1.${index + 2}`),
      );
    }),
    RUNS,
  );
});

test('a lost host moves only what ran there; when it is back it is tidied, and somebody serves all the time', () => {
  fc.assert(
    fc.property(scenarios, fc.nat(), ({ first, seed }, pick) => {
      const fleet = tryDeployed(first);
      const hosts = first.inventory.hosts.map(({ name }) => name);
      const lost = hosts[pick % hosts.length] ?? '';
      if (fleet === undefined) return;
      fleet.machine(lost).isSilent = true;
      const plan = tryPlan(now(first, fleet));
      if (plan === undefined) return;
      expect(touched(plan).filter((text) => text.startsWith('stop'))).toEqual([]);
      const there = new Set(
        [...fleet.machine(lost).containers.values()].map(({ service, slot }) => `${service}.${slot}`),
      );
      for (const { service, slot, change } of plan.placements)
        if (change === 'starts') expect(there).toContain(`${service}.${slot}`);
      runPlan(plan, fleet, { choose: seeded(seed) });
      expect(planOf(now(first, fleet)).steps.map(({ id }) => id)).toEqual([]);
      fleet.machine(lost).isSilent = false;
      const back = planOf(now(first, fleet));
      const watch = new Watch(back, first.playbook.services, fleet);
      runPlan(back, fleet, { choose: seeded(seed + 1), look: (step) => watch.look(step) });
      expect(planOf(now(first, fleet)).steps.map(({ id }) => id)).toEqual([]);
      expect(counts(fleet)).toEqual(counts(deployed(first)));
    }),
    RUNS,
  );
});

/** Replicas by service, over all hosts. */
function counts(fleet: Simulator): Record<string, number> {
  const counted: Record<string, number> = {};
  const all = [...fleet.machines.values()].flatMap(({ containers }) => [...containers.values()]);
  for (const { service, state } of all) counted[`${service} ${state}`] = (counted[`${service} ${state}`] ?? 0) + 1;
  return Object.fromEntries(Object.entries(counted).sort());
}

/** "start X" and "stop X" of everything that changes. */
function touched(plan: Plan): string[] {
  return plan.services.flatMap(({ starts, stops }) => [
    ...starts.map(({ replica }) => `start ${replica}`),
    ...stops.map(({ replica }) => `stop ${replica}`),
  ]);
}

function checkPlaces(plan: Plan, { inventory, playbook, observed }: Question): void {
  const services = new Map(playbook.services.map((service) => [service.name, service]));
  for (const { name, labels, roles, cordoned } of inventory.hosts) {
    const here = plan.placements.filter(({ host }) => host === name);
    const fresh = here
      .filter(({ change }) => change === 'starts')
      .flatMap(({ service }) => services.get(service) ?? []);
    if (fresh.length > 0)
      expect({ name, cordoned, isWorker: roles.includes('worker') }).toEqual({ name, cordoned: false, isWorker: true });
    for (const service of fresh) {
      for (const { key, value } of service.constraints) expect(labels[key.replace('labels.', '')]).toBe(value);
      const own = here.filter((placement) => placement.service === service.name).length;
      expect(own).toBeLessThanOrEqual(service.maxPerHost ?? Number.POSITIVE_INFINITY);
    }
    const state = observed.hosts[name];
    if (state?.reachable !== true || fresh.length === 0) continue;
    const all = here.flatMap(({ service }) => services.get(service) ?? []);
    expect(sum(all, ({ reservation }) => reservation.memoryBytes)).toBeLessThanOrEqual(state.memoryBytes);
    expect(sum(all, ({ reservation }) => reservation.cpus)).toBeLessThanOrEqual(state.cpus + 1e-6);
  }
}

function sum(services: readonly Service[], amount: (service: Service) => number): number {
  return services.reduce((total, service) => total + amount(service), 0);
}

function checkAddresses(fleet: Simulator): void {
  const vips = new Map<string, string>();
  const subnets = new Map<string, string>();
  for (const [host, { containers }] of fleet.machines) {
    const ports = [...containers.values()].flatMap((one) => one.ports.map(({ hostPort }) => hostPort));
    expect(ports).toEqual([...new Set(ports)]);
    for (const app of ['shop', 'blog']) {
      for (const [service, { vip, subnet }] of Object.entries(fleet.loaded(host, app)?.services ?? {})) {
        expect(vips.get(vip) ?? `${app}/${service}`).toBe(`${app}/${service}`);
        expect(subnets.get(subnet) ?? `${app}/${service}`).toBe(`${app}/${service}`);
        vips.set(vip, `${app}/${service}`);
        subnets.set(subnet, `${app}/${service}`);
      }
    }
  }
}

test('an image for another architecture is placed on no host', () => {
  fc.assert(
    fc.property(scenarios, ({ first }) => {
      const images = Object.entries(imagesOf(first.playbook.services)).map(([name, facts]) => {
        return [name, name.startsWith('nginx') ? facts : { ...facts, architectures: ['arm64'] }] as const;
      });
      const plan = tryPlan({ ...first, observed: { ...first.observed, images: Object.fromEntries(images) } });
      expect(plan?.placements.filter(({ change }) => change === 'starts') ?? []).toEqual([]);
    }),
    RUNS,
  );
});
