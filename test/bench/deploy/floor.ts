/** The floor: `docker run` by a shell on each host, over OpenSSH connections that are open already. */
import { emptyHosts } from './hosts.ts';
import { ALIKE, FLOOR } from './rounds.ts';
import { CONTAINER, type Site, type Subject, shares, timed } from './subject.ts';

/** One ssh a host, which starts its containers so many at once. The no-op is one `docker ps` a host. */
export function floor(site: Site, atOnce: number): Subject {
  return {
    name: `${FLOOR}, ${atOnce} at once on a host`,
    prepare: () => emptyHosts(site),
    deploy: async () => ({ ms: await timed(() => site.masters.onAll(scriptOf(site, atOnce, []))) }),
    again: () => timed(() => site.masters.onAll(() => 'docker ps --quiet')),
  };
}

/**
 * The same in a network of the containers' own, as fleet and docker-compose start them: there Docker gives each
 * container a resolver, with firewall rules in its namespace, which the default bridge has not. No floor, but it tells how
 * much of a ratio is Docker's.
 */
export function floorInNetwork(site: Site, atOnce: number): Subject {
  const network = 'floor';
  return {
    name: `${ALIKE}, ${atOnce} at once on a host`,
    prepare: async () => {
      await emptyHosts(site);
      await site.masters.onAll(() => `docker network create ${network}`);
    },
    deploy: async () => ({ ms: await timed(() => site.masters.onAll(scriptOf(site, atOnce, ['--network', network]))) }),
    again: () => timed(() => site.masters.onAll(() => 'docker ps --quiet')),
  };
}

function scriptOf({ view, replicas }: Site, atOnce: number, options: readonly string[]): (host: string) => string {
  const share = shares(view.hosts, replicas);
  return (host) => {
    const publish = `${view.addressOf(host)}:20{}:${CONTAINER.port}`;
    const words = ['docker run --detach --init', ...options, `--name floor-{} --publish ${publish}`, CONTAINER.image];
    const run = [...words, ...CONTAINER.command].join(' ');
    return `seq --format %03g ${share.get(host) ?? 0} | xargs -r -P ${atOnce} -I{} ${run}`;
  };
}
