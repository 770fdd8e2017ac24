/** A watcher that is cut off changes nothing; of two watchers one acts, and the other goes on when that one is killed. */
import { setTimeout as sleep } from 'node:timers/promises';
import { LABEL } from '../../../src/model/labels.ts';
import { inflict } from '../real/faults.ts';
import type { Watcher } from '../real/watcher.ts';
import type { LabView } from '../view/lab-view.ts';
import { firstTime } from '../view/signs.ts';
import { lookAtApp } from '../view/standing.ts';
import { deviationsNow, type Subject, timeToRepair } from './repair.ts';
import type { Run } from './run.ts';

/** Cuts the last four hosts off, and mends them. How much was changed: containers and router files, on any host. */
export async function cutOff({ view, app, effort }: Subject, watcher: Watcher): Promise<Run> {
  const before = await picture(view, app);
  const cut = await Promise.all(view.hosts.slice(-4).map((host) => inflict(view.shape.name, { kind: 'cut', host })));
  const since = cut[0]?.at ?? 0;
  const isSo = () => watcher.lines.some(({ kind, at }) => kind === 'cut-off' && at >= since);
  const toldMs = await firstTime(since, { everyMs: 50, isSo }, effort.limitMs);
  await sleep(effort.cutOffMs);
  const during = await picture(view, app);
  for (const { undo } of cut) await undo();
  await sleep(effort.quietMs);
  const after = await picture(view, app);
  return { toldMs, changesWhileCut: differences(before, during), changesOnceMended: differences(before, after) };
}

/** Removes a replica, and kills the watcher that repairs it as soon as the successor is there and not all is done. */
export async function killedInRepair(subject: Subject, [first, second]: readonly [Watcher, Watcher]): Promise<Run> {
  const { view, app, effort } = subject;
  const { containers } = await lookAtApp(view, app);
  const known = new Set(containers.map(({ id }) => id));
  const one = containers.find(({ labels }) => labels[LABEL.service] === 'web');
  if (one === undefined) throw new Error('no replica of web');
  const fault = await inflict(view.shape.name, { kind: 'remove', host: one.host, container: one.id });
  const isSo = async () => (await lookAtApp(view, app)).containers.some(({ id }) => !known.has(id));
  const begunMs = await firstTime(fault.at, { everyMs: 20, isSo }, effort.limitMs);
  const holder = leaseHolder(view, app);
  const acting = [first, second].find(({ pid }) => pid === holder);
  await acting?.kill();
  const repairedMs = await timeToRepair(subject, [fault]);
  await sleep(effort.quietMs);
  const started = (await lookAtApp(view, app)).containers.filter(({ id }) => !known.has(id)).length;
  return {
    ...{ begunMs, killed: acting === undefined ? 0 : 1, repairedMs, startedInAll: started },
    deviations: (await deviationsNow(subject)).length,
  };
}

/** The process that has the lease of the app, as the first keeper knows it. */
function leaseHolder(view: LabView, app: string): number | undefined {
  const text = view.read(view.hosts[0] ?? '', `/home/deploy/.fleet/${app}/lease.json`);
  return text === undefined ? undefined : Number(/"pid": ?(\d+)/.exec(text)?.[1]);
}

/** Everything that a repair could change, a line each. */
async function picture(view: LabView, app: string): Promise<ReadonlySet<string>> {
  const { containers, routers } = await lookAtApp(view, app);
  return new Set([
    ...containers.map(({ host, id, state }) => `${host} ${id} ${state}`),
    ...routers.map(({ host, isRunning, text }) => `${host} ${isRunning} ${text}`),
  ]);
}

function differences(before: ReadonlySet<string>, after: ReadonlySet<string>): number {
  const gone = [...before].filter((one) => !after.has(one));
  const fresh = [...after].filter((one) => !before.has(one));
  return gone.length + fresh.length;
}
