/** The one path for what is about hosts: the same stages in the same order as for an app, with no playbook. */
import { auditTrouble } from './audit.ts';
import { bareNames, type CompiledHosts, keepersOf } from './compile/index.ts';
import type { ApplyEnd, ApplyRequest, Audience } from './flow.ts';
import type { BareHosts } from './model/bare-host.ts';
import { FleetErrors } from './model/error.ts';
import type { HostsIntent } from './model/hosts.ts';
import type { Inventory } from './model/inventory.ts';
import { HOSTS } from './model/labels.ts';
import type { Observed } from './model/observed.ts';
import type { Plan } from './model/plan.ts';
import type { Shell } from './model/shell.ts';
import { planDifference } from './report/index.ts';
import type { HeldLease, Stages } from './stages.ts';

/** A change of hosts. Of the files only the inventory is read. */
export interface HostsRequest extends Pick<ApplyRequest, 'files' | 'waitMs' | 'by' | 'signal' | 'stopNow'> {
  readonly intent: HostsIntent;
}

/** The hosts while connections are open, and what is asked of them. */
interface Place {
  readonly request: Pick<HostsRequest, 'intent'>;
  readonly inventory: Inventory;
  readonly shell: Shell;
  readonly stages: Stages;
}

/** A change that is carried out. */
interface Scene extends Place {
  readonly request: HostsRequest;
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

/**
 * Carries the change out. Throws FleetErrors (exit code 1) for what can not be done, FleetError E_LEASE_HELD; what fails
 * while steps run is in the outcome.
 */
export async function applyHosts(request: HostsRequest, stages: Stages, audience: Audience): Promise<ApplyEnd> {
  const inventory = await stages.loadInventory(request.files);
  const shell = stages.openShell(inventory);
  try {
    return await applyWith({ request, inventory, shell, stages, audience });
  } finally {
    await shell.close();
  }
}

/** A plan about hosts is short and seldom in anybody's way: it is always looked at first, and again under the lease. */
async function applyWith(scene: Scene): Promise<ApplyEnd> {
  const { request, audience } = scene;
  const first = await look(scene);
  const { plan } = first;
  if (plan.steps.length === 0) return { kind: 'nothing', plan };
  if (request.signal.aborted) return { kind: 'interrupted', plan };
  if (!(await audience.review(plan, []))) return { kind: 'declined', plan };
  if (request.signal.aborted) return { kind: 'interrupted', plan };
  const leases: HeldLease[] = [];
  try {
    for (const app of leasesFor(request.intent, first.observed)) leases.push(await takeLease(scene, app));
    return await underLeases(scene, plan, leases);
  } finally {
    for (const lease of leases.reverse()) await lease.release();
  }
}

/** The plan alone; no host is changed. Throws FleetErrors as `applyHosts` does. */
export async function planHosts(request: Pick<HostsRequest, 'files' | 'intent'>, stages: Stages): Promise<Plan> {
  const inventory = await stages.loadInventory(request.files);
  const shell = stages.openShell(inventory);
  try {
    return (await look({ request, inventory, shell, stages })).plan;
  } finally {
    await shell.close();
  }
}

/** The first lease is that of the hosts themselves; its number is what hosts know a later process by. */
async function underLeases(scene: Scene, first: Plan, leases: readonly HeldLease[]): Promise<ApplyEnd> {
  const { request, audience, stages, shell } = scene;
  const { plan, up } = await look(scene);
  const [lease] = leases;
  const changed = planDifference(first, plan);
  if (plan.steps.length === 0 || lease === undefined) return { kind: 'nothing', plan };
  if (changed.length > 0 && !(await audience.review(plan, changed))) return { kind: 'declined', plan };
  if (request.signal.aborted) return { kind: 'interrupted', plan };
  audience.begin(plan);
  const outcome = await stages.execute(plan, {
    shell,
    secrets: new Map(),
    by: request.by,
    lease,
    hosts: up,
    signal: AbortSignal.any([request.signal, ...leases.map(({ signal }) => signal)]),
    stopNow: request.stopNow,
    emit: audience.emit,
  });
  await auditTrouble(plan, outcome, { shell, stages, by: request.by });
  return { kind: 'ended', plan, outcome };
}

async function look({ request, inventory, shell, stages }: Place): Promise<Look> {
  const { intent } = request;
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

function takeLease({ request, inventory, shell, stages, audience }: Scene, app: string): Promise<HeldLease> {
  const keepers = keepersOf(inventory).map(({ name }) => name);
  return stages.acquireLease({
    shell,
    app,
    keepers,
    by: request.by,
    ...(request.waitMs === undefined ? {} : { waitMs: request.waitMs }),
    ...(rebootsTooMany(request.intent, keepers) ? { ttlMs: REBOOT_LEASE_MS } : {}),
    signal: request.signal,
    emit: audience.emit,
  });
}

/** True when too few keepers stay up to renew a lease: a majority of more than two, else one. */
function rebootsTooMany(intent: HostsIntent, keepers: readonly string[]): boolean {
  if (intent.kind !== 'maintain' || !intent.reboot) return false;
  const staying = keepers.filter((name) => !intent.hosts.includes(name)).length;
  return keepers.length > 2 ? staying * 2 <= keepers.length : staying === 0;
}
