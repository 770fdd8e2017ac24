/** The real stages put together: files, SSH, hosts, and what this process knows of itself. */
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { assumeEmpty, compile, compileHosts } from './compile/index.ts';
import { secretPlaces } from './compile/secret-places.ts';
import {
  acquireLease,
  appendAudit,
  execute,
  formatHolder,
  type LeaseState,
  raiseFence,
  readLease,
  releaseLease,
} from './execute/index.ts';
import { formatYaml, loadAll, loadInventory, loadPlaybook, resolveConfig } from './load/index.ts';
import { listSshHosts } from './load/inventory/ssh-config.ts';
import { appNameOf } from './load/playbook/name.ts';
import { schemaText } from './load/schema-text.ts';
import { startInventory, startPlaybook } from './load/starter/starter.ts';
import { readAssumptions } from './load/what-if.ts';
import type { Clock } from './model/shell.ts';
import { STARTER_FILES } from './model/starter.ts';
import { readAuditLogs } from './observe/audit-log.ts';
import { observeBare } from './observe/bare/bare.ts';
import { readLoads } from './observe/metrics/read.ts';
import { observe } from './observe/observe.ts';
import { readBody } from './observe/release-body.ts';
import { secretValues } from './observe/secret-values.ts';
import { createSenses } from './observe/senses.ts';
import { createShell } from './ssh/shell.ts';
import type { LeaseInfo, PlaybookFiles, Stages } from './stages.ts';

/** This process and the machine it runs on. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly pid: number;
  /** Whether a process of this machine is there. */
  readonly isAlive: (pid: number) => boolean;
  readonly clock: Clock;
}

/** All stages as they work for a user. */
export function realStages(around: Surroundings): Stages {
  const { clock, home } = around;
  return {
    clock,
    starter: {
      listSshHosts: (folder) => listSshHosts(folder, readFile),
      suggestApp: (folder) => appNameOf(STARTER_FILES.playbook, folder),
      inventoryText: startInventory,
      playbookText: startPlaybook,
      schemaText,
    },
    senses: createSenses(clock),
    loadInventory: (files) => loadInventory(files.inventory, files),
    loadPlaybook: async (files) => {
      const { notes, ...loaded } = await loadPlaybook(playbookOptions(files));
      return { ...loaded, warnings: [...(files.notes ?? []), ...notes] };
    },
    loadAll: async (files) => {
      const { notes, ...loaded } = await loadAll(files.inventory, files, playbookOptions(files));
      return { ...loaded, warnings: [...(files.notes ?? []), ...notes] };
    },
    resolveConfig: async (files, environment) => {
      const { notes, ...resolved } = await resolveConfig(playbookOptions(files), environment);
      return { ...resolved, warnings: [...(files.notes ?? []), ...notes] };
    },
    readAssumptions: (words, { inventory, playbook }, services) =>
      readAssumptions(words, { inventory, playbook, services }),
    formatYaml,
    openShell: (inventory) => createShell(inventory, { home, now: clock.now, ...agentOf(around) }),
    observe: async (shell, inventory, images) =>
      observe(shell, inventory, images, { now: clock.now, credentials: await readCredentials(home) }),
    readLoads,
    readBody,
    findSecrets: (shell, { plan, playbook, observed, atHand }) =>
      secretValues(shell, secretPlaces(plan, playbook, observed), atHand),
    observeBare,
    compile,
    compileHosts,
    assumeEmpty,
    acquireLease: async ({ by, ...request }) =>
      acquireLease({ ...request, clock, isAlive: around.isAlive, owner: await ownerOf(by, around) }),
    readLease: async (place) => infoOf(await readLease(place)),
    releaseLease: async (place, from) => infoOf(await releaseLease({ ...place, force: from === 'anybody' })),
    execute: async (plan, { lease, hosts, ...request }) => {
      const number = { app: plan.app, number: lease.fence };
      const fence = await raiseFence(request.shell, hosts, number, () => lease.isOurs());
      return execute(plan, { ...request, clock, fence });
    },
    appendAudit: (place, entry) => appendAudit({ ...place, entry }),
    readAudit: readAuditLogs,
  };
}

function playbookOptions(files: PlaybookFiles): Parameters<typeof loadAll>[2] {
  const { playbooks, projectName, values, env, envFiles, profiles, services, home } = files;
  return {
    files: playbooks,
    env,
    profiles,
    services,
    home,
    ...(projectName === undefined ? {} : { projectName }),
    ...(values === undefined ? {} : { values }),
    ...(envFiles.length === 0 ? {} : { envFiles }),
  };
}

function agentOf({ env }: Surroundings): { readonly agentSocket?: string } {
  const agentSocket = env.SSH_AUTH_SOCK;
  return agentSocket === undefined || agentSocket === '' ? {} : { agentSocket };
}

/** The boot's id tells a process from one with the same number before a restart (Linux, proc(5)). */
async function ownerOf(by: string, { pid }: Surroundings): Promise<Parameters<typeof acquireLease>[0]['owner']> {
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  return { by, host: hostname(), pid, ...(boot === '' ? {} : { boot: boot.trim() }) };
}

function infoOf(state: LeaseState | undefined): LeaseInfo | undefined {
  return state === undefined ? undefined : { by: state.holder.by, words: formatHolder(state), live: state.live };
}

/** Registry -> base64 of user:password, as `docker login` leaves it without a credential store. */
async function readCredentials(home: string): Promise<Readonly<Record<string, string>>> {
  try {
    const config: unknown = JSON.parse(await readFile(join(home, '.docker', 'config.json'), 'utf8'));
    const auths = isRecord(config) && isRecord(config.auths) ? config.auths : {};
    return Object.fromEntries(
      Object.entries(auths).flatMap(([registry, entry]) =>
        isRecord(entry) && typeof entry.auth === 'string' ? [[registryName(registry), entry.auth]] : [],
      ),
    );
  } catch {
    return {};
  }
}

/** "https://index.docker.io/v1/" is how Docker writes its Hub. */
function registryName(key: string): string {
  const host = key.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
  return host === 'index.docker.io' ? 'docker.io' : host;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
