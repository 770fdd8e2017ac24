/** One simulated host: what is on it, and what Docker and nginx do there. */
import type { Container, HostUp, ReleaseRecord, RouterState } from '../../../src/model/observed.ts';
import { bodyFile, recordFile } from '../../../src/model/release.ts';

/** A generation of router files, as laid. */
interface Laid {
  readonly state: RouterState;
}

/** One simulated machine. */
export interface Machine {
  readonly report: HostUp;
  readonly address: string;
  readonly containers: Map<string, Container>;
  readonly networks: Map<string, string>;
  /** Container -> its network. */
  readonly attached: Map<string, string>;
  readonly volumes: Set<string>;
  readonly images: Set<string>;
  /** "APP/DIGEST" of carried files that lie there; "APP/DIGEST.new" is half laid. */
  readonly carried: Set<string>;
  /** Newest last. */
  readonly generations: Map<string, Laid>;
  /** App -> generation folder that `current/APP` points to. */
  readonly current: Map<string, string>;
  /** What the running nginx masters have read: app -> files. They keep it when the files go. */
  readonly loaded: { http: Map<string, RouterState>; stream: Map<string, RouterState> };
  /** Replicas (HOST/NAME) that old HTTP workers may still send requests to. */
  readonly leaving: Set<string>;
  readonly releases: Map<string, ReleaseRecord[]>;
  router: HostUp['router']['container'];
  mainDigest: string;
  isSilent: boolean;
}

/** The machine that gave the report. */
export function machineOf(report: HostUp, address: string): Machine {
  const apps = Object.entries(report.router.apps);
  const folders = apps.map(([app, state]): [string, string] => [app, `${app}.${state.generation}`]);
  return {
    report,
    address,
    containers: new Map(report.containers.map((container) => [container.name, container])),
    networks: new Map(Object.entries(report.networks)),
    attached: new Map(),
    volumes: new Set(report.volumes),
    images: new Set(report.images),
    carried: new Set(Object.entries(report.carried).flatMap(([app, names]) => names.map((name) => `${app}/${name}`))),
    generations: new Map(apps.map(([app, state]) => [`${app}.${state.generation}`, { state }])),
    current: new Map(folders),
    loaded: { http: new Map(apps), stream: new Map(apps) },
    leaving: new Set(),
    releases: new Map(Object.entries(report.releases).map(([app, records]) => [app, [...records]])),
    router: report.router.container,
    mainDigest: report.router.mainDigest,
    isSilent: false,
  };
}

/** What observing the machine would report. */
export function reportOf(machine: Machine): HostUp {
  const bound = [...machine.containers.values()].flatMap(({ ports }) =>
    ports.map(({ hostPort, protocol }) => `${protocol === 'udp' ? 'udp' : 'tcp'}/${hostPort}`),
  );
  return {
    ...machine.report,
    containers: [...machine.containers.values()],
    listening: [...machine.report.listening, ...bound],
    networks: Object.fromEntries(machine.networks),
    volumes: [...machine.volumes].sort(),
    images: [...machine.images].sort(),
    carried: carriedByApp(machine),
    router: {
      ...(machine.router === undefined ? {} : { container: machine.router }),
      mainDigest: machine.mainDigest,
      apps: Object.fromEntries(currentOf(machine)),
      ...unlinkedOn(machine),
    },
    releases: Object.fromEntries(machine.releases),
    recordFiles: Object.fromEntries([...machine.releases].map(([app, records]) => [app, filesOf(records)])),
  };
}

/** The newest files of each app that has no link. */
function unlinkedOn({ current, generations }: Machine): Pick<HostUp['router'], 'unlinked'> {
  const states = [...generations.values()].map(({ state }) => state).filter(({ app }) => !current.has(app));
  if (states.length === 0) return {};
  return { unlinked: Object.fromEntries(states.map(({ app, services }) => [app, services])) };
}

function filesOf(records: readonly ReleaseRecord[]): string[] {
  const names = records.flatMap(({ release, body }) => [
    recordFile(release),
    ...(body === undefined ? [] : [bodyFile(release)]),
  ]);
  return names.sort();
}

function carriedByApp({ carried }: Machine): Record<string, string[]> {
  const byApp = new Map<string, string[]>();
  for (const key of [...carried].sort()) {
    const [app = '', name = ''] = key.split('/');
    byApp.set(app, [...(byApp.get(app) ?? []), name]);
  }
  return Object.fromEntries(byApp);
}

/** Lays a carried folder as the line says: what is there already stays. */
export function carry(machine: Machine, line: string): void {
  const [, app, digest] = /tar -xpf - -C \S*\/\.fleet\/([^/\s]+)\/files\/([0-9a-f]+)\.new/.exec(line) ?? [];
  need(app !== undefined && digest !== undefined, `no folder to carry to: ${line}`);
  machine.carried.delete(`${app}/${digest}.new`);
  machine.carried.add(`${app}/${digest}`);
}

