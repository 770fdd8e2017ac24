/** Whether the fleet is as its last release asks: replicas, routers, records, and nothing else. */
import type { Inventory } from '../../../../src/model/inventory.ts';
import type { Container, ReleaseRecord, RouterState } from '../../../../src/model/observed.ts';
import type { Playbook, Service } from '../../../../src/model/playbook.ts';
import type { FaultyFleet } from '../fleet/fleet.ts';
import { viewsOf } from '../fleet/views.ts';

/** What is declared. */
export interface Declared {
  readonly inventory: Inventory;
  readonly playbook: Playbook;
  readonly record: ReleaseRecord;
  readonly keepers: readonly string[];
  /** Services of which not all fits on the hosts that there are. */
  readonly misfits: ReadonlySet<string>;
}

interface Placed {
  readonly host: string;
  readonly container: Container;
}

/** Sentences about all that is not as declared. */
export function deviations(fleet: FaultyFleet, declared: Declared): string[] {
  const { playbook, record, keepers } = declared;
  const all = [...fleet.machines].flatMap(([host, { containers }]) =>
    [...containers.values()].filter(({ app }) => app === playbook.app).map((container) => ({ host, container })),
  );
  const names = new Set(playbook.services.filter(({ job }) => job === undefined).map(({ name }) => name));
  const others = all.filter(({ container }) => !names.has(container.service));
  return [
    ...playbook.services.flatMap((service) => wrongReplicas(service, all, declared)),
    ...others.map(({ container, host }) => `${container.name}@${host} is left over`),
    ...wrongRouters(fleet, all, declared),
    ...keepers.flatMap((host) => wrongRecord(fleet, host, record)),
    ...[...fleet.machines].flatMap(([host, machine]) =>
      [...machine.carried].filter((key) => !isMounted(key, machine.containers)).map((key) => `${key}@${host} is left`),
    ),
  ];
}

function wrongReplicas(service: Service, all: readonly Placed[], { inventory, record, misfits }: Declared): string[] {
  if (service.job !== undefined) return [];
  const own = all.filter(({ container }) => container.service === service.name);
  const wrong = own.filter(
    ({ container: { state, health, spec } }) =>
      state !== 'running' || (health !== 'none' && health !== 'healthy') || spec !== record.specs[service.name],
  );
  const wanted = service.mode === 'global' ? eligible(service, inventory) : slotsOf(service);
  const is = own.map(({ host, container }) => (service.mode === 'global' ? host : String(container.slot))).sort();
  const words = ({ host, container: { name, state, health } }: Placed): string => `${name}@${host} ${state} ${health}`;
  return [
    ...wrong.map((one) => `${words(one)}: not as declared`),
    ...(JSON.stringify(is) === JSON.stringify(wanted) || misfits.has(service.name)
      ? []
      : [`${service.name}: ${is} instead of ${wanted}`]),
  ];
}

function slotsOf({ replicas }: Service): string[] {
  return Array.from({ length: replicas }, (_, index) => String(index + 1)).sort();
}

function eligible({ constraints }: Service, { hosts }: Inventory): string[] {
  return hosts
    .filter(({ roles, cordoned }) => roles.includes('worker') && !cordoned)
    .filter(({ labels }) => constraints.every(({ key, value }) => labels[key.replace(/^labels\./, '')] === value))
    .map(({ name }) => name)
    .sort();
}

/** Every router leads to all replicas and nobody else, and runs from the files that lie there. */
function wrongRouters(fleet: FaultyFleet, all: readonly Placed[], { playbook }: Declared): string[] {
  const views = viewsOf(fleet, playbook.app);
  return [...fleet.machines].flatMap(([host, machine]) => {
    if (machine.router?.running !== true) return [`no router on ${host}`];
    const laid = machine.generations.get(machine.current.get(playbook.app) ?? '')?.state;
    const [http, stream] = [machine.loaded.http.get(playbook.app), machine.loaded.stream.get(playbook.app)];
    const isLive = laid !== undefined && isSame(laid, http, 'http.conf') && isSame(laid, stream, 'stream.conf');
    const ported = all.filter(({ container }) => container.ports.length > 0);
    const led = playbook.services.flatMap(({ name, ports }) =>
      ports.flatMap(({ port }) => {
        const view = views.get(`${host} ${name} ${port}`);
        const wanted = ported.filter(({ container }) => container.service === name).map(keyOf);
        const is = view?.working.toSorted();
        return JSON.stringify(is) === JSON.stringify(wanted.sort()) && view?.dead.length === 0
          ? []
          : [`${host} leads ${name} to ${is} (${view?.servers}) instead of ${wanted}`];
      }),
    );
    return [...(isLive ? [] : [`nginx on ${host} has not read what lies there`]), ...led];
  });
}

function keyOf({ host, container }: Placed): string {
  return `${host}/${container.name}`;
}

/** The first line names the generation; a file that changes in nothing else is not read again. */
function isSame(laid: RouterState, read: RouterState | undefined, file: string): boolean {
  const body = (state: RouterState | undefined): string => (state?.files[file] ?? '').replace(/^.*\n/, '');
  return body(laid) === body(read);
}

/** Keepers write one after the other, so their times differ. */
function wrongRecord(fleet: FaultyFleet, host: string, record: ReleaseRecord): string[] {
  const own = fleet.machine(host).releases.get(record.app) ?? [];
  const last = [...own].sort((a, b) => a.release - b.release).at(-1);
  const isSame = last !== undefined && JSON.stringify({ ...last, at: 0 }) === JSON.stringify({ ...record, at: 0 });
  return isSame ? [] : [`${host} has release ${last?.release} on record in another way than release ${record.release}`];
}

function isMounted(key: string, containers: ReadonlyMap<string, Container>): boolean {
  return [...containers.values()].some(({ app, carried }) => carried.some((name) => `${app}/${name}` === key));
}
