/** Making a bare Debian or Ubuntu machine a host: Docker and what else fleet runs, the group, the router. */
import { type BareHost, HOST_PROGRAMS } from '../../model/bare-host.ts';
import { FleetError } from '../../model/error.ts';
import type { HostsIntent } from '../../model/hosts.ts';
import type { Host } from '../../model/inventory.ts';
import type { HostDown, HostUp } from '../../model/observed.ts';
import type { Step, Warning } from '../../model/plan.ts';
import { line } from '../../model/quote.ts';
import { hasImage } from '../desire/images.ts';
import { emptyReport } from '../offline.ts';
import { pulling } from '../sequence/prepare.ts';
import { routerSteps } from '../sequence/router.ts';
import { idsOf, MINUTE, run, step } from '../sequence/step.ts';
import { auditSteps, type Fleet, type HostsParts } from './fleet.ts';
import { asRoot } from './rights.ts';

type BootstrapIntent = Extract<HostsIntent, { kind: 'bootstrap' }>;

/** A machine that answered by SSH. */
interface Machine {
  readonly host: Host;
  readonly bare: BareHost;
}

/** The steps for machines that lack anything; none for hosts that have it all. */
export function bootstrapping(fleet: Fleet, { hosts }: BootstrapIntent): HostsParts {
  const machines = fleet.inventory.hosts
    .filter(({ name }) => hosts.includes(name))
    .flatMap((host) => {
      const bare = fleet.bare[host.name];
      return bare?.reachable === true ? [{ host, bare }] : [];
    });
  const steps = machines.flatMap((machine) => machineSteps(fleet, machine));
  if (steps.length === 0) return { steps, warnings: [] };
  const audit = auditSteps(fleet, 'bootstrap', hosts.join(', '), idsOf(steps));
  return { steps: [...steps, ...audit], warnings: machines.flatMap(groupWarning) };
}

/** Why a machine can not be made a host by fleet, with what to type by hand. */
export function bootstrapProblem({ name, ssh }: Host, state: BareHost | HostDown | undefined): FleetError | undefined {
  if (state === undefined) return undefined;
  if (!state.reachable)
    return new FleetError(state.code, state.message, state.hint === undefined ? {} : { hint: state.hint });
  const lines = handLines(state);
  if (lines.length === 0) return undefined;
  const isDebian = state.distribution.some((id) => id === 'debian' || id === 'ubuntu');
  const needsPackages = missingPackages(state).length > 0;
  if (needsPackages && !isDebian) {
    const message = `${name} runs ${state.system}: fleet installs Docker on Debian and Ubuntu only`;
    const notes = [`missing: ${state.lacks.join(', ')}`, 'https://docs.docker.com/engine/install/'];
    return new FleetError('E_BOOTSTRAP', message, { notes, hint: `install it by hand, then: fleet bootstrap ${name}` });
  }
  if (state.rights !== 'none') return undefined;
  const why = state.refusal === '' ? '' : ` (${state.refusal.split('\n').at(-1)})`;
  return new FleetError('E_RIGHTS', `${name}: user ${state.user} may not become root without a password${why}`, {
    notes: ['as root on that machine:', ...lines],
    hint: `type these lines there, or allow it: echo '${state.user} ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/${ssh.user}`,
  });
}

/** What a person would type as root for all that needs root. */
function handLines(bare: BareHost): string[] {
  const packages = missingPackages(bare);
  return [
    ...(packages.length === 0 ? [] : [`apt-get update && ${line('apt-get', 'install', '--yes', ...packages)}`]),
    ...(bare.docker === 'running' ? [] : ['systemctl enable --now docker']),
    ...(isOutsider(bare) ? [line('usermod', '--append', '--groups', 'docker', bare.user)] : []),
  ];
}

function missingPackages({ lacks }: BareHost): string[] {
  const packages: Readonly<Record<string, string>> = HOST_PROGRAMS;
  return [...new Set(lacks.flatMap((program) => packages[program] ?? []))].sort();
}

/**
 * Root needs no group, and whoever may use Docker at this login needs none either. A member who may not use a daemon that
 * runs is kept out by its socket: it was made before the group was.
 */
function isOutsider({ rights, isMember, mayUseDocker, docker }: BareHost): boolean {
  return rights !== 'root' && !mayUseDocker && (!isMember || docker === 'running');
}

