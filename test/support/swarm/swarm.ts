/** Docker Swarm on practice hosts: made, filled with the app, looked at, and taken away again. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { rootExec } from '../../../src/lab/index.ts';
import { TOP } from '../real/fleet.ts';
import type { LabView, ListedContainer } from '../view/lab-view.ts';
import { isGood } from '../view/standing.ts';
import { createArguments, frontConfig, SERVER_CONFIG, type SwarmPace, swarmServices } from './services.ts';

interface Node {
  readonly Description: { readonly Hostname: string };
  readonly Status: { readonly State: string };
}

const SERVICE_LABEL = 'com.docker.swarm.service.name';
/** Name of the nginx in front of the services. */
export const FRONT = 'heal-front';
const SETTLE_LIMIT_MS = 120_000;

/**
 * A swarm of all hosts of a lab. The first host is its only manager: nothing has to be agreed on by several, which makes
 * Swarm quicker, and it is never the one that is lost.
 */
export class Swarm implements AsyncDisposable {
  readonly #view: LabView;
  readonly #manager: string;
  readonly #storeHost: string;

  private constructor(view: LabView) {
    const [manager = '', storeHost = ''] = view.hosts;
    this.#view = view;
    this.#manager = manager;
    this.#storeHost = storeHost;
  }

  /** Makes the swarm and the nginx in front of it. */
  static async make(view: LabView): Promise<Swarm> {
    const swarm = new Swarm(view);
    await swarm.#leave();
    const manager = view.addressOf(swarm.#manager);
    await swarm.#on(swarm.#manager, ['docker', 'swarm', 'init', '--advertise-addr', manager]);
    const token = await swarm.#on(swarm.#manager, ['docker', 'swarm', 'join-token', '--quiet', 'worker']);
    const join = (host: string) => {
      const own = ['--advertise-addr', view.addressOf(host)];
      return swarm.#on(host, ['docker', 'swarm', 'join', '--token', token.trim(), ...own, `${manager}:2377`]);
    };
    await Promise.all(view.hosts.filter((host) => host !== swarm.#manager).map(join));
    const program = readFileSync(`${TOP}test/integration/playbooks/heal/server.mjs`, 'utf8');
    await swarm.#on(swarm.#manager, ['docker', 'config', 'create', SERVER_CONFIG, '-'], program);
    await swarm.#startFronts();
    return swarm;
  }

  get #fronts(): readonly string[] {
    return this.#view.hosts.filter((host) => this.#view.isEdge(host));
  }

  /** Service -> how many tasks of it are to run. */
  get declared(): Readonly<Record<string, number>> {
    return Object.fromEntries(swarmServices(this.#storeHost).map(({ name, replicas }) => [name, replicas]));
  }

  /** Starts all services at that pace, anew and so evenly spread, and waits until all tasks run. */
  async start(pace: SwarmPace): Promise<void> {
    await this.#clear();
    await this.#on(this.#manager, ['docker', 'swarm', 'update', '--dispatcher-heartbeat', pace.heartbeat]);
    await this.#until('all hosts are ready', async () => {
      const nodes = await this.#nodes();
      return nodes.length === this.#view.hosts.length && nodes.every(({ Status }) => Status.State === 'ready');
    });
    for (const service of swarmServices(this.#storeHost)) {
      await this.#on(this.#manager, createArguments(service, pace));
    }
    await this.#until('all tasks run', async () => this.isComplete(await this.tasks()));
  }

  /** Containers of all tasks, on the hosts that answer, as the hosts' own dockerds see them. */
  tasks(hosts: readonly string[] = this.#view.hosts): Promise<readonly ListedContainer[]> {
    return this.#view.containers(SERVICE_LABEL, hosts);
  }

  serviceOf({ labels }: ListedContainer): string {
    return labels[SERVICE_LABEL] ?? '';
  }

  /** Do as many run as are declared, without those that are distrusted? */
  isComplete(tasks: readonly ListedContainer[], distrusted: ReadonlySet<string> = new Set()): boolean {
    const good = tasks.filter((task) => isGood(task) && !distrusted.has(task.id));
    return Object.entries(this.declared).every(
      ([name, count]) => good.filter((task) => this.serviceOf(task) === name).length === count,
    );
  }

  /** Does the manager count this host as down? */
  async isDown(host: string): Promise<boolean> {
    const nodes = await this.#nodes();
    return nodes.some(({ Description, Status }) => Description.Hostname === host && Status.State === 'down');
  }

  /** A host that is neither manager nor front nor bound to a volume, and runs the most tasks. */
  async victim(): Promise<string> {
    const tasks = await this.tasks();
    const count = (host: string) => tasks.filter((task) => task.host === host).length;
    const others = this.#view.hosts.filter((host) => !this.#fronts.includes(host) && host !== this.#storeHost);
    return others.toSorted((left, right) => count(right) - count(left))[0] ?? '';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#clear();
    await Promise.all(this.#fronts.map((host) => this.#on(host, ['docker', 'rm', '--force', FRONT])));
    await this.#leave();
  }

  async #clear(): Promise<void> {
    const names = await this.#on(this.#manager, ['docker', 'service', 'ls', '--quiet']);
    const ids = names.split('\n').filter(Boolean);
    if (ids.length > 0) await this.#on(this.#manager, ['docker', 'service', 'rm', ...ids]);
    await this.#until('no task is left', async () => (await this.tasks()).length === 0);
  }

  async #startFronts(): Promise<void> {
    const config = frontConfig(this.#view.hosts.map((host) => this.#view.addressOf(host)));
    const mount = '/root/heal-front.conf:/etc/nginx/nginx.conf:ro';
    const argv = ['docker', 'run', '--detach', '--name', FRONT, '--network', 'host', '--volume', mount, 'nginx:1.30'];
    await Promise.all(
      this.#fronts.map(async (host) => {
        await this.#on(host, ['sh', '-c', 'cat >/root/heal-front.conf'], config);
        await this.#on(host, argv);
      }),
    );
  }

  async #leave(): Promise<void> {
    const script = `docker rm --force ${FRONT} >/dev/null 2>&1; docker swarm leave --force >/dev/null 2>&1 || true`;
    await Promise.all(this.#view.hosts.map((host) => this.#on(host, ['sh', '-c', script])));
  }

  async #nodes(): Promise<readonly Node[]> {
    return (await this.#view.ask<readonly Node[]>(this.#manager, '/nodes')) ?? [];
  }

  async #until(what: string, isSo: () => Promise<boolean>): Promise<void> {
    const limit = Date.now() + SETTLE_LIMIT_MS;
    while (!(await isSo())) {
      if (Date.now() > limit) throw new Error(`swarm: not within ${SETTLE_LIMIT_MS / 1_000} s: ${what}`);
      await sleep(200);
    }
  }

  async #on(host: string, argv: readonly string[], input?: string): Promise<string> {
    const options = { labName: this.#view.shape.name, ...(input === undefined ? {} : { input }) };
    const { exitCode, stdout, stderr } = await rootExec(host, argv, options);
    if (exitCode !== 0) throw new Error(`${host}: ${argv.join(' ')} ended with ${exitCode}: ${stderr}`);
    return stdout;
  }
}
