/** Practice hosts without machines: applies the steps of a plan to what was observed, and complains as Docker and nginx would. */

import type { Question } from '../../../src/compile/index.ts';
import { sha256 } from '../../../src/model/digest.ts';
import type { Container, HostUp, Observed, ReleaseRecord, RouterState } from '../../../src/model/observed.ts';
import type { Command, ProbeCommand, ProbeTarget, RunCommand, Step } from '../../../src/model/plan.ts';
import type { ReleaseBody } from '../../../src/model/release.ts';
import { createContainer, createNetwork, nameOf, runRouter, startContainer } from './docker.ts';
import {
  carry,
  drop,
  type Machine,
  machineOf,
  need,
  pull,
  reload,
  removeImage,
  removeNetwork,
  removeRecords,
  reportOf,
  stop,
  tidy,
} from './machine.ts';
import { complaintsOf } from './nginx-check.ts';
import { commandsOf } from './words.ts';
import { SILENT } from './worlds.ts';

/** A fleet of simulated machines. Throws where a real command would fail. */
export class Simulator {
  readonly machines = new Map<string, Machine>();
  /** HOST/NAME of replicas whose health was waited for, and which every router reached. */
  readonly checked = new Set<string>();
  readonly jobs: string[] = [];
  /** Bodies that plans recorded, by release. */
  readonly bodies = new Map<number, ReleaseBody>();
  readonly audit: string[] = [];
  /** Epoch milliseconds, the same on all machines. */
  now = 1000;
  private readonly images: Observed['images'];
  private readonly statusAddress: string;

  constructor({ inventory, observed }: Pick<Question, 'inventory' | 'observed'>) {
    this.images = observed.images;
    this.statusAddress = inventory.network.vipRange.replace(/0\/\d+$/, '1');
    for (const { name, private: address } of inventory.hosts) {
      const report = observed.hosts[name];
      if (report?.reachable === true) this.machines.set(name, machineOf(report, address));
    }
  }

  /** What observing this fleet would report. */
  observed(images: Observed['images'] = this.images): Observed {
    const hosts = [...this.machines].map(([name, machine]) => [name, machine.isSilent ? SILENT : reportOf(machine)]);
    return { hosts: Object.fromEntries(hosts), images };
  }

  /** A machine that was not there at first. */
  join(host: string, report: HostUp, address: string): void {
    this.machines.set(host, machineOf(report, address));
  }

  machine(host: string): Machine {
    const machine = this.machines.get(host);
    if (machine === undefined) throw new Error(`no host ${host}`);
    return machine;
  }

  /** The live router state of the app as nginx has loaded it on the host. */
  loaded(host: string, app: string): RouterState | undefined {
    return this.machine(host).loaded.http.get(app);
  }

  /** The container behind HOST/NAME. */
  container(key: string): Container | undefined {
    const [host = '', name = ''] = key.split('/');
    return this.machines.get(host)?.containers.get(name);
  }

  apply(step: Step): void {
    for (const command of step.commands) this.run(step, command);
    if (step.action.kind === 'health') for (const name of step.action.replicas) this.healthy(step.host, name);
  }

  /**
   * What kill -9 of fleet may leave of a step: a line goes on without it on the host, but one that reads a file from it
   * ends early (a container that is made and not started), and later lines never come (a job's container stays).
   */
  applyHalf(step: Step): void {
    const [first] = step.commands;
    if (first?.kind !== 'run') return;
    if (first.stdin?.kind === 'carried') {
      const app = /\.fleet\/([^/\s]+)\/files/.exec(first.line)?.[1];
      this.machine(step.host).carried.add(`${app}/${first.stdin.digest}.new`);
    }
    const isJob = step.action.kind === 'job';
    for (const words of commandsOf(first.line, 'docker', 'create'))
      this.create(this.machine(step.host), words, isJob ? 'exited' : 'created');
  }

  undo(step: Step): void {
    for (const command of step.undo) this.run(step, command);
  }