function machineSteps(fleet: Fleet, machine: Machine): Step[] {
  const root: Step[] = [];
  for (const one of [installStep(machine), daemonStep(machine), groupStep(machine)].flat()) {
    root.push({ ...one, needs: idsOf(root.slice(-1)) });
  }
  const ready = [...root, ...loginStep(machine, idsOf(root.slice(-1)))];
  return [...ready, ...routerStepsOf(fleet, machine, idsOf(ready.slice(-1)))];
}

/** Another apt may be at work, for example unattended upgrades after the first boot. */
const APT = 'apt-get -q -o DPkg::Lock::Timeout=600';

function installStep({ host, bare }: Machine): Step[] {
  const packages = missingPackages(bare);
  if (packages.length === 0) return [];
  const script = `export DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l; ${APT} update && ${APT} ${line('install', '--yes', ...packages)}`;
  return [
    step(
      `install@${host.name}`,
      host.name,
      { kind: 'prepare', what: `packages ${packages.join(', ')}` },
      `${bare.system} lacks ${bare.lacks.join(', ')}`,
      { commands: [run(asRoot(bare, script), { timeoutMs: 20 * MINUTE })] },
    ),
  ];
}

/** The package starts its daemon by itself, which may take a moment. */
const DAEMON = `if [ -d /run/systemd/system ]; then systemctl enable --now docker; fi
tries=0
until docker info >/dev/null 2>&1; do
  tries=$((tries + 1))
  if [ $tries = 10 ] && [ ! -d /run/systemd/system ]; then service docker start; fi
  [ $tries -lt 60 ] || { docker info; exit 1; }
  sleep 1
done`;

function daemonStep({ host, bare }: Machine): Step[] {
  if (bare.docker === 'running') return [];
  const reason = bare.docker === 'missing' ? 'now and at every boot' : 'it is installed and does not run';
  return [
    step(`docker@${host.name}`, host.name, { kind: 'prepare', what: 'Docker daemon' }, reason, {
      commands: [run(asRoot(bare, DAEMON), { timeoutMs: 3 * MINUTE })],
    }),
  ];
}

function groupStep({ host, bare }: Machine): Step[] {
  if (!isOutsider(bare)) return [];
  const join = line('usermod', '--append', '--groups', 'docker', bare.user);
  const script = `groupadd --force docker && ${join} && { [ ! -S /run/docker.sock ] || chgrp docker /run/docker.sock; }`;
  return [
    step(
      `group@${host.name}`,
      host.name,
      { kind: 'prepare', what: `${bare.user} into group docker` },
      `${bare.user} may not use Docker`,
      { commands: [run(asRoot(bare, script))] },
    ),
  ];
}

/** What groups a login has is decided when it begins. */
function loginStep({ host, bare }: Machine, needs: readonly string[]): Step[] {
  if (bare.mayUseDocker) return [];
  const asked = { line: 'docker ps --quiet >/dev/null', attemptMs: 20_000, intervalMs: 1000, timeoutMs: MINUTE };
  return [
    step(
      `login@${host.name}`,
      host.name,
      { kind: 'prepare', what: 'new login' },
      'groups count from the next login on',
      {
        needs,
        commands: [{ kind: 'rejoin', ...asked }],
      },
    ),
  ];
}

function routerStepsOf({ inventory, observed }: Fleet, { host, bare }: Machine, needs: readonly string[]): Step[] {
  const state = observed.hosts[host.name];
  const report: HostUp = state?.reachable === true ? state : { ...emptyReport(host), home: bare.home };
  const image = inventory.network.routerImage;
  const world = { inventory, observed };
  const wanted = routerSteps(world, { host, report, needs, sameness: 'by-name' });
  if (wanted.length === 0 || hasImage(report, image, observed.images[image])) return wanted;
  const pull = { ...pulling(image, observed.images[image])(host.name), needs };
  return [pull, ...routerSteps(world, { host, report, needs: [pull.id], sameness: 'by-name' })];
}

function groupWarning({ host, bare }: Machine): Warning[] {
  if (!isOutsider(bare)) return [];
  const message = `${host.name}: whoever is in group docker is as good as root there, and ${bare.user} will be`;
  return [{ code: 'W_GROUP_DOCKER', message }];
}
