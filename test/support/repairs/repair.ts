/** How long it takes until a fault is repaired: everything as declared again, seen past fleet's back, and answering. */
import { get } from 'node:http';
import { connect } from 'node:net';
import { LABEL } from '../../../src/model/labels.ts';
import type { Fault, Inflicted } from '../real/faults.ts';
import type { LabView, ListedContainer } from '../view/lab-view.ts';
import { currentWorkers } from '../view/routers.ts';
import { firstTime } from '../view/signs.ts';
import { type Declared, deviations, doorsOf, lookAtApp } from '../view/standing.ts';
import type { Effort } from './run.ts';

/** The app that is looked at. */
export interface Subject {
  readonly view: LabView;
  readonly app: string;
  readonly declared: Declared;
  readonly effort: Effort;
}

interface Inspected {
  readonly State: { readonly StartedAt: string };
}

const LOOK_EVERY_MS = 100;
const ANSWER_LIMIT_MS = 3_000;

/** All that is not as declared at the moment; empty when all is. */
export async function deviationsNow({ view, app, declared }: Omit<Subject, 'effort'>): Promise<readonly string[]> {
  return deviations(await lookAtApp(view, app), { declared }, view);
}

/**
 * Milliseconds from the first of the faults until all is as declared and each replica answers; undefined when it lasts too long.
 * What hangs or is ill must have been replaced; what was killed must have been started since; nginx that has read an edited
 * file must have read another.
 */
export async function timeToRepair(subject: Subject, inflicted: readonly Inflicted[]): Promise<number | undefined> {
  const { view, app, declared, effort } = subject;
  const distrusted = new Set(inflicted.flatMap(({ fault }) => (isForGood(fault) ? [fault.container] : [])));
  const misled = inflicted.map(({ fault }) => ({ host: fault.host, workers: misledWorkers(view, fault) }));
  const isSo = async (): Promise<boolean> => {
    const standing = await lookAtApp(view, app);
    if (deviations(standing, { declared, distrusted }, view).length > 0) return false;
    const started = await Promise.all(inflicted.map((one) => isStartedSince(view, one)));
    if (!started.every(Boolean)) return false;
    if (misled.some(({ host, workers }) => isAnyOf(workers, view, host))) return false;
    return answer(standing.containers, view);
  };
  return firstTime(inflicted[0]?.at ?? Date.now(), { everyMs: LOOK_EVERY_MS, isSo }, effort.limitMs);
}

function isForGood(fault: Fault): fault is Fault & { readonly container: string } {
  return fault.kind === 'freeze' || fault.kind === 'sicken';
}

/** Those that have read what was written by hand. */
function misledWorkers(view: LabView, fault: Fault): ReadonlySet<number> {
  return 'then' in fault && fault.then === 'reload' ? currentWorkers(view, fault.host) : new Set();
}

function isAnyOf(workers: ReadonlySet<number>, view: LabView, host: string): boolean {
  return workers.size > 0 && [...currentWorkers(view, host)].some((pid) => workers.has(pid));
}

/** A process that was killed shows as running until dockerd has noticed. */
async function isStartedSince(view: LabView, { fault, at }: Inflicted): Promise<boolean> {
  if (fault.kind !== 'kill-process' && fault.kind !== 'docker-kill') return true;
  const found = await view.ask<Inspected>(fault.host, `/containers/${fault.container}/json`);
  return found === undefined || Date.parse(found.State.StartedAt) > at;
}

/** Does every replica take connections, and those that speak HTTP answer? */
async function answer(containers: readonly ListedContainer[], view: LabView): Promise<boolean> {
  const answers = await Promise.all(
    containers.flatMap((one) => {
      const isHttp = (one.labels[LABEL.ports] ?? '').includes('/http=');
      return doorsOf(one, view).map((door) => (isHttp ? answersHttp(door) : takesConnections(door)));
    }),
  );
  return answers.every(Boolean);
}

function answersHttp(door: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(`http://${door}/up`, { agent: false, timeout: ANSWER_LIMIT_MS }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.once('timeout', () => request.destroy());
    request.once('error', () => resolve(false));
    request.once('close', () => resolve(false));
  });
}

function takesConnections(door: string): Promise<boolean> {
  const [host = '', port = ''] = door.split(':');
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port), timeout: ANSWER_LIMIT_MS });
    const finish = (isOpen: boolean): void => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.once('connect', () => finish(true));
    socket.once('error', () => finish(false));
    socket.once('timeout', () => finish(false));
  });
}
