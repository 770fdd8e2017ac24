/** Docker Swarm loses a host, and single containers: the same machine, program, number of replicas and traffic as fleet. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type ContainerFault, inflict } from '../../support/real/faults.ts';
import { startMixedTraffic } from '../../support/repairs/app.ts';
import { lossesSince } from '../../support/repairs/losses.ts';
import { type Run, THOROUGH } from '../../support/repairs/run.ts';
import { PACES, type SwarmPace } from '../../support/swarm/services.ts';
import { FRONT, Swarm } from '../../support/swarm/swarm.ts';
import { lastTry } from '../../support/view/routers.ts';
import { busyCores, firstTime, firstTimes } from '../../support/view/signs.ts';
import { type BenchContext, type Part, repeat } from './context.ts';
import type { Series } from './report.ts';

/** Part `swarm`. */
export const swarmPart: Part = {
  name: 'swarm',
  about: 'Docker Swarm: a worker host of 6 with 24 replicas loses its power',
  measure: async (context) => {
    await using swarm = await Swarm.make(context.view);
    const all: Series[] = [];
    for (const pace of PACES) {
      all.push(
        await repeat(context, `Swarm, ${pace.name}: power loss of a host`, () => hostLoss(context, swarm, pace)),
      );
    }
    return all;
  },
};

/** Part `swarm-faults`. */
export const swarmFaultsPart: Part = {
  name: 'swarm-faults',
  about: 'Docker Swarm: single containers killed, hung, unhealthy, removed',
  measure: async (context) => {
    await using swarm = await Swarm.make(context.view);
    const all: Series[] = [];
    for (const pace of PACES) {
      await swarm.start(pace);
      for (const fault of CONTAINER_FAULTS) {
        const title = `Swarm, ${pace.name}: ${fault.kind} of one ${fault.service}`;
        all.push(await repeat(context, title, () => containerFault(context, swarm, fault)));
      }
    }
    return all;
  },
};

interface ServiceFault {
  readonly kind: ContainerFault;
  readonly service: string;
}

/** Only what has a health check can be known to hang. */
const CONTAINER_FAULTS: readonly ServiceFault[] = [
  { kind: 'kill-process', service: 'web-8081' },
  { kind: 'docker-kill', service: 'web-8081' },
  { kind: 'remove', service: 'web-8081' },
  { kind: 'freeze', service: 'api' },
  { kind: 'sicken', service: 'api' },
];

async function hostLoss({ view }: BenchContext, swarm: Swarm, pace: SwarmPace): Promise<Run> {
  await swarm.start(pace);
  const host = await swarm.victim();
  const lostReplicas = (await swarm.tasks([host])).length;
  const survivors = view.hosts.filter((one) => one !== host);
  await using traffic = await startMixedTraffic(view, { rate: THOROUGH.rate, forSeconds: 300 });
  await sleep(THOROUGH.steadyMs);
  const busy = busyCores();
  const since = Date.now();
  const signs = {
    countedAsDownMs: { everyMs: 50, isSo: () => swarm.isDown(host) },
    allElsewhereMs: { everyMs: 100, isSo: async () => swarm.isComplete(await swarm.tasks(survivors)) },
  };
  const [{ undo }, times] = await Promise.all([
    inflict(view.shape.name, { kind: 'power-loss', host }),
    firstTimes(since, signs, THOROUGH.limitMs),
  ]);
  await sleep(Math.max(0, since + THOROUGH.watchedMs - Date.now()));
  const seen = await traffic.stop();
  const busyMeanwhile = busy();
  const fronts = view.hosts.filter((one) => view.isEdge(one));
  const to = view.addressOf(host);
  const tries = await Promise.all(fronts.map((front) => lastTry(view, { host: front, container: FRONT, to })));
  await undo();
  const lastTryMs = Math.max(0, ...tries.map((at) => at - since));
  return { lostReplicas, ...times, lastTryMs, ...lossesSince(seen, since), busyCores: busyMeanwhile };
}

async function containerFault({ view }: BenchContext, swarm: Swarm, { kind, service }: ServiceFault): Promise<Run> {
  const task = (await swarm.tasks()).find((one) => swarm.serviceOf(one) === service && !view.isEdge(one.host));
  if (task === undefined) throw new Error(`no task of ${service} runs beside the fronts`);
  await using traffic = await startMixedTraffic(view, { rate: THOROUGH.rate, forSeconds: 120 });
  await sleep(THOROUGH.steadyMs);
  const busy = busyCores();
  const { at, undo } = await inflict(view.shape.name, { kind, host: task.host, container: task.id });
  const distrusted = new Set([task.id]);
  const isSo = async () => swarm.isComplete(await swarm.tasks(), distrusted);
  const repairedMs = await firstTime(at, { everyMs: 50, isSo }, THOROUGH.limitMs);
  await sleep(2_000);
  const seen = await traffic.stop();
  const busyMeanwhile = busy();
  await undo();
  return { repairedMs, ...lossesSince(seen, at), busyCores: busyMeanwhile };
}
