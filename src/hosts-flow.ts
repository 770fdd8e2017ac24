/** The one path for what is about hosts: the same stages in the same order as for an app, with no playbook. */
import { auditTrouble } from './audit.ts';
import { bareNames, type CompiledHosts, keepersOf } from './compile/index.ts';
import type { ApplyEnd, ApplyTerms, Audience } from './flow.ts';
import type { BareHosts } from './model/bare-host.ts';
import { FleetErrors } from './model/error.ts';
import { follow } from './model/follow.ts';
import type { HostsIntent } from './model/hosts.ts';
import type { Inventory } from './model/inventory.ts';
import { HOSTS } from './model/labels.ts';
import type { Observed } from './model/observed.ts';
import type { Plan } from './model/plan.ts';
import type { Shell } from './model/shell.ts';
import { planDifference } from './report/index.ts';
import type { Files, HeldLease, Stages } from './stages.ts';

/** The hosts, and open connections to them. */
export interface HostsScene {
  readonly inventory: Inventory;
  readonly shell: Shell;
  readonly stages: Stages;
}

/** How a change of hosts is carried out. */
export type HostsTerms = Pick<ApplyTerms, 'waitMs' | 'by' | 'signal' | 'stopNow'>;

/** A change that is being carried out. */
interface Change extends HostsScene {
  readonly intent: HostsIntent;
  readonly terms: HostsTerms;
  readonly audience: Audience;
}

/** A plan, what it was made from, and the hosts that can be told who acts now. */
interface Look {
  readonly plan: Plan;
  readonly observed: Observed;
  readonly up: readonly string[];
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
export async function applyHosts(
  scene: HostsScene,
  intent: HostsIntent,
  { terms, audience }: { readonly terms: HostsTerms; readonly audience: Audience },
): Promise<ApplyEnd> {
  const first = await look(scene, intent);
  const { plan } = first;
  if (plan.steps.length === 0) return { kind: 'nothing', plan };
  if (terms.signal.aborted) return { kind: 'interrupted', plan };
  if (!(await audience.review(plan, []))) return { kind: 'declined', plan };
  if (terms.signal.aborted) return { kind: 'interrupted', plan };
  const change: Change = { ...scene, intent, terms, audience };
  const leases: HeldLease[] = [];
  try {
    for (const app of leasesFor(intent, first.observed)) leases.push(await takeLease(change, app));
    return await underLeases(change, plan, leases);
  } finally {
    for (const lease of leases.reverse()) await lease.release();
  }
}

/** The first lease is that of the hosts themselves; its number is what hosts know a later process by. */
async function underLeases(change: Change, first: Plan, leases: readonly HeldLease[]): Promise<ApplyEnd> {
  const { intent, terms, audience, stages, shell } = change;
  const { plan, up } = await look(change, intent);
  const [lease] = leases;
  const changed = planDifference(first, plan);
  if (plan.steps.length === 0 || lease === undefined) return { kind: 'nothing', plan };
  if (changed.length > 0 && !(await audience.review(plan, changed))) return { kind: 'declined', plan };
  if (terms.signal.aborted) return { kind: 'interrupted', plan };
  audience.begin(plan);
  const gentle = new AbortController();
  const letGo = follow(gentle, terms.signal, ...leases.map(({ signal }) => signal));
  const how = { by: terms.by, lease, hosts: up, signal: gentle.signal, stopNow: terms.stopNow };
  const deps = { shell, secrets: new Map(), ...how, emit: audience.emit };
  const outcome = await stages.execute(plan, deps).finally(letGo);
  await auditTrouble(plan, outcome, { shell, stages, by: terms.by });
  return { kind: 'ended', plan, outcome };
}

async function look({ inventory, shell, stages }: HostsScene, intent: HostsIntent): Promise<Look> {
  const names = bareNames(intent);
  const [observed, bare] = await Promise.all([
    stages.observe(shell, inventory, [inventory.network.routerImage]),
    names.length === 0 ? {} : stages.observeBare(shell, inventory, names),
  ]);
  const states: BareHosts = { ...observed.hosts, ...bare };
  const up = Object.keys(states).filter((name) => states[name]?.reachable === true);
  return { plan: mustCompile(stages.compileHosts({ inventory, observed, bare, intent })), observed, up };
}

function mustCompile(compiled: CompiledHosts): Plan {
  if (compiled.ok) return compiled.plan;
  throw new FleetErrors(compiled.problems, 1);
}

/** Whose router is exchanged must not be deployed to meanwhile: every app's lease, in an order that all callers have. */
function leasesFor(intent: HostsIntent, { hosts }: Observed): string[] {
  if (intent.kind !== 'routers') return [HOSTS];
  const apps = Object.values(hosts).flatMap((state) => (state.reachable ? Object.keys(state.router.apps) : []));
  return [HOSTS, ...[...new Set(apps)].sort()];
}

function takeLease({ intent, terms, inventory, shell, stages, audience }: Change, app: string): Promise<HeldLease> {
  const keepers = keepersOf(inventory).map(({ name }) => name);
  return stages.acquireLease({
    shell,
    app,
    keepers,
    by: terms.by,
    ...(terms.waitMs === undefined ? {} : { waitMs: terms.waitMs }),
    ...(rebootsTooMany(intent, keepers) ? { ttlMs: REBOOT_LEASE_MS } : {}),
    signal: terms.signal,
    emit: audience.emit,
  });
}

/** True when too few keepers stay up to renew a lease: a majority of more than two, else one. */
function rebootsTooMany(intent: HostsIntent, keepers: readonly string[]): boolean {
  if (intent.kind !== 'maintain' || !intent.reboot) return false;
  const staying = keepers.filter((name) => !intent.hosts.includes(name)).length;
  return keepers.length > 2 ? staying * 2 <= keepers.length : staying === 0;
}
