/** What the probe prints on a simulated host: the inverse of observe's parser. */
import { pack } from 'tar-stream';
import { LABEL } from '../../../src/model/labels.ts';
import type { Container, HostUp, RouterState } from '../../../src/model/observed.ts';
import { recordFile } from '../../../src/model/release.ts';

/** The probe's output on a host that is as reported, at a time (epoch milliseconds) by the host's clock. */
export async function reportText(up: HostUp, at: number): Promise<string> {
  const files = filesOf(up);
  return [
    section('info', [JSON.stringify(infoOf(up))]),
    section('disk', [`/dev/sda1 1 1 ${Math.floor(up.diskFreeBytes / 1024)} 1% /`]),
    section('containers', [...up.containers.map(inspectedOf), ...routerOf(up)].map(asJson)),
    section('networks', Object.entries(up.networks).map(networkOf).map(asJson)),
    section('images', up.images.map(imageOf).map(asJson)),
    section('volumes', up.volumes),
    section('home', [up.home]),
    section('tcp', listeningOf(up, 'tcp', '0A')),
    section('udp', listeningOf(up, 'udp', '07')),
    section(
      'carried',
      pathsOf(up.carried, (app, name) => `${app}/files/${name}/`),
    ),
    section(
      'records',
      pathsOf(up.recordFiles ?? {}, (app, name) => `${app}/releases/${name}`),
    ),
    ...(files.size === 0 ? [] : [section('files', [String(files.size), await archived(files)])]),
    section('clock', [String(at)]),
  ].join('');
}

function section(name: string, lines: readonly string[]): string {
  return `@@begin ${name}\n${lines.join('\n')}\n@@end ${name} 0\n`;
}

function asJson(value: unknown): string {
  return JSON.stringify(value);
}

function infoOf(up: HostUp): unknown {
  const insecure = up.insecureRegistries.map((name) => [name, { Secure: false }]);
  return {
    ServerVersion: up.dockerVersion,
    Architecture: up.architecture,
    NCPU: up.cpus,
    MemTotal: up.memoryBytes,
    RegistryConfig: { Mirrors: up.registryMirrors, IndexConfigs: Object.fromEntries(insecure) },
  };
}

function inspectedOf(one: Container): unknown {
  const labels: Record<keyof typeof LABEL, string> = {
    app: one.app,
    service: one.service,
    slot: String(one.slot),
    release: String(one.release),
    spec: one.spec,
    kind: one.kind,
    image: one.image,
    digest: one.imageDigest ?? '',
    cpus: String(one.cpus),
    memory: String(one.memoryBytes),
    ports: one.ports.map(({ port, protocol, hostPort }) => `${port}/${protocol}=${hostPort}`).join(','),
    jobs: Object.entries(one.jobs ?? {})
      .map(([job, spec]) => `${job}=${spec}`)
      .join(','),
  };
  const named = Object.entries(labels).map(([key, value]) => [LABEL[key as keyof typeof LABEL], value]);
  return {
    name: `/${one.name}`,
    image: one.image,
    labels: Object.fromEntries(named),
    status: one.state,
    exitCode: one.exitCode,
    startedAt: one.startedAt === 0 ? '0001-01-01T00:00:00Z' : new Date(one.startedAt).toISOString(),
    health: one.health,
    restarts: one.restarts,
    mounts: [
      ...one.volumes.map((name) => ({ Type: 'volume', Name: name })),
      ...one.carried.map((digest) => ({ Type: 'bind', Source: `/home/deploy/.fleet/${one.app}/files/${digest}/data` })),
    ],
    bindings: Object.fromEntries(one.ports.map(bindingOf)),
    ports: {},
  };
}

function bindingOf({ port, protocol, hostPort }: Container['ports'][number]): [string, unknown] {
  return [`${port}/${protocol === 'udp' ? 'udp' : 'tcp'}`, [{ HostPort: String(hostPort) }]];
}

function routerOf({ router: { container } }: HostUp): unknown[] {
  if (container === undefined) return [];
  const { running, spec, image } = container;
  return [{ name: '/fleet-router', image, labels: { [LABEL.spec]: spec }, status: running ? 'running' : 'exited' }];
}

function networkOf([name, subnet]: [string, string]): unknown {
  return { name, config: subnet === '' ? [] : [{ Subnet: subnet }] };
}

/** "name:tag" or "name@sha256:…", as HostUp has them. */
function imageOf(name: string): unknown {
  const [repository = '', digest] = name.split('@');
  if (digest !== undefined) return { repository, tag: '<none>', digest };
  const colon = repository.lastIndexOf(':');
  return { repository: repository.slice(0, colon), tag: repository.slice(colon + 1), digest: '<none>' };
}

function listeningOf(up: HostUp, protocol: string, state: string): string[] {
  const ports = up.listening.flatMap((text) => (text.startsWith(`${protocol}/`) ? [Number(text.slice(4))] : []));
  return ports.map(
    (port) => `  0: 00000000:${port.toString(16).toUpperCase().padStart(4, '0')} 00000000:0000 ${state} `,
  );
}

function pathsOf(
  byApp: Readonly<Record<string, readonly string[]>>,
  path: (app: string, name: string) => string,
): string[] {
  return Object.entries(byApp).flatMap(([app, names]) => names.map((name) => path(app, name)));
}

/** Path below ~/.fleet -> text. The router's main files are not part of the model, so they are not there. */
function filesOf({ router, releases, marks = {} }: HostUp): Map<string, string> {
  const records = Object.values(releases).flat();
  return new Map([
    ...Object.values(router.apps).flatMap(routerFiles),
    ...records.map((record): [string, string] => [
      `${record.app}/releases/${recordFile(record.release)}`,
      JSON.stringify(record),
    ]),
    ...Object.entries(marks).map(([host, mark]): [string, string] => [
      `.hosts/marks/${host}.json`,
      JSON.stringify(mark),
    ]),
  ]);
}

function routerFiles({ files, ...meta }: RouterState): [string, string][] {
  const folder = `router/current/${meta.app}`;
  const own = Object.entries(files).map(([name, text]): [string, string] => [`${folder}/${name}`, text]);
  return [[`${folder}/meta.json`, JSON.stringify(meta)], ...own];
}

/** A tar archive in base64, in lines of 76 as `base64` prints them. */
async function archived(files: ReadonlyMap<string, string>): Promise<string> {
  const tar = pack();
  for (const [name, text] of files) tar.entry({ name, mtime: new Date(0) }, text);
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('base64').replace(/.{76}/g, '$&\n');
}
