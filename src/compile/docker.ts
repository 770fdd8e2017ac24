/** Docker command lines, built from argument lists and quoted by model/quote.ts. Each is safe to run twice. */
import { carriedFolder, LABEL } from '../model/labels.ts';
import type { PortBinding } from '../model/observed.ts';
import type { VolumeOrigin } from '../model/playbook.ts';
import { filled, line, quote } from '../model/quote.ts';
import { type Delivery, deliveryVolumes, type Fed, fed } from './delivery.ts';
import { pinned } from './desire/images.ts';
import type { Desired } from './desire/spec.ts';
import { csv, mountWord } from './mounts.ts';
import { healthWords, limitWords, optionWords } from './options.ts';

/** What tells one container of a service from another. */
export interface Instance {
  readonly name: string;
  readonly app: string;
  readonly slot: number;
  readonly release: number;
  readonly kind: 'replica' | 'job';
  /** Private address of the host; replicas are published there and nowhere else. */
  readonly address: string;
  /** Home folder of the SSH user there. */
  readonly home: string;
  readonly ports: readonly PortBinding[];
  /** See `jobsLabel`; "" for none. */
  readonly jobs: string;
}

/** Creates and starts a container; a container of that name and spec that is there already is started. */
export function startLines(desired: Desired, instance: Instance, deliveries: readonly Delivery[]): Fed[] {
  const { name } = instance;
  if (deliveries.length > 0) return fed(name, createLine(desired, instance), deliveries, start(name));
  return [{ line: textsOf(desired, instance).run(quote(name), ownWords(instance)) }];
}

/** Starts a container that exists (made by a run that was cut off). */
export function resumeLines(name: string, deliveries: readonly Delivery[]): Fed[] {
  return deliveries.length > 0 ? fed(name, undefined, deliveries, start(name)) : [{ line: start(name) }];
}

/** Runs a job to its end; the exit code of the last line is the container's. */
export function jobLines(desired: Desired, instance: Instance, deliveries: readonly Delivery[]): Fed[] {
  const create = createLine(desired, instance);
  const attach = line('docker', 'start', '--attach', instance.name);
  return deliveries.length > 0 ? fed(instance.name, create, deliveries, attach) : [{ line: `${create} && ${attach}` }];
}

/** Stops a container within its grace; a container that is gone is fine. */
export function stopLine(name: string, graceMs: number): string {
  return `docker stop --time ${Math.ceil(graceMs / 1000)} ${quote(name)} >/dev/null || ${gone(name)}`;
}

/** Removes a stopped container with its nameless volumes; a container that is gone is fine. */
export const removeLine = filled(
  (name) => `docker rm --force --volumes ${quote(name)} >/dev/null 2>&1 || ${gone(name)}`,
);

/**
 * Makes the service's bridge network; the same name and subnet on every host. An internal one is an ordinary bridge, too:
 * Docker's own internal ones have no way to the VIPs. A rule of the router keeps what is in it from going out.
 */
export function networkLine(app: string, { service, network: name, addresses }: Desired): string {
  const labels = [`--label=${LABEL.app}=${app}`, `--label=${LABEL.service}=${service.name}`];
  const subnet = ['--subnet', addresses.subnet];
  const create = line('docker', 'network', 'create', '--driver', 'bridge', ...subnet, ...labels, name);
  return `{ ${line('docker', 'network', 'inspect', name)} >/dev/null 2>&1 || ${create} >/dev/null; }`;
}

/** Makes a named volume; one that exists is kept. */
export function volumeLine(app: string, volume: string, origin?: VolumeOrigin): string {
  const words = [
    ...(origin?.driver === undefined ? [] : [`--driver=${origin.driver}`]),
    ...Object.entries(origin?.options ?? {}).map(([name, value]) => `--opt=${name}=${value}`),
    ...Object.entries(origin?.labels ?? {}).map(([name, value]) => `--label=${name}=${value}`),
    `--label=${LABEL.app}=${app}`,
  ];
  return `${line('docker', 'volume', 'create', ...words, volume)} >/dev/null`;
}

function createLine(desired: Desired, instance: Instance): string {
  return textsOf(desired, instance).create(quote(instance.name), ownWords(instance));
}

function start(name: string): string {
  return `docker start ${quote(name)} >/dev/null`;
}

function gone(name: string): string {
  return `! docker inspect ${quote(name)} >/dev/null 2>&1`;
}

