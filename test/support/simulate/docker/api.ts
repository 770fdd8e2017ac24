/** Answers of Docker's Engine API on a simulated host. */
import type { HostUp } from '../../../../src/model/observed.ts';
import { type InspectedLine, infoOf, inspectedOf, networkOf } from './objects.ts';

/** The body of the answer to a GET; undefined for a path that there is not (404). */
export function dockerAnswer(up: HostUp, path: string): unknown {
  const id = /^\/containers\/([^/]+)\/json$/.exec(path)?.[1];
  if (id !== undefined) return inspectedBy(up)(id);
  switch (path) {
    case '/info':
      return { ...infoOf(up), DockerRootDir: '/var/lib/docker', Filler: FILLER };
    case '/containers/json?all=1':
      return inspectedOf(up).map(({ name, image, labels }) => ({ Id: name.slice(1), Image: image, Labels: labels }));
    case '/networks':
      return Object.entries(up.networks)
        .map(networkOf)
        .map(({ name, config }) => ({ Name: name, IPAM: { Config: config } }));
    case '/images/json?digests=1':
      return up.images.map((name) =>
        name.includes('@') ? { RepoTags: [], RepoDigests: [name] } : { RepoTags: [name], RepoDigests: [] },
      );
    case '/volumes':
      return { Volumes: up.volumes.map((name) => ({ Name: name })) };
    default:
      return undefined;
  }
}

/** What `docker inspect` says of a container by its name; undefined for one that is not there. */
export function inspectedBy(up: HostUp): (name: string) => unknown {
  const all = new Map(inspectedOf(up).map((one) => [one.name.slice(1), one]));
  return (name) => {
    const one = all.get(name);
    return one === undefined ? undefined : inspected(one);
  };
}

function inspected(one: InspectedLine): unknown {
  const { health = 'none' } = one;
  return {
    Name: one.name,
    Image: 'sha256:0123',
    Config: { Image: one.image, Labels: one.labels, Env: FILLER.slice(0, 20) },
    State: {
      Status: one.status,
      Running: one.status === 'running',
      ExitCode: one.exitCode ?? 0,
      StartedAt: one.startedAt ?? '',
      ...(health === 'none' ? {} : { Health: { Status: health } }),
    },
    RestartCount: one.restarts ?? 0,
    Mounts: one.mounts ?? [],
    HostConfig: { PortBindings: one.bindings ?? {}, Filler: FILLER },
    NetworkSettings: { Ports: one.ports ?? {} },
  };
}

/** What Docker says besides and nobody reads: an inspection is 6 to 8 KB long, and reading it is part of the cost. */
const FILLER = Array.from({ length: 100 }, (_, index) => `FIELD_${index}=${'value '.repeat(7)}`);