  private run(step: Step, command: Command): void {
    const machine = this.machine(step.host);
    if (machine.isSilent) throw new Error(`${step.host} does not answer`);
    if (command.kind === 'probe') this.probe(step, command);
    if (command.kind === 'run') this.runLine(step, machine, command);
  }

  private runLine(step: Step, machine: Machine, command: RunCommand): void {
    const { line, stdin } = command;
    if (stdin?.kind === 'carried') carry(machine, line);
    if (line.includes('rm -rf')) drop(machine, line);
    if (line.startsWith('rm -f ')) removeRecords(machine, line);
    for (const words of commandsOf(line, 'docker', 'image', 'rm')) for (const name of words) removeImage(machine, name);
    for (const words of commandsOf(line, 'docker', 'pull')) for (const image of words.slice(1)) pull(machine, image);
    this.prepare(machine, command);
    const isJob = step.action.kind === 'job';
    for (const verb of ['run', 'create']) {
      for (const words of commandsOf(line, 'docker', verb)) {
        if (words.includes('--network=host')) runRouter(machine, words);
        else this.create(machine, words, verb === 'run' ? 'running' : 'created');
      }
    }
    if (step.action.kind === 'lay' && stdin?.kind === 'archive') this.lay(machine, command, step.id);
    this.point(machine, line);
    for (const kind of ['http', 'stream'] as const) if (line.includes(`reload.sh ${kind}`)) reload(machine, kind);
    if (line.includes('drain.sh')) machine.leaving.clear();
    tidy(machine, line);
    for (const words of commandsOf(line, 'docker', 'start')) this.start(machine, words.at(-1) ?? '', isJob);
    for (const words of commandsOf(line, 'docker', 'stop')) stop(machine, words.at(-1) ?? '');
    for (const words of commandsOf(line, 'docker', 'rm')) {
      const name = words.at(-1) ?? '';
      // A start line names the container in other commands, too; only rm of a replica comes here.
      if (name !== 'fleet-router') machine.containers.delete(name);
    }
    for (const words of commandsOf(line, 'docker', 'volume', 'rm'))
      for (const name of words) machine.volumes.delete(name);
    if (step.action.kind === 'record' || step.action.kind === 'sweep') this.record(machine, command);
  }

  private prepare(machine: Machine, { line, stdin }: RunCommand): void {
    for (const words of commandsOf(line, 'docker', 'network', 'create'))
      if (!machine.networks.has(words.at(-1) ?? '')) createNetwork(machine, words);
    for (const words of commandsOf(line, 'docker', 'network', 'rm'))
      for (const name of words) removeNetwork(machine, name);
    for (const words of commandsOf(line, 'docker', 'volume', 'create')) machine.volumes.add(words.at(-1) ?? '');
    if (stdin?.kind !== 'archive' || !stdin.entries.some(({ path }) => path === 'start.sh')) return;
    const text = (path: string): string => {
      const content = stdin.entries.find((entry) => entry.path === path)?.content;
      return content?.kind === 'text' ? content.text : '';
    };
    machine.mainDigest = sha256(['http.conf', 'stream.conf', 'start.sh'].map(text).join('\0'));
  }

  private create(machine: Machine, words: readonly string[], state: Container['state']): void {
    createContainer(machine, words, state === 'running' ? 'created' : state);
    if (state === 'running') this.start(machine, nameOf(words), false);
  }

  private start(machine: Machine, name: string, isJob: boolean): void {
    if (isJob) this.jobs.push(name);
    startContainer(machine, name, { at: this.now, isJob });
  }

  private healthy(host: string, name: string): void {
    const machine = this.machine(host);
    const container = machine.containers.get(name);
    need(container?.state === 'running', `${name} does not run`);
    machine.containers.set(name, { ...container, health: container.health === 'none' ? 'none' : 'healthy' });
    if (container.ports.length === 0) this.checked.add(`${host}/${name}`);
  }