/** Words that no other container of the service has, but for its name. */
function ownWords(instance: Instance): string {
  const { address, ports } = instance;
  const published = ports.map(
    ({ port, protocol, hostPort }) => `--publish=${address}:${hostPort}:${port}${protocol === 'udp' ? '/udp' : ''}`,
  );
  return line(...ownLabels(instance), ...published);
}

/** A line for a container by its quoted name and its own words. */
type ContainerLine = (name: string, own: string) => string;

/** What is around name and own words is one text for all containers of a service: a plan has it once, not once each. */
interface Texts {
  /** Creates it; one of that name and spec that is there already is good. */
  readonly create: ContainerLine;
  /** The same, and starts it. */
  readonly run: ContainerLine;
}

/** Made once for each service of a compilation and home folder: a service has replicas or jobs, never both. */
const known = new WeakMap<Desired, Map<string, Texts>>();

function textsOf(desired: Desired, instance: Instance): Texts {
  const byHome = known.get(desired) ?? new Map<string, Texts>();
  known.set(desired, byHome);
  const texts = byHome.get(instance.home) ?? makeTexts(desired, instance);
  byHome.set(instance.home, texts);
  return texts;
}

function makeTexts(desired: Desired, instance: Instance): Texts {
  const { options, image } = sharedWords(desired, instance);
  // Says nothing where there is no such container, so that what Docker said of the creation is the last word.
  const inspect = line('docker', 'inspect', '--format', `{{index .Config.Labels "${LABEL.spec}"}}`);
  const isSame = { before: `[ "$(${inspect} `, after: ` 2>/dev/null)" = ${desired.spec} ]` };
  const created = ` ${image} >/dev/null || `;
  const shared = ` ${options} `;
  const [create, orSame, end] = ['{ docker create --name ', `${created}${isSame.before}`, `${isSame.after}; }`];
  const [run, orStart, andStart] = [
    'docker run --detach --name ',
    `${created}{ ${isSame.before}`,
    `${isSame.after} && docker start `,
  ];
  return {
    create: (name, own) => `${create}${name}${shared}${own}${orSame}${name}${end}`,
    run: (name, own) => `${run}${name}${shared}${own}${orStart}${name}${andStart}${name} >/dev/null; }`,
  };
}

/** Quoted options and image. */
function sharedWords(desired: Desired, instance: Instance): { readonly options: string; readonly image: string } {
  const { service } = desired;
  const [entrypoint = '', ...entrypointArgs] = service.container.entrypoint ?? [];
  const options = [
    ...sharedLabels(desired, instance),
    ...['--network', desired.network],
    ...[...desired.hosts, ...service.container.extraHosts].map((entry) => `--add-host=${entry}`),
    ...optionWords(service.container, instance.kind),
    ...healthWords(service.healthcheck),
    ...service.mounts.map((mount) => mountWord(mount, carriedFolder(instance.home, instance.app))),
    ...deliveryVolumes(service).map((folder) => `--mount=type=volume,${csv('target', folder)}`),
    ...limitWords(service),
    ...(service.container.entrypoint === undefined ? [] : [`--entrypoint=${entrypoint}`]),
  ];
  const image = [pinned(service.image, desired.facts), ...entrypointArgs, ...(service.container.command ?? [])];
  return { options: line(...options), image: line(...image) };
}

/** The playbook's own labels first: of two with one name Docker takes the last. */
function sharedLabels({ service, facts, spec }: Desired, { app, kind }: Pick<Instance, 'app' | 'kind'>): string[] {
  return labelWords([
    ...Object.entries(service.container.labels).sort(([a], [b]) => (a < b ? -1 : 1)),
    [LABEL.app, app],
    [LABEL.service, service.name],
    [LABEL.spec, spec],
    [LABEL.kind, kind],
    [LABEL.image, service.image],
    [LABEL.digest, facts?.digest ?? ''],
    [LABEL.cpus, String(service.reservation.cpus)],
    [LABEL.memory, String(service.reservation.memoryBytes)],
  ]);
}

function ownLabels({ slot, release, ports, jobs }: Instance): string[] {
  return labelWords([
    [LABEL.slot, String(slot)],
    [LABEL.release, String(release)],
    [LABEL.ports, ports.map(({ port, protocol, hostPort }) => `${port}/${protocol}=${hostPort}`).join(',')],
    ...(jobs === '' ? [] : [[LABEL.jobs, jobs] as const]),
  ]);
}

function labelWords(labels: readonly (readonly [string, string])[]): string[] {
  return labels.map(([name, value]) => `--label=${name}=${value}`);
}