/** Removes carried folders as the line says; one that a container mounts must stay. */
export function drop(machine: Machine, line: string): void {
  // A line that lays a folder removes what is half laid, no more.
  if (line.includes('tar -xpf')) return;
  for (const [, app = '', digest] of line.matchAll(
    /\/\.fleet\/([^/\s]+)\/files(?:\/([0-9a-f]+(?:\.new)?))?(?=\s|$)/g,
  )) {
    for (const key of machine.carried) {
      if (digest === undefined ? !key.startsWith(`${app}/`) : key !== `${app}/${digest}`) continue;
      const user = [...machine.containers.values()].find((one) =>
        one.carried.some((own) => `${one.app}/${own}` === key),
      );
      need(user === undefined, `${user?.name} mounts ${key}, which is removed`);
      machine.carried.delete(key);
    }
  }
}

/** The files that `current/APP` leads to, by app. */
export function currentOf(machine: Machine): Map<string, RouterState> {
  return new Map(
    [...machine.current].flatMap(([app, folder]): [string, RouterState][] => {
      const laid = machine.generations.get(folder);
      return laid === undefined ? [] : [[app, laid.state]];
    }),
  );
}

/** After a reload old workers may still hold requests to whatever the old files named. */
export function reload(machine: Machine, kind: 'http' | 'stream'): void {
  need(machine.router?.running === true, 'reload without a router');
  for (const state of machine.loaded[kind].values()) {
    for (const { upstreams } of Object.values(state.services))
      for (const { host, container, away } of upstreams)
        if (kind === 'http' && away === undefined) machine.leaving.add(`${host}/${container}`);
  }
  machine.loaded[kind] = currentOf(machine);
}

/** Drops generations as the line says; never the live one. */
export function tidy(machine: Machine, line: string): void {
  const app = /-maxdepth 1 -name '?([^\s*']+)\.\*'?/.exec(line)?.[1];
  if (app === undefined) return;
  const kept = new Set([...line.matchAll(/! -name (\S+)/g)].map(([, name]) => name));
  for (const folder of machine.generations.keys()) {
    if (!folder.startsWith(`${app}.`) || kept.has(folder)) continue;
    need(machine.current.get(app) !== folder, `live generation ${folder} is removed`);
    machine.generations.delete(folder);
  }
}

/** Stops a container; one that is gone is fine. */
export function stop(machine: Machine, name: string): void {
  const container = machine.containers.get(name);
  if (container !== undefined) machine.containers.set(name, { ...container, state: 'exited' });
}

/** Fails as Docker does while a container runs on it. */
export function removeNetwork(machine: Machine, name: string): void {
  const used = [...machine.containers.values()].some(
    (one) => one.state === 'running' && machine.attached.get(one.name) === name,
  );
  need(!used, `network ${name} has active endpoints`);
  machine.networks.delete(name);
}

/** The image is there under its tag and its digest. */
export function pull(machine: Machine, image: string): void {
  if (image.startsWith('-')) return;
  const [name = '', digest] = image.split('@');
  machine.images.add(name);
  if (digest !== undefined) machine.images.add(`${name.replace(/:[^:/]+$/, '')}@${digest}`);
}

/** Removes images by their digest as Docker does: not where a container uses one. fleet must not even try that. */
export function removeImage(machine: Machine, reference: string): void {
  const [name, digest] = reference.split('@');
  need(digest !== undefined, `${reference} is not named by its digest`);
  const user = [...machine.containers.values()].find(
    ({ image, imageDigest }) => imageDigest === digest && image.startsWith(`${name}:`),
  );
  need(user === undefined, `${user?.name} uses ${reference}, which is removed`);
  need(machine.images.delete(reference), `no image ${reference} to remove`);
}

/** Removes files of records as the line says. */
export function removeRecords(machine: Machine, line: string): void {
  for (const [, app = '', number] of line.matchAll(/\/\.fleet\/([^/\s]+)\/releases\/(\d+)\.json(?=\s|$)/g)) {
    const left = (machine.releases.get(app) ?? []).filter(({ release }) => release !== Number(number));
    machine.releases.set(app, left);
  }
}

/** True for the very image, by digest where one is given. */
export function hasImage(machine: Machine, image: string): boolean {
  const [name = '', digest] = image.split('@');
  return machine.images.has(digest === undefined ? name : `${name.replace(/:[^:/]+$/, '')}@${digest}`);
}

/** Throws when a real command would fail. */
export function need(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message);
}
