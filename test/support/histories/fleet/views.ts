/** What each router leads to, by the text that its nginx has read, and who answers there. */
import type { Container, RouterState } from '../../../../src/model/observed.ts';
import type { Machine } from '../../compile/machine.ts';
import type { FaultyFleet } from './fleet.ts';

/** "SERVICE PORT" -> addresses with ports that the router hands requests to. */
type Groups = ReadonlyMap<string, readonly string[]>;

/** A container behind an address, and its host. */
interface Behind {
  readonly host: string;
  readonly container: Container;
}

/** One group of servers in one router. */
export interface View {
  readonly router: string;
  readonly service: string;
  /** Its name works ahead of its replicas, which nobody has checked yet. */
  readonly isEarly: boolean;
  /** "10.0.0.2:20011" */
  readonly servers: readonly string[];
  /** Of those, "HOST/NAME" of containers that take requests from there. */
  readonly answering: readonly string[];
  /** Slots of those. */
  readonly slots: readonly number[];
  /** Of those, the ones whose check does not fail. */
  readonly working: readonly string[];
  /** Servers behind which nobody takes requests. */
  readonly dead: readonly string[];
  /** "HOST/NAME" of those that the router was told of. */
  readonly named: readonly string[];
  /** "HOST/NAME" of other services' containers behind them. */
  readonly strangers: readonly string[];
}

/**
 * What routers on hosts that can be reached lead to, by "ROUTER SERVICE PORT". Of replicas that hang only those that are
 * known count as such ("HOST/NAME"; absent: all): nobody can tell the others from those that work.
 */
export function viewsOf(fleet: FaultyFleet, app: string, hung?: ReadonlySet<string>): ReadonlyMap<string, View> {
  const behind = placesOf(fleet);
  const views = new Map<string, View>();
  for (const [router, machine] of fleet.machines) {
    if (machine.isSilent) continue;
    for (const [group, servers] of groupsOf(machine, app))
      views.set(`${router} ${group}`, viewOf(fleet, { app, router, group, servers, hung }, behind));
  }
  return views;
}

/** Running containers by the address and port that lead to them. */
function placesOf(fleet: FaultyFleet): ReadonlyMap<string, Behind> {
  const behind = new Map<string, Behind>();
  for (const [host, { address, containers }] of fleet.machines) {
    for (const container of containers.values()) {
      if (container.state !== 'running') continue;
      for (const { hostPort } of container.ports) behind.set(`${address}:${hostPort}`, { host, container });
    }
  }
  return behind;
}

interface Led {
  readonly app: string;
  readonly router: string;
  readonly group: string;
  readonly servers: readonly string[];
  readonly hung: ReadonlySet<string> | undefined;
}

function viewOf(
  fleet: FaultyFleet,
  { app, router, group, servers, hung }: Led,
  behind: ReadonlyMap<string, Behind>,
): View {
  const service = group.slice(0, group.indexOf(' '));
  const found = servers.flatMap((server) => behind.get(server) ?? []);
  const own = found.filter(({ container }) => container.service === service);
  const isThere = ({ host, container }: Behind): boolean =>
    fleet.links(router, host) && (fleet.answers(host, container) || isUnknown({ host, container }, hung));
  const answering = own.filter(isThere);
  const dead = servers.filter((server) => !answering.some((one) => one === behind.get(server)));
  const working = answering.filter(({ container: { health } }) => health === 'none' || health === 'healthy');
  const strangers = found.filter(({ container }) => container.service !== service);
  const keys = (list: readonly Behind[]): string[] => list.map(({ host, container }) => `${host}/${container.name}`);
  const lists = { answering: keys(answering), working: keys(working), strangers: keys(strangers) };
  const told = fleet.loaded(router, app)?.services[service];
  const isEarly = told?.early === true;
  const slots = answering.map(({ container }) => container.slot);
  const known = (told?.upstreams ?? []).map(({ host, container }) => `${host}/${container}`);
  return { router, service, isEarly, servers, dead, slots, named: known, ...lists };
}

function isUnknown({ host, container: { name, state } }: Behind, hung: ReadonlySet<string> | undefined): boolean {
  return state === 'running' && hung?.has(`${host}/${name}`) === false;
}

/** Upstream groups of both nginx masters. */
function groupsOf({ loaded }: Machine, app: string): Groups {
  const [http, stream] = [loaded.http.get(app), loaded.stream.get(app)];
  return new Map([
    ...(http === undefined ? [] : parsed(http, 'http.conf')),
    ...(stream === undefined ? [] : parsed(stream, 'stream.conf')),
  ]);
}

const known = new WeakMap<RouterState, Map<string, Groups>>();

/** Read once for each state: they are never changed, only replaced. */
function parsed(state: RouterState, file: string): Groups {
  const files = known.get(state) ?? new Map<string, Groups>();
  known.set(state, files);
  const groups = files.get(file) ?? parse(state.files[file] ?? '', state.app);
  files.set(file, groups);
  return groups;
}

function parse(text: string, app: string): Groups {
  const groups = new Map<string, readonly string[]>();
  for (const [, name = '', body = ''] of text.matchAll(/^upstream (\S+) \{\n([\s\S]*?)^\}/gm)) {
    const servers = [...body.matchAll(/^ {2}server (\S+?)[ ;](?!down)/gm)].map(([, server = '']) => server);
    groups.set(name.slice(app.length + 1).replace(/\.(\d+)$/, ' $1'), [...new Set(servers)]);
  }
  return groups;
}
