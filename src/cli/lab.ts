/** `fleet lab`: practice hosts on this machine. */

import { spawn } from 'node:child_process';
import { Command, InvalidArgumentError } from 'commander';
import {
  bootHost,
  cutHost,
  DEFAULT_LAB,
  enterHost,
  killHost,
  labDown,
  labStatus,
  labUp,
  mendHost,
  requireLab,
  slowHost,
} from '../lab/index.ts';
import { FleetError } from '../model/error.ts';

interface NameFlag {
  readonly name: string;
}

interface UpFlags extends NameFlag {
  readonly hosts?: number;
  readonly edges?: number;
  readonly subnet?: string;
  readonly inventory?: string;
}

/** The command with its subcommands: up, status, ssh, exec, kill, boot, cut, mend, slow, down. */
export function labCommand(): Command {
  const lab = new Command('lab').description('make and break practice hosts on this machine (Linux, root)');
  addUp(lab);
  addStatus(lab);
  addEntering(lab);
  addFaults(lab);
  withName(lab.command('down').description('remove all hosts and their disks'))
    .option('--purge', 'remove the images as well')
    .action(async (flags: NameFlag & { readonly purge?: boolean }) => {
      const result = await labDown({ name: flags.name, purge: flags.purge === true });
      say(result.hadLab ? `lab "${flags.name}" is removed` : `there was no lab "${flags.name}"`);
      if (flags.purge === true) say(result.isPurged ? 'its images too' : 'images stay: another lab uses them');
    });
  return lab;
}

function addUp(lab: Command): void {
  withName(lab.command('up').description('make the hosts; one that runs in the same shape stays'))
    .option('--hosts <n>', 'how many hosts (default: 6)', wholeNumber)
    .option('--edges <m>', 'how many of them take traffic from outside (default: 2)', wholeNumber)
    .option('--subnet <cidr>', 'the /24 network of the hosts (default: 10.88.0.0/24)')
    .option('--inventory <file>', 'where to write the inventory (default: inventory/lab.yaml)')
    .action(async ({ name, ...flags }: UpFlags) => {
      const startedAt = Date.now();
      const subnet = flags.subnet ?? process.env.FLEET_LAB_SUBNET;
      const result = await labUp({ ...flags, name, ...(subnet ? { subnet } : {}), onProgress: say });
      const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
      const count = result.shape.hosts.length;
      if (result.outcome === 'unchanged') say(`lab "${name}" already runs with these ${count} hosts`);
      else say(`lab "${name}" is up: ${count} hosts, ${seconds} s`);
      say(`inventory: ${result.inventoryFile}`);
    });
}

function addStatus(lab: Command): void {
  withName(lab.command('status').description('show each host and whether it is ready'))
    .option('--json', 'as JSON')
    .action(async (flags: NameFlag & { readonly json?: boolean }) => {
      const status = await labStatus(flags.name);
      if (flags.json === true) {
        process.stdout.write(`${JSON.stringify(status, null, 2)}\n`);
        return;
      }
      const registry = `registry ${status.registry.url} ${status.registry.isUp ? 'up' : 'down'}`;
      const lines = status.hosts.map((host) =>
        [host.name.padEnd(6), host.address.padEnd(15), `zone=${host.zone}`, host.roles.join(',').padEnd(11), host.state]
          .join('  ')
          .trimEnd(),
      );
      process.stdout.write(`${[...lines, registry].join('\n')}\n`);
    });
}

function addEntering(lab: Command): void {
  withName(
    lab.command('ssh <host> [command...]').description('a shell or command on a host over SSH, as user deploy'),
  ).action(async (hostName: string, command: string[], flags: NameFlag) => {
    const status = await labStatus(flags.name);
    const host = status.hosts.find((one) => one.name === hostName);
    if (host === undefined) throw unknownHost(hostName, flags.name);
    const options = [
      '-i',
      status.identity,
      '-o',
      `UserKnownHostsFile=${status.knownHosts}`,
      '-o',
      'IdentitiesOnly=yes',
    ];
    await follow(['ssh', ...options, `deploy@${host.address}`, ...command]);
  });
  withName(
    lab.command('exec <host> <command...>').description('run a command in a host as root, past its sshd'),
  ).action(async (hostName: string, command: string[], flags: NameFlag) => {
    await follow(enterHost(hostName, command, flags.name));
  });
}

function addFaults(lab: Command): void {
  const faults = [
    { verb: 'kill', act: killHost, about: 'power loss: all of a host is gone at once', done: 'is off' },
    { verb: 'boot', act: bootHost, about: 'turn a host on again, with its disk', done: 'is ready' },
    { verb: 'cut', act: cutHost, about: 'pull the network cable of a host', done: 'is cut off' },
    { verb: 'mend', act: mendHost, about: 'plug the network cable in again', done: 'is connected' },
  ] as const;
  for (const { verb, act, about, done } of faults) {
    withName(lab.command(`${verb} <host>`).description(about)).action(async (hostName: string, flags: NameFlag) => {
      await act(hostName, flags.name);
      say(`${hostName} ${done}`);
    });
  }
  withName(lab.command('slow <host>').description('delay the network of a host, where the kernel can'))
    .requiredOption('--delay-ms <n>', 'milliseconds each packet waits; 0 ends it', wholeNumber)
    .action(async (hostName: string, flags: NameFlag & { readonly delayMs: number }) => {
      await slowHost(hostName, flags.delayMs, flags.name);
      say(flags.delayMs === 0 ? `${hostName} is as fast as ever` : `${hostName} waits ${flags.delayMs} ms`);
    });
}

function withName(command: Command): Command {
  return command.option('--name <name>', 'which lab', DEFAULT_LAB);
}

function unknownHost(hostName: string, labName: string): FleetError {
  const names = requireLab(labName).hosts.map((host) => host.name);
  return new FleetError('E_LAB_HOST_UNKNOWN', `lab "${labName}" has no host "${hostName}"`, {
    hint: `it has ${names.join(', ')}`,
  });
}

/** Runs argv with this terminal and ends with its exit code. */
async function follow(argv: readonly string[]): Promise<void> {
  const [program = 'false', ...args] = argv;
  const child = spawn(program, args, { stdio: 'inherit' });
  process.exitCode = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

function wholeNumber(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('a whole number is expected.');
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
