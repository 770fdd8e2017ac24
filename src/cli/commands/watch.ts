/** `fleet watch`: keeps what is deployed as it was declared, until it is told to leave. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { FleetError } from '../../model/error.ts';
import type { Report } from '../../model/report.ts';
import { formatReport, formatReportJson, formatUnit } from '../../report/index.ts';
import { type Channel, DEFAULT_HEAL, type HealSettings, watch, webhook } from '../../watch.ts';
import { bind, type Call, type Context, interrupts, paletteFor, whoIs } from '../context.ts';
import { findFiles } from '../files.ts';
import { type Flags, parseCount, parseWait } from '../flags.ts';
import type { Terminal } from '../terminal.ts';

const EVERY_MS = 30_000;
const LEAST_EVERY_MS = 1000;

/** Adds the command. */
export function addWatch(program: Command, context: Context): void {
  const command = program
    .command('watch')
    .description('keep what is deployed as it was declared')
    .option('--every <duration>', 'between two full looks (default: 30s)', parseWait)
    .option('--webhook <url>', 'POST each report there as JSON (also: FLEET_WEBHOOK)')
    .option('--notify <command>', 'run by sh for each report, with its JSON on standard input')
    .option('--systemd', 'print a unit file for systemd and stop')
    .option('--json', 'one report per line');
  addHealOptions(command).addHelpText(
    'after',
    `
It needs the inventory alone: what should run is on record on the hosts. -p APP watches
one app. SIGHUP reads the inventory again; SIGTERM and Ctrl-C finish what is in flight.

Examples: fleet watch --webhook https://hooks.example/T0/B0/x
          fleet watch --systemd | sudo tee /etc/systemd/system/fleet-watch.service`,
  );
  bind(command, context, runWatch);
}

/** The options that say how patient a repair is. */
export function addHealOptions(command: Command): Command {
  return command
    .option('--grace <duration>', 'a lost host may be away so long (default: 10s)', parseWait)
    .option('--max-repairs <n>', 'of one app within an hour (default: 60; 0: only report)', parseCount);
}

/** The defaults, but for what the flags say. */
export function healSettings({ grace, maxRepairs }: Flags): HealSettings {
  return {
    ...DEFAULT_HEAL,
    ...(grace === undefined ? {} : { graceMs: grace }),
    ...(maxRepairs === undefined ? {} : { maxRepairs }),
  };
}

/** -p APP: that app alone. */
export function namedApps({ projectName }: Flags): readonly string[] {
  return projectName === undefined ? [] : [projectName];
}

async function runWatch({ flags }: Call, { terminal, stages }: Context): Promise<number> {
  const everyMs = flags.every ?? EVERY_MS;
  if (everyMs < LEAST_EVERY_MS) {
    throw new FleetError('E_VALUE', 'a look at all hosts takes longer than that', { hint: 'fleet watch --every 10s' });
  }
  const files = await findFiles(flags, terminal, 'inventory');
  const channels = channelsOf(flags, terminal);
  if (flags.systemd === true) return printUnit(files.inventory, flags, terminal);
  const { gentle, atOnce, dispose } = interrupts(terminal, 'change');
  const palette = paletteFor(terminal.stdout, terminal, flags);
  const tell = (report: Report): void =>
    terminal.stdout.write(`${flags.json === true ? formatReportJson(report) : formatReport(report, palette)}\n`);
  const request = {
    files,
    apps: namedApps(flags),
    settings: healSettings(flags),
    everyMs,
    by: whoIs(terminal),
    channels,
    signal: gentle,
    stopNow: atOnce,
    onReload: terminal.onReload,
  };
  try {
    await watch(request, stages, tell);
    return 0;
  } finally {
    dispose();
  }
}

function channelsOf({ webhook: url, notify }: Flags, { env, runLocal }: Terminal): Channel[] {
  const address = url ?? env.FLEET_WEBHOOK ?? '';
  return [
    ...(address === '' ? [] : [webhook(address)]),
    ...(notify === undefined ? [] : [commandChannel(notify, runLocal)]),
  ];
}

function commandChannel(command: string, runLocal: Terminal['runLocal']): Channel {
  return {
    way: 'command',
    async send(record, signal) {
      const code = await runLocal(command, `${JSON.stringify(record)}\n`, signal);
      if (code !== 0) throw new Error(`it ended with code ${code}`);
    },
  };
}

/** A webhook's URL is a secret, and a unit file can be read by everybody. */
function printUnit(inventory: string, flags: Flags, terminal: Terminal): number {
  if (flags.webhook !== undefined) {
    terminal.stderr.write(
      'the webhook is not in the unit, which everybody can read: put FLEET_WEBHOOK=… into ~/.config/fleet/watch.env\n',
    );
  }
  const { cwd, home, user, self } = terminal;
  const { every, grace, maxRepairs, notify, projectName } = flags;
  const options = [
    ...(projectName === undefined ? [] : ['--project-name', projectName]),
    ...(every === undefined ? [] : ['--every', `${every}ms`]),
    ...(grace === undefined ? [] : ['--grace', `${grace}ms`]),
    ...(maxRepairs === undefined ? [] : ['--max-repairs', String(maxRepairs)]),
    ...(notify === undefined ? [] : ['--notify', notify]),
    ...(flags.json === true ? ['--json'] : []),
  ];
  const paths = { node: self.node, fleet: self.script, inventory: resolve(cwd, inventory) };
  terminal.stdout.write(formatUnit({ ...paths, cwd, home, user, options }));
  return 0;
}
