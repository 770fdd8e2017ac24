/** One moment of a fleet: who serves, who answers, who runs. */
import type { Container } from '../../../../src/model/observed.ts';
import type { FaultyFleet } from '../fleet/fleet.ts';
import { type View, viewsOf } from '../fleet/views.ts';
import type { Undertaking } from './promises.ts';

/** What is true between two steps. */
export interface Moment {
  readonly views: ReadonlyMap<string, View>;
  /** "HOST/NAME" of containers that take requests. */
  readonly answering: ReadonlySet<string>;
  /** Services without ports -> containers of them that run on hosts that can be reached, or are known to serve. */
  readonly idle: ReadonlyMap<string, number>;
}

/** What is true now. */
export function momentOf({ fleet, plan, services }: Undertaking): Moment {
  const { intent } = plan;
  const distrusted = new Set(intent.kind === 'heal' ? intent.order.distrusted : []);
  const idle = services.filter(({ ports, job }) => ports.length === 0 && job === undefined);
  const known = intent.kind === 'heal' ? Object.entries(intent.order.absences) : [];
  const serving = new Set(known.flatMap(([host, absence]) => (absence === 'serving' ? [host] : [])));
  return {
    views: viewsOf(fleet, plan.app, distrusted),
    answering: answeringOf(fleet),
    idle: new Map(idle.map(({ name }) => [name, runningOf(fleet, name, serving)])),
  };
}

/** Whatever was edited by hand since, its files say that it leads there. */
export function isTold(fleet: FaultyFleet, router: string, key: string): boolean {
  const { current, generations, isSilent } = fleet.machine(router);
  const states = [...current.values()].flatMap((folder) => generations.get(folder)?.state ?? []);
  const told = states.flatMap(({ services }) => Object.values(services)).flatMap(({ upstreams }) => upstreams);
  return !isSilent && told.some(({ host, container, away }) => away === undefined && `${host}/${container}` === key);
}

/** Two of one slot answer. */
export function isDouble({ slots }: View): boolean {
  return new Set(slots).size < slots.length;
}

/** Somebody changed files, and nginx has or has not read them. */
export function isBlind({ fleet, plan }: Undertaking, host: string): boolean {
  const { current, generations, loaded } = fleet.machine(host);
  return generations.get(current.get(plan.app) ?? '')?.state !== loaded.http.get(plan.app);
}

function answeringOf(fleet: FaultyFleet): ReadonlySet<string> {
  const all = [...fleet.machines].flatMap(([host, { containers }]) =>
    [...containers.values()].filter((one) => fleet.answers(host, one)).map(({ name }) => `${host}/${name}`),
  );
  return new Set(all);
}

/** On hosts that answer, and on silent ones that are known to serve. */
function runningOf(fleet: FaultyFleet, service: string, serving: ReadonlySet<string>): number {
  return runningOn(fleet, service, (host) => !fleet.machine(host).isSilent || serving.has(host)).length;
}

/** How many containers in the first slot of the service run where that can be seen. */
export function firstsOf(fleet: FaultyFleet, service: string): number {
  return runningOn(fleet, service, (host) => !fleet.machine(host).isSilent).filter(({ slot }) => slot === 1).length;
}

function runningOn(fleet: FaultyFleet, service: string, isSeen: (host: string) => boolean): Container[] {
  return [...fleet.machines]
    .filter(([host]) => isSeen(host))
    .flatMap(([, { containers }]) => [...containers.values()])
    .filter((one) => one.service === service && one.state === 'running' && one.kind === 'replica');
}
