/** Containers as `docker inspect` reports them. Pure. */
import { carriedDigest, LABEL, ROUTER_NAME } from '../model/labels.ts';
import type { Container, PortBinding, RouterHost } from '../model/observed.ts';
import { listOf, numberOf, recordOf, textOf } from './sections.ts';
import { shared } from './texts.ts';

const STATES: readonly Container['state'][] = [
  'created',
  'running',
  'restarting',
  'paused',
  'exited',
  'dead',
  'removing',
];
const HEALTHS: readonly Container['health'][] = ['none', 'starting', 'healthy', 'unhealthy'];

/** One object of the probe's `containers` section. */
export type Inspected = Readonly<Record<string, unknown>>;

/** fleet's own containers of apps, sorted by name; those of others are left out. */
export function parseContainers(inspected: readonly Inspected[]): Container[] {
  return inspected.flatMap(parseContainer).sort((left, right) => (left.name < right.name ? -1 : 1));
}

/** The router container, if there is one. */
export function parseRouterContainer(inspected: readonly Inspected[]): RouterHost['container'] {
  const found = inspected.find((container) => nameOf(container) === ROUTER_NAME);
  if (found === undefined) return undefined;
  return {
    running: found.status === 'running',
    spec: textOf(recordOf(found.labels)[LABEL.spec]),
    image: textOf(found.image),
  };
}

/** "tcp/8080" for each host port that a container has bound or will bind when it is started. */
export function boundPorts(inspected: readonly Inspected[]): string[] {
  const maps = inspected.flatMap((container) => [recordOf(container.bindings), recordOf(container.ports)]);
  return maps.flatMap((map) =>
    Object.entries(map).flatMap(([port, bindings]) => {
      const protocol = port.endsWith('/udp') ? 'udp' : 'tcp';
      const numbers = listOf(bindings).map((binding) => numberOf(recordOf(binding).HostPort));
      return numbers.filter((number) => number > 0).map((number) => `${protocol}/${number}`);
    }),
  );
}

function parseContainer(inspected: Inspected): Container[] {
  const labels = recordOf(inspected.labels);
  const label = (key: keyof typeof LABEL) => textOf(labels[LABEL[key]]);
  const name = nameOf(inspected);
  if (label('app') === '' || label('service') === '' || name === ROUTER_NAME) return [];
  const [digest, image] = [shared(label('digest')), shared(label('image') || textOf(inspected.image))];
  return [
    {
      name,
      app: shared(label('app')),
      service: shared(label('service')),
      slot: numberOf(label('slot')),
      release: numberOf(label('release')),
      spec: shared(label('spec')),
      kind: label('kind') === 'job' ? 'job' : 'replica',
      image,
      ...(digest === '' ? {} : { imageDigest: digest }),
      state: STATES.find((state) => state === inspected.status) ?? 'dead',
      health: HEALTHS.find((health) => health === inspected.health) ?? 'none',
      exitCode: numberOf(inspected.exitCode),
      restarts: numberOf(inspected.restarts),
      startedAt: startOf(textOf(inspected.startedAt)),
      cpus: numberOf(label('cpus')),
      memoryBytes: numberOf(label('memory')),
      ports: parsePorts(label('ports')),
      volumes: volumesOf(inspected),
      carried: carriedOf(inspected),
      ...parseJobs(label('jobs')),
    },
  ];
}

function nameOf(inspected: Inspected): string {
  return textOf(inspected.name).replace(/^\//, '');
}

/** Docker writes the year 1 for "never". */
function startOf(written: string): number {
  const at = Date.parse(written);
  return Number.isNaN(at) || at < 0 ? 0 : at;
}

/** `8080/http=20011,9000/tcp=20012`; entries of another form are skipped. */
function parsePorts(written: string): PortBinding[] {
  return written.split(',').flatMap((entry): PortBinding[] => {
    const match = /^(\d+)\/(http|tcp|udp)=(\d+)$/.exec(entry);
    if (match === null) return [];
    const protocol = match[2] === 'http' || match[2] === 'udp' ? match[2] : 'tcp';
    return [{ port: Number(match[1]), protocol, hostPort: Number(match[3]) }];
  });
}

/** `migrate=0123abcd,seed=4567`; entries of another form are skipped. */
function parseJobs(written: string): Pick<Container, 'jobs'> {
  const jobs = written.split(',').flatMap((entry): [string, string][] => {
    const [, name, spec] = /^([^=,]+)=([0-9a-f]+)$/.exec(entry) ?? [];
    return name === undefined || spec === undefined ? [] : [[name, spec]];
  });
  return jobs.length === 0 ? {} : { jobs: Object.fromEntries(jobs) };
}

function volumesOf(inspected: Inspected): string[] {
  const mounts = listOf(inspected.mounts).map(recordOf);
  return mounts
    .filter((mount) => mount.Type === 'volume')
    .map((mount) => textOf(mount.Name))
    .sort();
}

function carriedOf(inspected: Inspected): string[] {
  const mounts = listOf(inspected.mounts).map(recordOf);
  return [...new Set(mounts.flatMap((mount) => carriedDigest(textOf(mount.Source)) ?? []))].sort();
}