  private lay(machine: Machine, { line, stdin }: RunCommand, id: string): void {
    const folder = /generations\/(\S+?)\.new/.exec(line)?.[1] ?? '';
    const texts = new Map(
      (stdin?.kind === 'archive' ? stdin.entries : []).map(({ path, content }) => [
        path,
        content.kind === 'text' ? content.text : '',
      ]),
    );
    const meta = JSON.parse(texts.get('meta.json') ?? '{}') as Omit<RouterState, 'files'>;
    const names = ['http.conf', 'stream.conf', 'status.conf'];
    const files = Object.fromEntries(names.map((name) => [name, texts.get(name) ?? '']));
    need(machine.router?.running === true, `${id}: no router to test with`);
    const edited = machine.generations.get(folder);
    if (line.includes(`${folder}.edited`) && edited !== undefined && machine.current.get(meta.app) === folder)
      machine.generations.set(`${folder}.edited`, edited);
    machine.generations.delete(folder);
    machine.generations.set(folder, { state: { ...meta, files } });
    const trial = new Map([...machine.current, [meta.app, folder]]);
    const complaints = ['http.conf', 'stream.conf'].flatMap((name) =>
      complaintsOf([...trial.values()].map((one) => machine.generations.get(one)?.state.files[name] ?? '')),
    );
    need(complaints.length === 0, `${id}: nginx: ${complaints.join('; ')}`);
  }

  private point(machine: Machine, line: string): void {
    const next = /ln -sfn \.\.\/generations\/(\S+) \.next\.(\S+)/.exec(line);
    if (next?.[1] !== undefined && next[2] !== undefined) {
      need(machine.generations.has(next[1]), `no files of generation ${next[1]}`);
      machine.current.set(next[2], next[1]);
    }
    const gone = /rm -f current\/(\S+)/.exec(line)?.[1];
    if (gone !== undefined) machine.current.delete(gone);
  }

  private probe(step: Step, { targets }: ProbeCommand): void {
    for (const target of targets) {
      if (target.address === this.statusAddress) this.confirm(step.host, target);
      else if (target.address === '127.0.0.1') continue;
      else this.reach(target);
    }
    if (step.action.kind !== 'probe') return;
    for (const name of step.action.replicas) {
      const host = [...this.machines].find(([, machine]) => machine.containers.get(name)?.state === 'running')?.[0];
      need(host !== undefined, `${name} is probed and does not run`);
      this.checked.add(`${host}/${name}`);
    }
  }

  private confirm(host: string, { http }: ProbeTarget): void {
    const app = http?.path.replace('/generation/', '') ?? '';
    const generation = this.loaded(host, app)?.generation;
    need(generation === http?.body, `${host} serves ${generation}, not ${http?.body}`);
  }

  private reach({ name, address, port }: ProbeTarget): void {
    const machine = [...this.machines.values()].find((one) => one.address === address);
    const isThere = [...(machine?.containers.values() ?? [])].some(
      ({ state, ports }) => state === 'running' && ports.some(({ hostPort }) => hostPort === port),
    );
    need(isThere, `${name} does not answer on ${address}:${port}`);
  }

  private record(machine: Machine, { line, stdin }: RunCommand): void {
    const emptied = /rm -rf \S*\.fleet\/([^/\s]+)\/releases/.exec(line)?.[1];
    if (emptied !== undefined) machine.releases.delete(emptied);
    const [, cleared, kept] = /^find \S*\.fleet\/([^/\s]+)\/releases .*-name 0*(\d+)\.json/.exec(line) ?? [];
    if (cleared !== undefined) {
      const left = (machine.releases.get(cleared) ?? []).filter(({ release }) => release === Number(kept));
      machine.releases.set(cleared, left);
    }
    if (stdin?.kind !== 'stamped') return;
    const text = stdin.text.replace('@AT@', String(this.now)).replace('@BY@', 'ann@laptop');
    if (line.includes('audit.log')) {
      this.audit.push(text);
      return;
    }
    const record = JSON.parse(text) as ReleaseRecord;
    const others = (machine.releases.get(record.app) ?? []).filter(({ release }) => release !== record.release);
    machine.releases.set(record.app, [...others, record]);
  }
}
