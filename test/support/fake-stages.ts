/** Stages around a FakeShell: files and hosts are given, plans come from a list, the executor is the real one. */

import { compileHosts, type Question } from '../../src/compile/index.ts';
import { appendAudit, execute } from '../../src/execute/index.ts';
import { readAssumptions } from '../../src/load/what-if.ts';
import type { BareHosts } from '../../src/model/bare-host.ts';
import { FleetError } from '../../src/model/error.ts';
import type { Host, Inventory } from '../../src/model/inventory.ts';
import type { Container, HostState, HostUp, Observed } from '../../src/model/observed.ts';
import type { Plan } from '../../src/model/plan.ts';
import type { Playbook } from '../../src/model/playbook.ts';
import type { ReleaseBody } from '../../src/model/release.ts';
import type { Shell } from '../../src/model/shell.ts';
import { readAuditLogs } from '../../src/observe/audit-log.ts';
import type { LeaseInfo, Stages } from '../../src/stages.ts';
import { emptyHost } from './compile/worlds.ts';
import { FakeClock } from './fake-clock.ts';
import { FakeShell } from './fake-shell.ts';
import { aPlan } from './plan-builders.ts';

/** What a test says about the world; everything has a quiet default. */
export interface StagesSetup {
  /** What compile returns, one after the other; the last one again and again. */
  readonly plans?: readonly Plan[];
  readonly problems?: readonly FleetError[];
  readonly hosts?: Readonly<Record<string, HostState>>;
  readonly playbook?: Playbook;
  readonly warnings?: readonly string[];
  /** What `config` resolves to. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Thrown by loading. */
  readonly loadError?: Error;
  readonly lease?: LeaseInfo;
  /** 'parted': one of its keepers had a holder that the first one knows nothing of. Default 'whole'. */
  readonly keepers?: 'whole' | 'parted';
  /** What every release asked for. */
  readonly body?: ReleaseBody;
  /** What machines tell that need not have Docker. */
  readonly bare?: BareHosts;
}

/** Stages, and what they were asked. */
export interface FakeStages extends Stages {
  readonly clock: FakeClock;
  readonly shell: FakeShell;
  /** What was called, in order: "load", "observe", "compile", "lease", "execute", "audit", "release", "close". */
  readonly calls: string[];
  readonly compiled: Question[];
}

/** An inventory of hosts vm1, vm2, …; the first one is an edge. */
function anInventory(names: readonly string[] = ['vm1', 'vm2', 'vm3']): Inventory {
  return {
    name: 'production',
    hosts: names.map((name, index) => aHost(name, index)),
    network: {
      vipRange: '10.96.0.0/16',
      subnetRange: '10.97.0.0/16',
      portRange: [20000, 29999],
      routerImage: 'nginx:1.30',
      shutdownTimeoutMs: 30_000,
      keepaliveMinMs: 5000,
    },
  };
}

/** A host that answered and runs these containers. */
export function hostUp(overrides: Partial<HostUp> = {}): HostUp {
  const facts = { dockerVersion: '20.10.24', diskFreeBytes: 50 * 1024 ** 3, clockSkewMs: 3, listening: [] };
  return emptyHost({ ...facts, ...overrides });
}

/** A healthy replica `shop.SERVICE.RELEASE.SLOT`. */
export function aContainer(service: string, overrides: Partial<Container> = {}): Container {
  const { release = 6, slot = 1 } = overrides;
  return {
    name: `shop.${service}.${release}.${slot}`,
    app: 'shop',
    service,
    slot,
    release,
    spec: 'abc',
    kind: 'replica',
    image: `${service}:1`,
    state: 'running',
    health: 'healthy',
    exitCode: 0,
    restarts: 0,
    startedAt: 1_699_999_000_000,
    cpus: 0.5,
    memoryBytes: 512 * 1024 ** 2,
    ports: [{ port: 8080, protocol: 'http', hostPort: 20011 }],
    volumes: [],
    carried: [],
    ...overrides,
  };
}

/** A playbook of app shop without services. */
export function aPlaybook(overrides: Partial<Playbook> = {}): Playbook {
  return {
    app: 'shop',
    services: [],
    volumes: {},
    networks: [],
    internalNetworks: [],
    secrets: {},
    configs: {},
    carried: {},
    locations: {},
    ...overrides,
  };
}

