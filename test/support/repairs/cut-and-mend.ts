/** The host of a singleton is cut off and comes back with all that ran on it: who answers for the singleton meanwhile. */
import { setTimeout as sleep } from 'node:timers/promises';
import { LABEL } from '../../../src/model/labels.ts';
import { inflict } from '../real/faults.ts';
import { liveFiles, vipIn } from '../view/routers.ts';
import { doubles, type Sample, startSampling } from '../view/singletons.ts';
import { lookAtApp } from '../view/standing.ts';
import { startMixedTraffic } from './app.ts';
import { timeBack } from './host-loss.ts';
import { lossesSince } from './losses.ts';
import type { Subject } from './repair.ts';
import type { Run } from './run.ts';

/**
 * Cuts the host of service `counter` off for so long. All routers are asked ten times a second who the singleton is.
 * - double: pairs of containers that answered at the same time at routers of other hosts; doubleLongest: for how long;
 * - oldAtItsHost: how long after the mending the router of this host, which knows of nobody else yet, led to the old one
 *   although another one answers at other hosts;
 * - singletonAway: the longest time in which no other host's router had an answer;
 * - asDeclaredAgain: from the moment the host is mended, until nothing is surplus any more.
 */
export async function cutAndMend(subject: Subject, mendedAfterMs: number): Promise<Run> {
  const { view, app, effort } = subject;
  const { containers } = await lookAtApp(view, app);
  const host = containers.find(({ labels }) => labels[LABEL.service] === 'counter')?.host ?? '';
  if (view.isEdge(host)) throw new Error(`the singleton runs on the edge ${host}: traffic would be cut with it`);
  const vip = vipIn(liveFiles(view, host, app), `${app}.counter.8080`) ?? '';
  await using sampling = startSampling(view, vip);
  await using traffic = await startMixedTraffic(view, { rate: effort.rate, forSeconds: 300 });
  await sleep(effort.steadyMs);
  const cut = await inflict(view.shape.name, { kind: 'cut', host });
  await sleep(mendedAfterMs);
  const mendedAt = Date.now();
  const back = await timeBack(subject, cut);
  const seen = await traffic.stop();
  const samples = await sampling.stop();
  const others = samples.filter((sample) => sample.host !== host);
  const reachable = samples.filter((sample) => sample.host !== host || sample.sentAt >= mendedAt);
  const double = doubles(others);
  return {
    ...back,
    ...{ double: double.length, doubleLongestMs: Math.max(0, ...double.map(({ ms }) => ms)) },
    oldAtItsHostMs: Math.max(0, ...doubles(reachable).map(({ until }) => until - mendedAt)),
    ...{ singletonAwayMs: longestSilence(others), ...lossesSince(seen, cut.at) },
  };
}

function longestSilence(samples: readonly Sample[]): number {
  const times = samples.flatMap(({ answer, endedAt }) => (answer === undefined ? [] : [endedAt])).sort((a, b) => a - b);
  return Math.max(0, ...times.map((at, index) => at - (times[index - 1] ?? at)));
}
