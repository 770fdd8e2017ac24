/** The app that faults are made in, test/integration/playbooks/heal.yaml, and the traffic that it is under meanwhile. */
import { type FleetOptions, type FleetRun, fleetOk, TOP } from '../real/fleet.ts';
import { startTraffic, type Traffic } from '../traffic/process.ts';
import type { LabView } from '../view/lab-view.ts';

/** Its name. */
export const HEAL = 'heal';

/** What it declares: service -> replicas. */
export const HEAL_DECLARED: Readonly<Record<string, number>> = { api: 4, counter: 1, store: 1, web: 16, worker: 2 };

/** Pages and API, read and written. */
const PATHS = [
  ...['--path', '/', '--path', '/page', '--path', '/api/list'],
  ...['--post-path', '/form', '--post-path', '/api/order'],
];

/** Runs a command of fleet on the app; it must succeed. */
export function healFleet(inventory: string, args: readonly string[], options: FleetOptions = {}): Promise<FleetRun> {
  const files = ['--inventory', inventory, '--file', `${TOP}test/integration/playbooks/heal.yaml`];
  return fleetOk([...args, ...files], options);
}

/** Traffic of so many requests a second, over all edges together. */
interface Amount {
  readonly rate: number;
  /** When it ends by itself. */
  readonly forSeconds: number;
  /** What a client does whom an edge refuses: it fails, or goes to the other, as browsers do with a name of two addresses. */
  readonly whenRefused?: 'fail' | 'next-edge';
}

/** Starts traffic to all edges: two thirds GET, half on connections that are kept. */
export function startMixedTraffic(view: LabView, { rate, forSeconds, whenRefused }: Amount): Promise<Traffic> {
  const edges = view.hosts.filter((host) => view.isEdge(host));
  const urls = edges.map((host) => `http://${view.addressOf(host)}`);
  const failOver = whenRefused === 'next-edge' ? ['--fail-over'] : [];
  return startTraffic({ urls, rate, forSeconds, args: [...PATHS, ...failOver] });
}