/** Stages for the setup. */
export function fakeStages(setup: StagesSetup = {}): FakeStages {
  const clock = new FakeClock();
  const shell = new FakeShell(clock);
  const inventory = anInventory(Object.keys(setup.hosts ?? { vm1: 1, vm2: 1, vm3: 1 }));
  const hosts = setup.hosts ?? { vm1: hostUp(), vm2: hostUp(), vm3: hostUp() };
  const playbook = setup.playbook ?? aPlaybook();
  const plans = [...(setup.plans ?? [aPlan()])];
  const calls: string[] = [];
  const compiled: Question[] = [];
  return {
    clock,
    shell,
    calls,
    compiled,
    starter: {
      listSshHosts: async () => [],
      suggestApp: () => 'shop',
      inventoryText: async () => '',
      playbookText: async () => '',
      schemaText: () => '{}',
    },
    senses: {
      feel: ({ signal }) => new Promise((resolve) => signal.addEventListener('abort', () => resolve())),
      reach: async () => [],
      hung: async () => [],
    },
    loadInventory: async () => inventory,
    loadPlaybook: async () => {
      calls.push('load');
      if (setup.loadError !== undefined) throw setup.loadError;
      return { playbook, secrets: new Map(), warnings: setup.warnings ?? [] };
    },
    loadAll: async () => {
      calls.push('load');
      if (setup.loadError !== undefined) throw setup.loadError;
      return { inventory, playbook, secrets: new Map(), warnings: setup.warnings ?? [] };
    },
    resolveConfig: async () => {
      if (setup.loadError !== undefined) throw setup.loadError;
      return { model: setup.config ?? {}, profiles: [], warnings: setup.warnings ?? [] };
    },
    readAssumptions: (words, loaded, services) => readAssumptions(words, { ...loaded, services }),
    formatYaml: (value) => `yaml of ${JSON.stringify(value)}\n`,
    openShell: () => openShell(shell, calls),
    observe: async (): Promise<Observed> => {
      calls.push('observe');
      return { hosts, images: {} };
    },
    readLoads: async () => ({ loads: {}, usage: {} }),
    readBody: async () => setup.body,
    findSecrets: async () => new Map(),
    observeBare: async () => setup.bare ?? {},
    compileHosts: (input) => {
      calls.push('compile');
      return compileHosts(input);
    },
    compile: (input) => {
      calls.push('compile');
      compiled.push(input);
      if (setup.problems !== undefined) return { ok: false, problems: setup.problems };
      const plan = (plans.length > 1 ? plans.shift() : plans[0]) ?? aPlan();
      return { ok: true, plan };
    },
    assumeEmpty: () => Object.fromEntries(inventory.hosts.map((host) => [host.name, hostUp()])),
    acquireLease: async ({ onFirst }) => {
      calls.push('lease');
      if (setup.lease?.live === true) throw new FleetError('E_LEASE_HELD', setup.lease.words);
      onFirst?.();
      const release = async () => void calls.push('release');
      const isWhole = setup.keepers !== 'parted';
      return { fence: 1, isWhole, signal: new AbortController().signal, isOurs: async () => true, release };
    },
    readLease: async () => setup.lease,
    releaseLease: async () => setup.lease,
    execute: (plan, { secrets, by, signal, stopNow, emit, ...request }) => {
      calls.push('execute');
      return execute(plan, { shell: request.shell, secrets, by, signal, stopNow, emit, clock });
    },
    appendAudit: async (place, entry) => {
      calls.push('audit');
      return appendAudit({ ...place, entry });
    },
    readAudit: readAuditLogs,
  };
}

/** Hands the output on as it would come over a channel, and tells when it is closed. */
function openShell(shell: FakeShell, calls: string[]): Shell {
  return {
    connect: () => shell.connect(),
    run: async (host, line, options) => {
      const result = await shell.run(host, line, options);
      if (result.stdout !== '') options.onOutput?.('stdout', result.stdout);
      if (result.stderr !== '') options.onOutput?.('stderr', result.stderr);
      return result;
    },
    dial: (host, address, port) => shell.dial(host, address, port),
    connectSocket: (host, path, timeoutMs) => shell.connectSocket(host, path, timeoutMs),
    reset: (host) => shell.reset(host),
    close: async () => void calls.push('close'),
  };
}

function aHost(name: string, index: number): Host {
  const address = `10.0.0.${index + 1}`;
  return {
    name,
    ssh: { address, port: 22, user: 'deploy', identities: [], identitiesOnly: false, knownHosts: [], jumps: [] },
    private: address,
    labels: {},
    roles: index === 0 ? ['edge', 'worker'] : ['worker'],
    capacity: {},
    reserve: {},
    cordoned: false,
  };
}
