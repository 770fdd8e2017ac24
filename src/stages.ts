/** The stages as flow needs them: one value that main.ts fills with the real ones and tests with their own. */

import type { Compiled, CompiledHosts, HostsQuestion, Question } from './compile/index.ts';
import type { AuditEntry, AuditLogs } from './model/audit.ts';
import type { BareHosts } from './model/bare-host.ts';
import type { Event, Outcome } from './model/event.ts';
import type { Inventory } from './model/inventory.ts';
import type { LoadQuestion, Measured } from './model/load.ts';
import type { Observed } from './model/observed.ts';
import type { Plan } from './model/plan.ts';
import type { Playbook, Secrets } from './model/playbook.ts';
import type { ReleaseBody } from './model/release.ts';
import type { Senses } from './model/senses.ts';
import type { Clock, Shell } from './model/shell.ts';
import type { StarterInventory, StarterPlaybook } from './model/starter.ts';
import type { Assumption } from './model/what-if.ts';

/** Which files are read, and what their reading depends on. */
export interface Files {
  /** The inventory file. */
  readonly inventory: string;
  /** Playbook files in the order of merging; empty when none is at hand. */
  readonly playbooks: readonly string[];
  /** `-p`: the app's name. */
  readonly projectName?: string;
  /** 'leave' for what needs no values of secrets, env files and carried folders: they are not read. Default 'read'. */
  readonly values?: 'read' | 'leave';
  /** Sentences about why these files are read. */
  readonly notes?: readonly string[];
  readonly profiles: readonly string[];
  /** Services named on the command line: they are active whatever their profiles. */
  readonly services: readonly string[];
  /** Files of `--env-file`; empty: `.env` beside the playbook. */
  readonly envFiles: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Home folder of the user, for ~/.ssh. */
  readonly home: string;
  readonly cwd: string;
  /** The user's name, for hosts that name none. */
  readonly user: string;
}

/** What the playbook's files say. */
export interface LoadedPlaybook {
  readonly playbook: Playbook;
  readonly secrets: Secrets;
  /** Sentences about what is honoured in another way than Docker Compose does. */
  readonly warnings: readonly string[];
}

/** A playbook once all its files are resolved, as `docker compose config` has it. */
export interface ResolvedConfig {
  /** Plain data: name, services, networks, volumes, … */
  readonly model: Readonly<Record<string, unknown>>;
  /** All profiles that are named anywhere. */
  readonly profiles: readonly string[];
  readonly warnings: readonly string[];
}

/** What the files say. */
export interface Loaded extends LoadedPlaybook {
  readonly inventory: Inventory;
}

/** Files of a command that needs no machines. */
export type PlaybookFiles = Omit<Files, 'inventory'>;

/** Who has the lease of an app, or had it last. */
export interface LeaseInfo {
  readonly by: string;
  /** "ann@laptop (pid 4711 on laptop) since 34 s". */
  readonly words: string;
  /** False when its time is over: anybody may take it. */
  readonly live: boolean;
}

/** A lease that is held. Its signal aborts with FleetError E_LEASE_LOST when another process took it. */
export interface HeldLease {
  /** Greater than that of every holder before. */
  readonly fence: number;
  /** True when nobody had it on one of its keepers alone: then a look since `onFirst` is one under the lease. */
  readonly isWhole: boolean;
  readonly signal: AbortSignal;
  isOurs(): Promise<boolean>;
  release(): Promise<void>;
}

/** Where a lease is kept and by what it is reached. */
export interface LeasePlace {
  readonly shell: Shell;
  readonly app: string;
  /** Hosts that keep it, in order. */
  readonly keepers: readonly string[];
}

/** What taking a lease needs beside its place. */
export interface LeaseRequest extends LeasePlace {
  readonly by: string;
  /** How long to wait for a live holder. Absent: only as long as it takes to see whether it lives. */
  readonly waitMs?: number;
  /** How long it outlives its last renewal; absent: some seconds. */
  readonly ttlMs?: number;
  /** Called as soon as the first keeper has given it, perhaps several times: from then on nobody else gets it. */
  readonly onFirst?: () => void;
  readonly signal: AbortSignal;
  readonly emit: (event: Event) => void;
}

