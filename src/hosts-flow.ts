/** A change of hosts themselves: the one way, with no playbook. */
import { bareNames, type CompiledHosts, keepersOf } from './compile/index.ts';
import type { BareHosts } from './model/bare-host.ts';
import { FleetErrors } from './model/error.ts';
import type { HostsIntent } from './model/hosts.ts';
import type { Inventory } from './model/inventory.ts';
import { HOSTS } from './model/labels.ts';
import type { Observed } from './model/observed.ts';
import type { Plan } from './model/plan.ts';
import type { Shell } from './model/shell.ts';
import { type ApplyEnd, type ApplyTerms, type Audience, type Current, goOneWay, type LeaseFor } from './one-way.ts';
import type { Files, Stages } from './stages.ts';

/** The hosts, and open connections to them. */
export interface HostsScene {
  readonly inventory: Inventory;
  readonly shell: Shell;
  readonly stages: Stages;
}

/** How a change of hosts is carried out. */
export type HostsTerms = Pick<ApplyTerms, 'waitMs' | 'by' | 'signal' | 'stopNow'>;

/** A plan, and what it was made from. */
interface Look extends Current {
  readonly observed: Observed;
}

/** A reboot may take so long; a lease whose only keeper reboots must outlive it. */
const REBOOT_LEASE_MS = 20 * 60_000;

/** Opens connections to the hosts of the inventory for as long as the work lasts. Of the files only that one is read. */
export async function withHosts<T>(files: Files, stages: Stages, work: (scene: HostsScene) => Promise<T>): Promise<T> {
  const inventory = await stages.loadInventory(files);
  const shell = stages.openShell(inventory);
  try {
    return await work({ inventory, shell, stages });
  } finally {
    await shell.close();
  }
}

/** The plan alone; no host is changed. Throws FleetErrors (exit code 1) for what can not be done. */
export async function planHosts(scene: HostsScene, intent: HostsIntent): Promise<Plan> {
  return (await look(scene, intent)).plan;
}

/**
 * Carries the change out; throws as `planHosts` does, and FleetError E_LEASE_HELD; what fails while steps run is in the
 * outcome. A plan about hosts is short and seldom in anybody's way: it is always looked at first, and again under the lease.
 */
export function applyHosts(
  scene: HostsScene,
  intent: HostsIntent,
  { terms, audience }: { readonly terms: HostsTerms; readonly audience: Audience },
): Promise<ApplyEnd> {
  const { shell, stages, inventory } = scene;
  const leases = async (first: Look | undefined): Promise<LeaseFor[]> => {
    const { observed } = first ?? (await look(scene, intent));
    return leasesFor(intent, observed, inventory);
  };
  return goOneWay({ shell, stages, look: () => look(scene, intent), leases }, { ...terms, isDecided: false }, audience);
}

async function look({ inventory, shell, stages }: HostsScene, intent: HostsIntent): Promise<Look> {
  const names = bareNames(intent);
  const [observed, bare] = await Promise.all([
    stages.observe(shell, inventory, [inventory.network.routerImage]),
    names.length === 0 ? {} : stages.observeBare(shell, inventory, names),
  ]);
  const states: BareHosts = { ...observed.hosts, ...bare };
  const up = Object.keys(states).filter((name) => states[name]?.reachable === true);
  const plan = mustCompile(stages.compileHosts({ inventory, observed, bare, intent }));
  return { plan, observed, up, secrets: async () => new Map() };
}

function mustCompile(compiled: CompiledHosts): Plan {
  if (compiled.ok) return compiled.plan;
  throw new FleetErrors(compiled.problems, 1);
}

/**
 * The first lease is that of the hosts themselves. Whose router is exchanged must not be deployed to meanwhile: every app's
 * lease, in an order that all callers have.
 */
function leasesFor(intent: HostsIntent, { hosts }: Observed, inventory: Inventory): LeaseFor[] {
  const keepers = keepersOf(inventory).map(({ name }) => name);
  const ttl = rebootsTooMany(intent, keepers) ? { ttlMs: REBOOT_LEASE_MS } : {};
  const apps = Object.values(hosts).flatMap((state) => (state.reachable ? Object.keys(state.router.apps) : []));
  const others = intent.kind === 'routers' ? [...new Set(apps)].sort() : [];
  return [HOSTS, ...others].map((app) => ({ app, keepers, ...ttl }));
}

/** True when too few keepers stay up to renew a lease: a majority of more than two, else one. */
function rebootsTooMany(intent: HostsIntent, keepers: readonly string[]): boolean {
  if (intent.kind !== 'maintain' || !intent.reboot) return false;
  const staying = keepers.filter((name) => !intent.hosts.includes(name)).length;
  return keepers.length > 2 ? staying * 2 <= keepers.length : staying === 0;
}
