/**
 * A host without a machine: its files are in memory, its shell is an interpreter in this process (just-bash), its Docker is
 * the model of the compiler's tests. A line can reach nothing of the machine that serves it.
 */
import { Bash, type CommandName, InMemoryFs } from 'just-bash';
import type { HostUp } from '../../../../src/model/observed.ts';
import { OWN_PROBE, PROBE } from '../../../../src/observe/probe.ts';
import { type Machine, machineOf, reportOf } from '../../compile/machine.ts';
import { ownText, reportText } from '../report-text.ts';
import { dockerCommand, settled } from './docker.ts';
import { Nginx } from './nginx.ts';
import { layOwnFiles, readOwnFiles } from './own-files.ts';
import { programs } from './programs.ts';
import { Turns } from './turns.ts';

/** How a line ended. */
export interface Answer {
  readonly code: number;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
}

/** What is on a host, for tests to check. */
export interface SimulatedState {
  /** What Docker says. */
  readonly report: HostUp;
  /** App -> generation that the running nginx goes by. */
  readonly generations: Readonly<Record<string, string>>;
  /** All paths below ~/.fleet, sorted. */
  readonly files: readonly string[];
}

/** One of them. */
export class SimulatedHost {
  readonly name: string;
  /** The private address, where its replicas are published. */
  readonly address: string;
  readonly machine: Machine;
  readonly nginx: Nginx;
  readonly files = new InMemoryFs();
  readonly #shell: Bash;
  readonly #turns: Turns;
  #locked: Promise<unknown>;

  /** The host is as reported when it comes up. */
  constructor(name: string, report: HostUp, address: string, turns = new Turns()) {
    this.name = name;
    this.#turns = turns;
    this.address = address;
    this.machine = machineOf(report, address);
    this.nginx = new Nginx(this.files, report.home);
    const engine = { machine: this.machine, nginx: this.nginx, now: Date.now };
    this.#shell = new Bash({
      fs: this.files,
      commands: PROGRAMS,
      customCommands: [dockerCommand(engine), ...programs(this.nginx)],
      env: { HOME: report.home, SSH_CONNECTION: '192.0.2.7 50000 192.0.2.8 22' },
      sleep: (ms) => turns.sleep(ms),
      defenseInDepth: false,
    });
    this.files.mkdirSync('/dev/shm', { recursive: true });
    this.#locked = layOwnFiles(this.files, report);
  }

  /** What Docker says of the host now; what its files say is not in it. */
  report(): HostUp {
    settled(this.machine, Date.now());
    return reportOf(this.machine);
  }

  /** All that a test may want to check. */
  async state(): Promise<SimulatedState> {
    await this.#locked;
    const { home } = this.machine.report;
    const files = this.files.getAllPaths().filter((path) => path.startsWith(`${home}/.fleet/`));
    return { report: this.report(), generations: Object.fromEntries(this.nginx.generations), files: files.sort() };
  }

  /** Runs a line of fleet's. The probes are answered as their scripts would: they are half of all that a large fleet does. */
  async run(line: string, stdin: Uint8Array): Promise<Answer> {
    await this.#locked;
    if (line === PROBE || line === OWN_PROBE) return this.#turns.take(false, () => this.#look(line));
    const isLocking = line.includes('flock');
    const run = (): Promise<Answer> => this.#turns.take(isLocking, () => this.#exec(line, stdin));
    if (!isLocking) return run();
    const turn = this.#locked.then(run);
    this.#locked = turn;
    return turn;
  }

  /** True where a replica on this host or its router takes connections. */
  listens(address: string, port: number): boolean {
    if (address === this.address) {
      const running = [...this.machine.containers.values()].filter(({ state }) => state === 'running');
      return running.some(({ ports }) => ports.some(({ hostPort }) => hostPort === port));
    }
    return this.machine.router?.running === true && this.nginx.listens(address, port);
  }

  async #look(probe: string): Promise<Answer> {
    const own = await readOwnFiles(this.files, this.machine.report.home);
    const text = await (probe === PROBE ? reportText : ownText)(this.report(), own, Date.now());
    return { code: 0, stdout: Buffer.from(text), stderr: Buffer.alloc(0) };
  }

  async #exec(line: string, stdin: Uint8Array): Promise<Answer> {
    const { exitCode, stdout, stderr, stdoutKind } = await this.#shell.exec(understood(line), {
      cwd: this.machine.report.home,
      stdin: Buffer.from(stdin).toString('latin1'),
      stdinKind: 'bytes',
      rawScript: true,
    });
    const bytes = Buffer.from(stdout, stdoutKind === 'bytes' ? 'latin1' : 'utf8');
    return { code: exitCode, stdout: bytes, stderr: Buffer.from(stderr) };
  }
}

/** Those that fleet's lines use, of what just-bash has; each name costs a file in each host. */
const PROGRAMS: CommandName[] = [
  'awk',
  'base64',
  'bash',
  'cat',
  'chmod',
  'cp',
  'cut',
  'date',
  'echo',
  'find',
  'grep',
  'head',
  'ls',
  'mkdir',
  'mv',
  'printf',
  'readlink',
  'rm',
  'rmdir',
  'sed',
  'seq',
  'sh',
  'sha256sum',
  'sleep',
  'sort',
  'tail',
  'touch',
  'tr',
  'true',
  'wc',
];

/** just-bash 3.4.2 negates a set in a pattern by ^ only, where POSIX has !; a test ("[ ! -d") has a space there. */
function understood(line: string): string {
  return line.replaceAll('[!', '[^');
}
