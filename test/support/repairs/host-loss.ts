/** A host loses its power under traffic, with `fleet watch` running and nobody else: what is lost, and how long it takes. */
import { setTimeout as sleep } from 'node:timers/promises';
import { LABEL, ROUTER_NAME } from '../../../src/model/labels.ts';
import { type Inflicted, inflict } from '../real/faults.ts';
import type { Watcher } from '../real/watcher.ts';
import { departure, lastTry } from '../view/routers.ts';
import { busyCores, firstTimes, heldFrom, recent } from '../view/signs.ts';
import { deviations, isGood, lookAtApp, type Standing } from '../view/standing.ts';
import { startMixedTraffic } from './app.ts';
import { lossesSince } from './losses.ts';
import { deviationsNow, type Subject } from './repair.ts';
import type { Run } from './run.ts';

/**
 * Kills a worker host, and boots it again at the end.
 * - outOfRouters: no router's live files name the host, and no nginx worker that had read such files takes connections;
 * - lastTry: the last time that any router says that it tried the host in vain;
 * - allElsewhere: the other hosts run all replicas; asDeclared: and their routers know them, and nothing else is left;
 * - told: the watcher said that the host is lost;
 * - readyAgain, asDeclaredAgain: from the moment the host is turned on: its dockerd answers; nothing is surplus any more.
 */
export async function hostLoss(subject: Subject, watcher: Watcher): Promise<Run> {
  const { view, app, effort } = subject;
  const host = await plainHost(subject);
  const { containers } = await lookAtApp(view, app);
  const lostReplicas = containers.filter((one) => one.host === host).length;
  const survivors = view.hosts.filter((one) => one !== host);
  await using traffic = await startMixedTraffic(view, { rate: effort.rate, forSeconds: 300 });
  await sleep(effort.steadyMs);
  const look = recent(() => lookAtApp(view, app, new Set([host])));
  const signs = {
    outOfRoutersMs: { everyMs: 20, isSo: departure(view, app, view.addressOf(host), survivors) },
    allElsewhereMs: { everyMs: 100, isSo: async () => isAllThere(subject, await look()) },
    asDeclaredMs: { everyMs: 100, isSo: async () => deviations(await look(), subject, view).length === 0 },
  };
  const busy = busyCores();
  const since = Date.now();
  const [lost, times] = await Promise.all([
    inflict(view.shape.name, { kind: 'power-loss', host }),
    firstTimes(since, signs, effort.limitMs),
  ]);
  await sleep(Math.max(0, since + effort.watchedMs - Date.now()));
  const seen = await traffic.stop();
  const busyMeanwhile = busy();
  const to = view.addressOf(host);
  const tries = await Promise.all(survivors.map((one) => lastTry(view, { host: one, container: ROUTER_NAME, to })));
  const lastTryMs = Math.max(0, ...tries.map((at) => at - since));
  const told = watcher.lines.find(({ kind, at }) => kind === 'host-lost' && at >= since);
  const toldMs = told === undefined ? undefined : told.at - since;
  const losses = lossesSince(seen, since);
  return {
    lostReplicas,
    toldMs,
    ...times,
    lastTryMs,
    ...losses,
    ...(await timeBack(subject, lost)),
    busyCores: busyMeanwhile,
  };
}

/** The host is back: until nothing is surplus any more and its router is as the others', for good. */
export async function timeBack(subject: Subject, { undo }: Inflicted): Promise<Run> {
  const since = Date.now();
  await undo();
  const readyAgainMs = Date.now() - since;
  const isSo = async () => (await deviationsNow(subject)).length === 0;
  const { afterwardsMs: holdsMs, limitMs } = subject.effort;
  const asDeclaredAgainMs = await heldFrom(since, { everyMs: 100, isSo }, { holdsMs, limitMs });
  return { readyAgainMs, asDeclaredAgainMs };
}

/** A host that is neither an edge nor bound to a volume, and runs the most replicas. */
async function plainHost({ view, app }: Subject): Promise<string> {
  const { containers } = await lookAtApp(view, app);
  const on = (host: string) => containers.filter((one) => one.host === host);
  const free = view.hosts.filter(
    (host) => !view.isEdge(host) && on(host).every(({ labels }) => labels[LABEL.service] !== 'store'),
  );
  return free.toSorted((left, right) => on(right).length - on(left).length)[0] ?? '';
}

/** Do all replicas run, whatever the routers say? */
function isAllThere({ declared }: Subject, { containers }: Standing): boolean {
  const running = containers.filter(isGood);
  return Object.entries(declared).every(
    ([service, count]) => running.filter(({ labels }) => labels[LABEL.service] === service).length === count,
  );
}
