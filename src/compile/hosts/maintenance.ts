/** One turn of maintenance: a command on hosts, a reboot, and waiting until each is as it was. */
import type { BareHost } from '../../model/bare-host.ts';
import { FleetError } from '../../model/error.ts';
import type { HostsIntent } from '../../model/hosts.ts';
import type { Host } from '../../model/inventory.ts';
import { ROUTER_NAME, shortName } from '../../model/labels.ts';
import type { HostDown } from '../../model/observed.ts';
import type { RejoinCommand, Step, Warning } from '../../model/plan.ts';
import { inOrder, line } from '../../model/quote.ts';
import { keepersOf, type Site } from '../context.ts';
import { endMs, ROUTER_RUNS } from '../sequence/router.ts';
import { EXPLAIN_ROUTER, idsOf, MINUTE, run, step } from '../sequence/step.ts';
import { auditSteps, type Fleet, type HostsParts, hostsFolder } from './fleet.ts';
import { asRoot } from './rights.ts';

type MaintainIntent = Extract<HostsIntent, { kind: 'maintain' }>;

/** Limit of somebody's own command: an upgrade of a distribution takes its time. */
const COMMAND_MS = 60 * MINUTE;

/** From the order to reboot until SSH and Docker answer again; machines with much memory check it first. */
const REBOOT_MS = 15 * MINUTE;

/** All hosts of the turn at once; on each, one thing after the other. */
export function maintenanceTurn(fleet: Fleet, intent: MaintainIntent): HostsParts {
  const sites = fleet.sites.filter(({ host }) => intent.hosts.includes(host.name));
  const steps = sites.flatMap((site) => hostSteps(fleet, site, intent));
  const what = [intent.command, ...(intent.reboot ? ['reboot'] : [])].filter((part) => part !== '').join(', then ');
  const audit = auditSteps(fleet, 'maintain', `${intent.hosts.join(', ')}: ${what}`, idsOf(steps));
  return { steps: [...steps, ...audit], warnings: sites.flatMap((site) => costs(fleet, site, intent)) };
}

/** A reboot needs root; that is asked before anything is done. */
export function rebootProblem({ name }: Host, state: BareHost | HostDown | undefined): FleetError | undefined {
  if (state?.reachable !== true || state.rights !== 'none') return undefined;
  return new FleetError('E_RIGHTS', `${name}: user ${state.user} may not reboot it: no root without a password`, {
    ...(state.refusal === '' ? {} : { notes: [state.refusal] }),
    hint: `allow it there as root: echo '${state.user} ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/${state.user}`,
  });
}

function hostSteps(fleet: Fleet, site: Site, { command, reboot }: MaintainIntent): Step[] {
  const bare = fleet.bare[site.host.name];
  const work = [
    ...(command === '' ? [] : [commandStep(site, command)]),
    ...(reboot && site.host.roles.includes('edge') ? [leaveStep(fleet, site)] : []),
    ...(reboot && bare?.reachable === true ? [rebootStep(site, bare)] : []),
    backStep(site),
  ];
  return work.map((one, index) => ({ ...one, needs: idsOf(work.slice(Math.max(0, index - 1), index)) }));
}

function commandStep({ host }: Site, command: string): Step {
  return step(`run@${host.name}`, host.name, { kind: 'maintain', command }, 'as you said', {
    commands: [run(line('sh', '-c', command), { timeoutMs: COMMAND_MS })],
  });
}

/** Clients see that the edge takes no more connections and go to another one, before it is gone without a word. */
function leaveStep({ inventory }: Fleet, { host }: Site): Step {
  const seconds = String(Math.ceil(endMs(inventory) / 1000));
  return step(
    `leave@${host.name}`,
    host.name,
    { kind: 'prepare', what: 'edge ends its requests' },
    'clients go to another edge',
    {
      commands: [
        run(`${line('docker', 'stop', '--time', seconds, ROUTER_NAME)} >/dev/null`, {
          timeoutMs: endMs(inventory) + MINUTE,
        }),
      ],
      undo: [run(START_ROUTER)],
    },
  );
}

/** One that was stopped by hand stays so over a reboot. */
const START_ROUTER = `${line('docker', 'start', ROUTER_NAME)} >/dev/null`;

/** What another boot has another of: the kernel's own id, and where that is shared, when the first process began. */
const LIFE = "cat /proc/sys/kernel/random/boot_id; sed 's/.*) //' /proc/1/stat 2>/dev/null | cut -d ' ' -f 20";

