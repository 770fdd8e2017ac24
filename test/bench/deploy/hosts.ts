/** The practice hosts between two deployments: emptied, and counted. */
import { rootExec } from '../../../src/lab/index.ts';
import type { LabView } from '../../support/view/lab-view.ts';
import { CONTAINER, type Site } from './subject.ts';

interface Listed {
  readonly Image: string;
}

/** Nothing of anybody is left: containers, networks, fleet's files and the rules of its routers. Images stay. */
export async function emptyHosts({ view }: Pick<Site, 'view'>): Promise<void> {
  await onAll(
    view,
    `docker swarm leave --force >/dev/null 2>&1
docker ps --all --quiet | xargs -r docker rm --force --volumes >/dev/null || exit 1
docker network prune --force >/dev/null
iptables -w -F FLEET 2>/dev/null
ip -o address show | awk '$4 ~ "^10[.]96[.]" { print $2, $4 }' | while read -r link address; do ip address delete "$address" dev "$link"; done
rm -rf /home/deploy/.fleet`,
  );
}

/** Images that all deployments need, so that nobody's time is the registry's. */
export async function pullImages(view: LabView, images: readonly string[]): Promise<void> {
  await onAll(view, images.map((image) => `docker pull --quiet ${image} >/dev/null || exit 1`).join('\n'));
}

/** Throws where not as many containers run as were asked for: a time for less would count for nothing. */
export async function mustRun({ view, replicas }: Pick<Site, 'view' | 'replicas'>, who: string): Promise<void> {
  const lists = await Promise.all(view.hosts.map((host) => view.ask<readonly Listed[]>(host, '/containers/json')));
  const running = lists
    .flatMap((list) => list ?? [])
    .filter(({ Image }) => Image.includes(CONTAINER.image.split(':')[0] ?? ''));
  if (running.length !== replicas) throw new Error(`${who}: ${running.length} of ${replicas} containers run`);
}

async function onAll(view: LabView, script: string): Promise<void> {
  const argv = ['sh', '-c', script];
  const options = { labName: view.shape.name, timeoutMs: 300_000 };
  const ends = await Promise.all(view.hosts.map((host) => rootExec(host, argv, options)));
  const failed = ends.find(({ exitCode }) => exitCode !== 0);
  if (failed !== undefined) throw new Error(`practice hosts: ${script}: ${failed.stderr}`);
}
