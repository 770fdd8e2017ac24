/** Small faults, as they are aimed, under traffic and with `fleet watch` running: time until repaired, requests lost. */
import { setTimeout as sleep } from 'node:timers/promises';
import { LABEL } from '../../../src/model/labels.ts';
import { type AfterEdit, type ContainerFault, type Fault, type Inflicted, inflict } from '../real/faults.ts';
import { busyCores } from '../view/signs.ts';
import { lookAtApp } from '../view/standing.ts';
import { startMixedTraffic } from './app.ts';
import { lossesSince } from './losses.ts';
import { type Subject, timeToRepair } from './repair.ts';
import type { Run } from './run.ts';

/** A fault by its name, and how it is aimed. */
export interface AimedFault {
  readonly title: string;
  /** Chooses another container than those that were struck already: one that ends twice is left alone for a while. */
  readonly aim: (subject: Subject, struck: readonly Inflicted[]) => Promise<Fault>;
}

/** One of each kind. Only api has a health check, and so can be known to be unhealthy. */
export const SMALL_FAULTS: readonly AimedFault[] = [
  { title: 'process of a web replica killed', aim: atReplica('kill-process', 'web') },
  { title: 'web replica stopped by docker kill', aim: atReplica('docker-kill', 'web') },
  { title: 'web replica removed', aim: atReplica('remove', 'web') },
  { title: 'web replica hung, which has no health check', aim: atReplica('freeze', 'web') },
  { title: 'api replica unhealthy', aim: atReplica('sicken', 'api') },
  { title: 'router removed on a worker', aim: atHost('worker', (host) => ({ kind: 'remove-router', host })) },
  { title: 'live router file of an edge edited and reloaded', aim: atHost('edge', editGeneration('reload')) },
];

/** The same kinds, aimed at other places. */
export const MORE_FAULTS: readonly AimedFault[] = [
  { title: 'singleton removed', aim: atReplica('remove', 'counter') },
  { title: 'api replica hung, which has a health check', aim: atReplica('freeze', 'api') },
  { title: 'router removed on an edge', aim: atHost('edge', (host) => ({ kind: 'remove-router', host })) },
  { title: 'live router file of an edge edited and left', aim: atHost('edge', editGeneration('leave')) },
  { title: 'main router file of an edge edited and reloaded', aim: atHost('edge', editMain('reload')) },
  { title: 'main router file of an edge edited and left', aim: atHost('edge', editMain('leave')) },
];

/** Faults that were made, and what came of them. */
interface Struck {
  readonly run: Run;
  readonly inflicted: readonly Inflicted[];
}

/**
 * Makes the faults under traffic, one right after the other, waits until all are repaired, and takes back what is left.
 * Containers that were struck before are spared.
 */
export async function smallFaults(
  subject: Subject,
  aimed: readonly AimedFault[],
  before: readonly Inflicted[] = [],
): Promise<Struck> {
  const { view, effort } = subject;
  await using traffic = await startMixedTraffic(view, { rate: effort.rate, forSeconds: 180 });
  await sleep(effort.steadyMs);
  const busy = busyCores();
  const since = Date.now();
  const inflicted: Inflicted[] = [];
  for (const { aim } of aimed) {
    const fault = await aim(subject, [...before, ...inflicted]);
    inflicted.push(await inflict(view.shape.name, fault));
  }
  const repairedMs = await timeToRepair(subject, inflicted);
  await sleep(effort.afterwardsMs);
  const seen = await traffic.stop();
  const busyMeanwhile = busy();
  for (const { undo } of inflicted) await undo();
  return { run: { repairedMs, ...lossesSince(seen, since), busyCores: busyMeanwhile }, inflicted };
}

function atReplica(kind: ContainerFault, service: string): AimedFault['aim'] {
  return async ({ view, app }, struck) => {
    const { containers } = await lookAtApp(view, app);
    const isStruck = (id: string) => struck.some(({ fault }) => 'container' in fault && fault.container === id);
    const one = containers.find(({ id, labels }) => labels[LABEL.service] === service && !isStruck(id));
    if (one === undefined) throw new Error(`no replica of ${service}`);
    return { kind, host: one.host, container: one.id };
  };
}

type Make = (host: string, app: string) => Fault;

function atHost(role: 'edge' | 'worker', make: Make): AimedFault['aim'] {
  return async ({ view, app }) => {
    const host = view.hosts.findLast((one) => view.isEdge(one) === (role === 'edge'));
    if (host === undefined) throw new Error(`no host is ${role} only`);
    return make(host, app);
  };
}

function editGeneration(then: AfterEdit): Make {
  return (host, app) => ({ kind: 'edit-generation', host, app, then });
}

function editMain(then: AfterEdit): Make {
  return (host) => ({ kind: 'edit-main', host, then });
}
