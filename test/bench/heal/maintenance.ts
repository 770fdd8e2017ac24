/** What people do to a fleet on purpose, under traffic: each must not cost a single request. */
import { setTimeout as sleep } from 'node:timers/promises';
import { TOP } from '../../support/real/fleet.ts';
import { HEAL, HEAL_DECLARED, healFleet, startMixedTraffic } from '../../support/repairs/app.ts';
import { lossesSince } from '../../support/repairs/losses.ts';
import { deviationsNow } from '../../support/repairs/repair.ts';
import { type Run, THOROUGH } from '../../support/repairs/run.ts';
import { busyCores } from '../../support/view/signs.ts';
import { type BenchContext, type Part, repeat } from './context.ts';
import { formatRun, type Series } from './report.ts';

/** One command, and what the fleet declares when it is done; nothing is compared where blue ones are kept. */
interface Task {
  readonly title: string;
  readonly args: readonly string[];
  readonly isWarm?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly declared?: Readonly<Record<string, number>>;
}

const DRAINED = 'vm4';
const scaled = (web: number): Task => ({
  title: `scale web=${web}`,
  args: ['scale', `web=${web}`],
  declared: { ...HEAL_DECLARED, web },
});

/** In order: each starts from what the one before has left, and the last leaves the fleet as it was. */
const TASKS: readonly Task[] = [
  { title: `drain ${DRAINED}`, args: ['drain', DRAINED] },
  { title: `uncordon ${DRAINED}`, args: ['uncordon', DRAINED] },
  { title: 'rebalance', args: ['rebalance'] },
  scaled(3),
  scaled(12),
  { ...scaled(3), title: 'scale web=3 again' },
  scaled(HEAL_DECLARED.web ?? 0),
  { title: 'deploy another version', args: ['deploy'], env: { HEAL_VERSION: '2' } },
  { title: 'rollback', args: ['rollback'] },
  { title: 'maintain --reboot of all hosts', args: ['maintain', '--reboot'] },
];

/** A deploy after which the replicas before it stay warm, and the way back to them. */
const WARM = ['--file', `${TOP}test/integration/playbooks/heal-warm.yaml`];
const WARM_TASKS: readonly Task[] = [
  { title: 'deploy, blue stays warm', args: ['deploy', ...WARM], env: { HEAL_VERSION: '2' }, isWarm: true },
  { title: 'rollback to what is warm', args: ['rollback'], isWarm: true },
];

/** Part `maintenance`. */
export const maintenancePart: Part = {
  name: 'maintenance',
  about: 'drain, rebalance, scale, roll back, reboot all hosts in turn: nobody may notice',
  measure: async (context) => {
    await healFleet(context.inventory, ['deploy', '--yes']);
    return inRounds(context, 'maintenance', TASKS);
  },
};

/** Part `warm`. */
export const warmPart: Part = {
  name: 'warm',
  about: 'a deploy is taken back while the replicas before it are still there',
  measure: async (context) => {
    await healFleet(context.inventory, ['deploy', '--yes', ...WARM]);
    return inRounds(context, 'warm', WARM_TASKS);
  },
};

/** Round by round, not task by task: each task needs the one before. */
async function inRounds(context: BenchContext, name: string, tasks: readonly Task[]): Promise<readonly Series[]> {
  const rounds: Run[][] = [];
  await repeat(context, name, async () => {
    const runs: Run[] = [];
    for (const task of tasks) runs.push(await carryOut(context, task));
    rounds.push(runs);
    return { tasks: runs.length };
  });
  return tasks.map(({ title }, index): Series => {
    return { title: `fleet: ${title}`, runs: rounds.flatMap((runs) => runs.slice(index, index + 1)) };
  });
}

async function carryOut({ view, inventory, say }: BenchContext, task: Task): Promise<Run> {
  await using traffic = await startMixedTraffic(view, {
    rate: THOROUGH.rate,
    forSeconds: 1_800,
    whenRefused: 'next-edge',
  });
  await sleep(THOROUGH.steadyMs);
  const busy = busyCores();
  const since = Date.now();
  const env = task.env === undefined ? {} : { env: task.env };
  const { ms } = await healFleet(inventory, [...task.args, '--yes'], { limitMs: 1_500_000, ...env });
  await sleep(THOROUGH.steadyMs);
  const seen = await traffic.stop();
  const busyMeanwhile = busy();
  const declared = task.declared ?? HEAL_DECLARED;
  const left = task.isWarm === true ? [] : await deviationsNow({ view, app: HEAL, declared });
  if (left.length > 0) say(`${task.title} left ${left.join('; ')}`);
  const run = { tookMs: ms, ...lossesSince(seen, since), deviations: left.length, busyCores: busyMeanwhile };
  say(`${task.title}: ${formatRun(run)}`);
  return run;
}
