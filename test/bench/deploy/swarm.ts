/** Docker Swarm: one service of so many replicas; its manager is the first host. */
import { setTimeout as sleep } from 'node:timers/promises';
import { emptyHosts } from './hosts.ts';
import { CONTAINER, type Site, type Subject, timed } from './subject.ts';

const SERVICE = 'peer';
const LABEL = `com.docker.swarm.service.name=${SERVICE}`;
const LIMIT_MS = 120_000;
const LOOK_EVERY_MS = 50;

/** Nothing is published: several replicas of a service on one host, each with a port of its own, is what Swarm can not do here. */
export function swarm(site: Site): Subject {
  const { view, masters, replicas } = site;
  const [manager = ''] = view.hosts;
  const words = ['--name', SERVICE, '--init', '--replicas', String(replicas), CONTAINER.image, ...CONTAINER.command];
  const create = `docker service create --detach --quiet --no-resolve-image ${words.join(' ')}`;
  const run = async () => {
    await masters.run(manager, create);
    await untilAllRun(site);
  };
  const again = async () => {
    await masters.run(manager, `docker service update --detach --quiet --replicas ${replicas} ${SERVICE}`);
    await untilAllRun(site);
  };
  return {
    name: 'Docker Swarm, nothing published',
    prepare: async () => {
      await emptyHosts(site);
      const address = view.addressOf(manager);
      await masters.run(manager, `docker swarm init --advertise-addr ${address}`);
      const token = (await masters.run(manager, 'docker swarm join-token --quiet worker')).trim();
      const join = (host: string) =>
        masters.run(
          host,
          `docker swarm join --token ${token} --advertise-addr ${view.addressOf(host)} ${address}:2377`,
        );
      await Promise.all(view.hosts.filter((host) => host !== manager).map(join));
    },
    deploy: async () => ({ ms: await timed(run) }),
    again: () => timed(again),
  };
}

async function untilAllRun({ view, replicas }: Site): Promise<void> {
  const limit = Date.now() + LIMIT_MS;
  for (;;) {
    const tasks = await view.containers(LABEL);
    if (tasks.filter(({ state }) => state === 'running').length === replicas) return;
    if (Date.now() > limit) throw new Error(`Swarm: ${tasks.length} of ${replicas} after ${LIMIT_MS / 1_000} s`);
    await sleep(LOOK_EVERY_MS);
  }
}
