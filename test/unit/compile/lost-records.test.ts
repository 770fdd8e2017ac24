import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { scenarios } from '../../support/compile/arbitrary-worlds.ts';
import { now, planOf, tryDeployed, tryPlan } from '../../support/compile/deployed.ts';
import { runPlan, seeded } from '../../support/compile/run-plan.ts';
import type { Simulator } from '../../support/compile/simulator.ts';

// A busy machine may take its time; what is tested is not speed.
vi.setConfig({ testTimeout: 120_000 });

const RUNS = { numRuns: Number(process.env.RUNS ?? 20), endOnFailure: process.env.RUNS !== undefined };

test('whichever records are lost, the plan of what runs only writes records, or runs jobs that nothing tells of, and leaves nothing to do', () => {
  fc.assert(
    fc.property(scenarios, fc.boolean(), ({ first, second, seed }, isSecond) => {
      const fleet = tryDeployed(first, { choose: seeded(seed) });
      if (fleet === undefined) return;
      const plan = isSecond ? tryPlan(now(second, fleet)) : undefined;
      if (plan !== undefined) runPlan(plan, fleet);
      const question = plan === undefined ? first : second;
      const jobs = question.playbook.services.filter(({ job }) => job !== undefined).map(({ name }) => name);
      const isTold = jobs.every((name) => tellsOf(name, fleet));
      lose(fleet, seeded(seed + 1));
      const again = planOf(now(question, fleet));
      const wrong = again.steps.filter(({ action: { kind } }) =>
        isTold ? kind !== 'commit' && kind !== 'record' : ['start', 'adopt', 'stop', 'remove'].includes(kind),
      );
      expect(wrong.map(({ id }) => id)).toEqual([]);
      runPlan(again, fleet);
      expect(planOf(now(question, fleet)).steps.map(({ id }) => id)).toEqual([]);
    }),
    RUNS,
  );
});

/** Drops any of the records of any host. */
function lose(fleet: Simulator, choose: (n: number) => number): void {
  for (const { releases } of fleet.machines.values()) {
    releases.set(
      'shop',
      (releases.get('shop') ?? []).filter(() => choose(3) === 0),
    );
  }
}

/** Whether a replica of the newest release was started after this very job; when none was, nobody knows that it ran. */
function tellsOf(job: string, { machines }: Simulator): boolean {
  const spec = [...machines.values()].flatMap(({ releases }) => releases.get('shop') ?? []).at(-1)?.specs[job];
  const all = [...machines.values()].flatMap(({ containers }) => [...containers.values()]);
  const newest = Math.max(0, ...all.map(({ release }) => release));
  return all.some(({ release, jobs }) => release === newest && jobs?.[job] === spec);
}