const REBOOT = 'if [ -d /run/systemd/system ]; then systemctl reboot; else reboot; fi';

/** The order goes out a moment later, so that this connection ends in peace. */
function rebootStep({ host, report }: Site, bare: BareHost): Step {
  const folder = hostsFolder(report.home);
  const life = line(`${folder}/life`);
  const order = inOrder(
    line('mkdir', '-p', folder),
    `{ ${LIFE}; } > ${life}`,
    `{ nohup ${line('sh', '-c', `sleep 1; ${asRoot(bare, REBOOT)}`)} >/dev/null 2>&1 </dev/null & }`,
  );
  const again = `[ "$(${LIFE})" != "$(cat ${life})" ] || { echo 'it has not restarted' >&2; exit 1; }; docker ps --quiet >/dev/null`;
  return step(`reboot@${host.name}`, host.name, { kind: 'reboot' }, 'as you said', {
    commands: [run(order), askAgain(again, REBOOT_MS)],
  });
}

function askAgain(text: string, timeoutMs: number): RejoinCommand {
  return { kind: 'rejoin', line: text, attemptMs: 20_000, intervalMs: 1000, timeoutMs };
}

/** Docker, the router, and the replicas that stayed, as far as Docker starts them again by itself. */
function backStep({ host, report }: Site): Step {
  const staying = stayingOn(report).map(({ name }) => name);
  const router = report.router.container === undefined ? [] : [START_ROUTER, ROUTER_RUNS];
  const replicas = staying.length === 0 ? [] : [line('sh', '-c', WELL, 'fleet-well', ...staying)];
  const what = ['Docker', ...(router.length === 0 ? [] : ['router']), ...staying.map(shortName)].join(', ');
  return step(
    `back@${host.name}`,
    host.name,
    { kind: 'prepare', what: `well again: ${what}` },
    'all as it was before',
    {
      commands: [
        askAgain('docker ps --quiet >/dev/null', MINUTE),
        ...router.map((one) => run(one)),
        ...replicas.map((one) => run(one, { timeoutMs: 4 * MINUTE })),
      ],
      diagnose: EXPLAIN_ROUTER,
    },
  );
}

/** Waits until each container runs and is not unhealthy; one that Docker does not start again by itself is passed over. */
const WELL = `tries=0
while :; do
  bad=
  for name in "$@"; do
    state=$(docker inspect --format '{{.HostConfig.RestartPolicy.Name}} {{.State.Status}} {{with .State.Health}}{{.Status}}{{end}}' "$name" 2>/dev/null)
    case $state in '' | no\\ * | on-failure\\ * | *' running ' | *' running healthy') ;; *) bad="$bad $name (\${state#* })" ;; esac
  done
  [ -n "$bad" ] || exit 0
  tries=$((tries + 1)); [ $tries -lt 180 ] || { echo "not well again:$bad" >&2; exit 1; }
  sleep 1
done`;

function stayingOn({ containers }: Site['report']): Site['report']['containers'] {
  return containers
    .filter(({ kind, state }) => kind === 'replica' && state === 'running')
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** One without a name of its own goes with its container, and binds nobody to the host. */
function isNamed(volume: string): boolean {
  return !/^[0-9a-f]{64}$/.test(volume);
}

function costs({ inventory, sites }: Fleet, { host, report }: Site, { reboot }: MaintainIntent): Warning[] {
  if (!reboot) return [];
  // What may move is there only until the host is drained.
  const staying = stayingOn(report).filter(({ volumes }) => host.drained === true || volumes.some(isNamed));
  const edges = sites.filter((site) => site.host.roles.includes('edge'));
  const isOnlyEdge = host.roles.includes('edge') && edges.length === 1;
  const keepers = keepersOf(inventory).map(({ name }) => name);
  const isOnlyKeeper = keepers.length === 1 && keepers[0] === host.name;
  return [
    ...(staying.length === 0
      ? []
      : [
          {
            code: 'W_DOWN_FOR_REBOOT',
            message: `${staying.map(({ name }) => shortName(name)).join(', ')}: down until ${host.name} is back`,
          },
        ]),
    ...(isOnlyEdge
      ? [
          {
            code: 'W_ONLY_EDGE',
            message: `${host.name} is the only edge: nobody from outside is served until it is back`,
          },
        ]
      : []),
    ...(isOnlyKeeper
      ? [{ code: 'W_ONLY_KEEPER', message: `${host.name} alone keeps the records: no other command can run meanwhile` }]
      : []),
  ];
}
