/** How an app of fleet's stands, seen past fleet's back, and in what that differs from what was declared. */
import { LABEL, ROUTER_NAME } from '../../../src/model/labels.ts';
import type { LabView, ListedContainer } from './lab-view.ts';
import { liveFiles, mainFiles, upstreamsIn } from './routers.ts';

/** Service -> how many replicas of it are to run. */
export type Declared = Readonly<Record<string, number>>;

/** One look at all hosts that are on. */
export interface Standing {
  /** Containers of the app, whatever their state. */
  readonly containers: readonly ListedContainer[];
  readonly routers: readonly RouterStanding[];
}

/** The router of one host. */
export interface RouterStanding {
  readonly host: string;
  readonly isRunning: boolean;
  readonly upstreams: ReadonlySet<string>;
  /** All its files; routers of the same role have the same. */
  readonly text: string;
}

/** What counts as right, beside the declared numbers. */
export interface Expected {
  readonly declared: Declared;
  /** Ids of containers that were afflicted for good: no repair leaves them. */
  readonly distrusted?: ReadonlySet<string>;
}

/** Looks at all hosts but the lost ones. */
export async function lookAtApp(view: LabView, app: string, lost: ReadonlySet<string> = new Set()): Promise<Standing> {
  const hosts = view.hosts.filter((host) => !lost.has(host));
  const [containers, routers] = await Promise.all([
    view.containers(`${LABEL.app}=${app}`, hosts),
    view.containers('fleet.router', hosts),
  ]);
  const running = new Set(routers.filter(({ state }) => state === 'running').map(({ host }) => host));
  return {
    containers: containers.filter(({ labels }) => labels[LABEL.slot] !== undefined),
    routers: hosts.map((host) => {
      const live = liveFiles(view, host, app);
      const text = mainFiles(view, host) + live;
      return { host, isRunning: running.has(host), upstreams: upstreamsIn(live), text };
    }),
  };
}

/** Does it work, as far as Docker knows? */
export function isGood({ state, health }: ListedContainer): boolean {
  return state === 'running' && (health === 'none' || health === 'healthy');
}

/** Where replicas take connections: "10.88.0.14:20011". Empty for one without ports. */
export function doorsOf({ host, labels }: ListedContainer, view: LabView): readonly string[] {
  const ports = [...(labels[LABEL.ports] ?? '').matchAll(/=(\d+)/g)];
  return ports.map(([, port = '']) => `${view.addressOf(host)}:${port}`);
}

/**
 * All that is not as declared, a line each; empty when all is. So many replicas run as are declared, nothing else is
 * left, each router runs and leads to all of them and to nobody else, and routers of one role have the same files.
 */
export function deviations(standing: Standing, expected: Expected, view: LabView): readonly string[] {
  const good = standing.containers.filter((one) => isGood(one) && expected.distrusted?.has(one.id) !== true);
  const services = Object.entries(expected.declared).flatMap(([service, count]) => {
    const there = good.filter(({ labels }) => labels[LABEL.service] === service).length;
    return there === count ? [] : [`${service}: ${there} of ${count}`];
  });
  const others = standing.containers
    .filter((one) => !good.includes(one))
    .map(({ host, name, state, health }) => `${name} on ${host} is ${state}, health ${health}`);
  const doors = new Set(good.flatMap((one) => doorsOf(one, view)));
  return [...services, ...others, ...routerDeviations(standing.routers, doors), ...unlike(standing.routers, view)];
}

function routerDeviations(routers: readonly RouterStanding[], doors: ReadonlySet<string>): readonly string[] {
  return routers.flatMap(({ host, isRunning, upstreams }) => [
    ...(isRunning ? [] : [`${ROUTER_NAME} on ${host} does not run`]),
    ...[...doors].filter((door) => !upstreams.has(door)).map((door) => `the router of ${host} does not know ${door}`),
    ...[...upstreams].filter((door) => !doors.has(door)).map((door) => `the router of ${host} leads to ${door}`),
  ]);
}

function unlike(routers: readonly RouterStanding[], view: LabView): readonly string[] {
  return (['edge', 'worker'] as const).flatMap((role) => {
    const alike = routers.filter(({ host }) => view.isEdge(host) === (role === 'edge'));
    return new Set(alike.map(({ text }) => text)).size < 2 ? [] : [`the router files of ${role}s differ`];
  });
}