/** What carrying out needs beside the plan. */
interface ExecuteRequest {
  readonly shell: Shell;
  readonly secrets: Secrets;
  readonly by: string;
  readonly lease: HeldLease;
  /** All hosts that answered: each is told who acts now. */
  readonly hosts: readonly string[];
  readonly signal: AbortSignal;
  readonly stopNow: AbortSignal;
  readonly emit: (event: Event) => void;
}

/** Whose secrets are needed, and where their values may be. */
export interface SecretNeed {
  readonly plan: Plan;
  readonly playbook: Playbook;
  readonly observed: Observed;
  /** Values that are here; asked for only when the hosts have not all. */
  readonly atHand: () => Promise<Secrets>;
}

/** What `fleet init` needs: suggestions, and texts that were checked as files before they are files. */
export interface Starter {
  /** Machines that the user's ~/.ssh/config names. FleetError E_FILE when it can not be parsed. */
  listSshHosts(home: string): Promise<readonly string[]>;
  /** A name for the app of a folder. */
  suggestApp(folder: string): string;
  /** FleetErrors (exit code 2) when an answer can not be; the same for the playbook. */
  inventoryText(answers: StarterInventory, files: Pick<Files, 'env' | 'home' | 'user'>): Promise<string>;
  playbookText(answers: StarterPlaybook): Promise<string>;
  /** The JSON Schema of a kind of file, for editors. */
  schemaText(of: 'inventory' | 'playbook'): string;
}

/** All stages and the clock. Errors as in the stages: FleetError and FleetErrors. */
export interface Stages {
  readonly clock: Clock;
  readonly starter: Starter;
  readonly senses: Senses;
  loadInventory(files: Files): Promise<Inventory>;
  loadPlaybook(files: PlaybookFiles): Promise<LoadedPlaybook>;
  loadAll(files: Files): Promise<Loaded>;
  /** Without a look at what fleet can honour; 'as-written' leaves env_file and label_file where they are. */
  resolveConfig(files: PlaybookFiles, environment: 'resolved' | 'as-written'): Promise<ResolvedConfig>;
  /** Words of --what-if; `services` are the ones that are planned, none means all. FleetErrors (exit code 2). */
  readAssumptions(words: readonly string[], loaded: Loaded, services: readonly string[]): readonly Assumption[];
  formatYaml(value: unknown): string;
  openShell(inventory: Inventory): Shell;
  observe(shell: Shell, inventory: Inventory, images: readonly string[]): Promise<Observed>;
  /** Never rejects for a host that does not answer: what depends on it is not known. */
  readLoads(question: LoadQuestion): Promise<Measured>;
  /** What a release asked for, from the first of these hosts that has it whole; undefined when none has. */
  readBody(shell: Shell, keepers: readonly string[], app: string, release: number): Promise<ReleaseBody | undefined>;
  /** Values of all secrets that the plan feeds. FleetError E_SECRET when nobody has one any more. */
  findSecrets(shell: Shell, need: SecretNeed): Promise<Secrets>;
  /** Machines that need not have Docker yet, by name. */
  observeBare(shell: Shell, inventory: Inventory, hosts: readonly string[]): Promise<BareHosts>;
  compile(input: Question): Compiled;
  compileHosts(input: HostsQuestion): CompiledHosts;
  /** All hosts up and empty, with the inventory's capacity. */
  assumeEmpty(inventory: Inventory): Observed['hosts'];
  acquireLease(request: LeaseRequest): Promise<HeldLease>;
  /** Undefined when nobody holds it. */
  readLease(place: LeasePlace): Promise<LeaseInfo | undefined>;
  /** Takes a lease away and tells whose it was; a live one only from "anybody", else FleetError E_LEASE_HELD. */
  releaseLease(place: LeasePlace, from: 'the-dead' | 'anybody'): Promise<LeaseInfo | undefined>;
  execute(plan: Plan, request: ExecuteRequest): Promise<Outcome>;
  /** Writes what is no step of a plan into the audit log; never rejects. The result names keepers that lack it. */
  appendAudit(place: LeasePlace, entry: Omit<AuditEntry, 'id' | 'app'>): Promise<readonly string[]>;
  /** The last so many lines of each app's log on each keeper. */
  readAudit(shell: Shell, keepers: readonly string[], lines: number | 'all'): Promise<AuditLogs>;
}
