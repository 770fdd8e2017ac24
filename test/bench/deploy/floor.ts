/** The floor: `docker run` by a shell on each host, over OpenSSH connections that are open already. */
import { emptyHosts } from './hosts.ts';
import { CONTAINER, type Site, type Subject, shares, timed } from './subject.ts';

/** One ssh a host, which starts its containers so many at once. The no-op is one `docker ps` a host. */
export function floor(site: Site, atOnce: number): Subject {
  const { view, masters, replicas } = site;
  const share = shares(view.hosts, replicas);
  const script = (host: string) => {
    const publish = `${view.addressOf(host)}:20{}:${CONTAINER.port}`;
    const words = ['docker run --detach --init', `--name floor-{} --publish ${publish}`, CONTAINER.image];
    return `seq --format %03g ${share.get(host) ?? 0} | xargs -r -P ${atOnce} -I{} ${[...words, ...CONTAINER.command].join(' ')}`;
  };
  return {
    name: `raw shell over open SSH, ${atOnce} at once on a host`,
    prepare: () => emptyHosts(site),
    deploy: async () => ({ ms: await timed(() => masters.onAll(script)) }),
    again: () => timed(() => masters.onAll(() => 'docker ps --quiet')),
  };
}
