import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import type { Question } from '../../../src/compile/index.ts';
import { scenarios } from '../../support/compile/arbitrary-worlds.ts';
import { now, planOf, tryDeployed, tryPlan } from '../../support/compile/deployed.ts';
import { Watch } from '../../support/compile/invariants.ts';
import { runPlan, seeded } from '../../support/compile/run-plan.ts';

// A busy machine may take its time; what is tested is not speed.
vi.setConfig({ testTimeout: 120_000 });

const RUNS = { numRuns: Number(process.env.RUNS ?? 10), endOnFailure: process.env.RUNS !== undefined };

test('running a plan leaves nothing to plan, and in every order who served before is served by checked replicas', () => {
  fc.assert(
    fc.property(scenarios, ({ first, second, seed }) => {
      const fleet = tryDeployed(first, { choose: seeded(seed) });
      if (fleet === undefined) return;
      expect(planOf(now(first, fleet)).steps.map(({ id }) => id)).toEqual([]);
      const plan = tryPlan(now(second, fleet));
      if (plan === undefined) return;
      const watch = new Watch(plan, second.playbook.services, fleet);
      runPlan(plan, fleet, { choose: seeded(seed + 1), look: (step) => watch.look(step) });
      expect(planOf(now(second, fleet)).steps.map(({ id }) => id)).toEqual([]);
    }),
    RUNS,
  );
});

test('a plan is the same to the byte for hosts, services, containers and keys in another order', () => {
  fc.assert(
    fc.property(scenarios, ({ first, second, seed }) => {
      const fleet = tryDeployed(first);
      if (fleet === undefined) return;
      const question = now(second, fleet);
      expect(JSON.stringify(tryPlan(shuffled(question, seeded(seed))), null, 1)).toBe(
        JSON.stringify(tryPlan(question), null, 1),
      );
    }),
    RUNS,
  );
});

test('a plan equals itself after a round trip through JSON, and its step ids are unique and needs come first', () => {
  fc.assert(
    fc.property(scenarios, ({ first, second }) => {
      const fleet = tryDeployed(first);
      if (fleet === undefined) return;
      const plan = tryPlan(now(second, fleet));
      if (plan === undefined) return;
      expect(JSON.parse(JSON.stringify(plan))).toStrictEqual(plan);
      const ids = plan.steps.map(({ id }) => id);
      expect(ids).toEqual([...new Set(ids)]);
      for (const [index, { needs }] of plan.steps.entries())
        for (const need of needs) expect(ids.slice(0, index)).toContain(need);
    }),
    RUNS,
  );
});

/** The same values; every list whose order means nothing, and all keys, in another order. */
function shuffled({ inventory, playbook, observed, intent }: Question, choose: (n: number) => number): Question {
  const mix = <T>(list: readonly T[]): T[] => {
    const rest = [...list];
    return list.flatMap(() => rest.splice(choose(rest.length), 1));
  };
  const keys = <T>(record: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(mix(Object.entries(record)));
  const hosts = Object.entries(observed.hosts).map(([name, state]) => {
    if (!state.reachable) return [name, state] as const;
    const { containers, listening, images, volumes, networks, releases } = state;
    const lists = {
      containers: mix(containers),
      listening: mix(listening),
      images: mix(images),
      volumes: mix(volumes),
    };
    const apps = Object.entries(state.router.apps).map(([app, one]) => [app, { ...one, services: keys(one.services) }]);
    const router = { ...state.router, apps: Object.fromEntries(apps) };
    return [name, keys({ ...state, ...lists, router, networks: keys(networks), releases: keys(releases) })] as const;
  });
  return {
    inventory: { ...inventory, hosts: mix(inventory.hosts).map((one) => ({ ...one, labels: keys(one.labels) })) },
    playbook: { ...playbook, services: mix(playbook.services), volumes: keys(playbook.volumes) },
    observed: {
      hosts: keys(Object.fromEntries(hosts)) as Question['observed']['hosts'],
      images: keys(observed.images),
    },
    intent,
  };
}
