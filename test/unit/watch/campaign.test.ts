/** A campaign through the watcher and the compiler, on simulated hosts: only SSH and Docker are not there. */
import { expect, test } from 'vitest';
import { compile } from '../../../src/compile/index.ts';
import type { Outcome } from '../../../src/model/event.ts';
import { deployed } from '../../support/compile/deployed.ts';
import { runPlan } from '../../support/compile/run-plan.ts';
import { service, world } from '../../support/compile/worlds.ts';
import { WatchedFleet } from '../../support/watch/fleet.ts';

const MINUTE = 60_000;
/** How long a plan takes to be carried out. */
const WORK_MS = 20_000;
const START = 1_700_000_000_000;

/** Shop of one service that reserves a cpu for each replica, on hosts of four cpus, with a window from minute 20 to minute 30. */
async function campaign(replicas: number) {
  const window = { kind: 'dates', replicas, timeZone: 'UTC', warmUpMs: 5 * MINUTE } as const;
  const windows = [{ ...window, startAt: START + 20 * MINUTE, endAt: START + 30 * MINUTE }];
  const scale = { upAfterMs: 0, downAfterMs: 0, windows };
  const web = service('web', { replicas: 3, ports: ['80'], scale, reservation: { cpus: 1, memoryBytes: 0 } });
  const question = world({ hosts: 3, services: [web] });
  const hosts = deployed(question);
  const fleet = new WatchedFleet();
  fleet.inventory = question.inventory;
  Object.assign(fleet.stages, {
    compile,
    observe: async () => hosts.observed(),
    readBody: async (_: unknown, __: unknown, ___: unknown, release: number) => hosts.bodies.get(release),
    execute: async (plan: Parameters<typeof runPlan>[0]): Promise<Outcome> => {
      await fleet.sleep(WORK_MS);
      const done = runPlan(plan, hosts).length;
      return { kind: 'done', committed: true, done, failed: [], undone: 0, left: [], ms: WORK_MS };
    },
  });
  /** "56 8": from that minute on so many containers. */
  const running: string[] = [];
  await fleet.watch(async () => {
    for (let minute = 1; minute <= 45; minute++) {
      await fleet.until(minute * MINUTE);
      const count = [...hosts.machines.values()].reduce((sum, { containers }) => sum + containers.size, 0);
      if (running.at(-1)?.split(' ')[1] !== String(count)) running.push(`${minute} ${count}`);
    }
  });
  return { running, told: fleet.told.filter(({ kind }) => !kind.startsWith('watch-')) };
}

test('what a window asks for runs before it starts, until it ends, and the record knows what to go back to', async () => {
  const { running, told } = await campaign(8);
  expect(running).toEqual(['1 3', '16 8', '31 3']);
  expect(told.map(({ kind }) => kind)).toEqual(['scaled', 'scaled']);
});

test('where a window asks for more than fits, what fits runs, and the rest is told once, with numbers', async () => {
  const { running, told } = await campaign(20);
  expect(running).toEqual(['1 3', '16 12', '31 3']);
  expect(told.map(({ kind }) => kind)).toEqual(['scaled', 'does-not-fit', 'scaled', 'fits-again']);
  expect(told[1]).toMatchObject({ why: [expect.stringContaining('web: 8 of 20 replicas fit nowhere')] });
});
