/** docker-compose through `DOCKER_HOST=ssh://`, one process a host, all at once. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../../src/lab/command.ts';
import { emptyHosts } from './hosts.ts';
import { CONTAINER, hostPort, type Site, type Subject, shares, timed } from './subject.ts';

const LIMIT_MS = 300_000;

/** It calls `ssh` by that name for each connection to a Docker, which goes through the open masters here. */
export function compose(site: Site): Subject {
  const { view, replicas } = site;
  const folder = join(site.folder, 'compose');
  mkdirSync(folder, { recursive: true });
  const ssh = join(folder, 'ssh');
  writeFileSync(ssh, `#!/bin/sh\nexec /usr/bin/ssh -F ${site.masters.config} "$@"\n`);
  chmodSync(ssh, 0o755);
  const share = shares(view.hosts, replicas);
  for (const host of view.hosts) {
    writeFileSync(join(folder, `${host}.yaml`), JSON.stringify(fileOf(view.addressOf(host), share.get(host) ?? 0)));
  }
  const up = (host: string) =>
    run(['/usr/bin/docker-compose', '-p', 'peer', '-f', join(folder, `${host}.yaml`), 'up', '--detach'], {
      env: { PATH: `${folder}:/usr/bin:/bin`, DOCKER_HOST: `ssh://deploy@${view.addressOf(host)}` },
      timeoutMs: LIMIT_MS,
    });
  const once = () => timed(() => Promise.all(view.hosts.map(up)));
  return {
    name: 'docker-compose, DOCKER_HOST=ssh://',
    mostRuns: 1,
    mostAgains: 1,
    prepare: () => emptyHosts(site),
    deploy: async () => ({ ms: await once() }),
    again: once,
  };
}

function fileOf(address: string, count: number): unknown {
  const { image, command, port } = CONTAINER;
  const services = Array.from({ length: count }, (_, index) => [
    `web-${index + 1}`,
    { image, command, init: true, ports: [`${address}:${hostPort(index + 1)}:${port}`] },
  ]);
  return { version: '3.7', services: Object.fromEntries(services) };
}
