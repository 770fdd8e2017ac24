/** fleet as a user runs it, and inside this process with its connections open, as a watcher has them. */
import { writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { apply } from '../../../src/flow.ts';
import type { Event } from '../../../src/model/event.ts';
import type { Files, Stages } from '../../../src/stages.ts';
import { realStages } from '../../../src/wiring.ts';
import { fleetOk } from '../../support/real/fleet.ts';
import { otherwise, WALL_CLOCK } from '../../support/real/shell.ts';
import { emptyHosts } from './hosts.ts';
import { spansOf, startingMs } from './spans.ts';
import { CONTAINER, type Site, type Subject, type Took, timed } from './subject.ts';

const APP = 'speed';

/** The built program, a new process each time, on hosts that have never seen fleet: their routers start, too. */
export function fleetFromNothing(site: Site): Subject {
  const command = commandOf(site);
  return { ...cold(command), name: 'fleet, from nothing (routers, too)', prepare: () => emptyHosts(site) };
}

/** The built program, on hosts that have their routers: the app is new. */
export function fleetCommand(site: Site): Subject {
  const command = commandOf(site);
  return { ...cold(command), name: 'fleet, routers are there', prepare: () => prepareRouters(site, command) };
}

/** The same stages in this process, which keeps its connections: what a command costs without handshakes. */
export async function fleetOpen(site: Site): Promise<Subject> {
  const command = commandOf(site);
  const around = { env: process.env, home: homedir(), pid: process.pid, isAlive: () => true, clock: WALL_CLOCK };
  const real = realStages(around);
  const files = filesOf(site);
  const shell = real.openShell(await real.loadInventory(files));
  const stages: Stages = { ...real, openShell: () => otherwise(shell, { close: async () => undefined }) };
  const once = async (): Promise<Took> => {
    const events: Event[] = [];
    const startedAt = Date.now();
    const ms = await timed(() => applyOnce(files, stages, events));
    const spans = spansOf(events, startedAt, startedAt + ms);
    return took(ms, spans);
  };
  return {
    name: 'fleet, routers are there, connections are open',
    prepare: async () => {
      await prepareRouters(site, command);
      await Promise.all(site.view.hosts.map((host) => shell.run(host, 'true', { timeoutMs: 10_000 })));
    },
    deploy: once,
    again: async () => (await once()).ms,
    end: () => shell.close(),
  };
}

/** How `fleet` is called on the app, and what the app is. */
interface Command {
  readonly files: readonly string[];
}

function commandOf(site: Site): Command {
  return { files: ['--inventory', site.inventory, '--file', playbookOf(site)] };
}

function playbookOf({ folder, replicas }: Site): string {
  const { image, command, port } = CONTAINER;
  const web = { image, command, init: true, expose: [String(port)], deploy: { replicas } };
  const file = join(folder, `speed-${replicas}.json`);
  writeFileSync(file, JSON.stringify({ name: APP, services: { web } }));
  return file;
}

function cold({ files }: Command): Pick<Subject, 'deploy' | 'again'> {
  const argv = ['deploy', '--yes', '--json', ...files];
  return {
    deploy: async () => {
      const startedAt = Date.now();
      const { ms, events } = await fleetOk(argv);
      return took(ms, spansOf(events, startedAt, startedAt + ms));
    },
    again: async () => (await fleetOk(argv)).ms,
  };
}

function took(ms: number, spans: Took['spans'] = []): Took {
  const starting = startingMs(spans);
  return { ms, spans, ...(starting === undefined ? {} : { startingMs: starting }) };
}

/** Where fleet was last, only the app goes; where others were, all goes and the routers come first. */
async function prepareRouters(site: Site, { files }: Command): Promise<void> {
  const routers = await site.view.containers('fleet.router');
  if (routers.length < site.view.hosts.length) {
    await emptyHosts(site);
    await fleetOk(['deploy', '--yes', ...files]);
  }
  await fleetOk(['remove', '--yes', ...files]);
}

function filesOf(site: Site): Files {
  const { inventory, folder: cwd } = site;
  const lists = { profiles: [], services: [], envFiles: [] };
  return { inventory, playbooks: [playbookOf(site)], ...lists, env: {}, home: homedir(), cwd, user: 'bench' };
}

async function applyOnce(files: Files, stages: Stages, events: Event[]): Promise<void> {
  const never = new AbortController().signal;
  const terms = { isDecided: true, by: 'bench@bench', signal: never, stopNow: never };
  const audience = {
    review: async () => true,
    begin: () => undefined,
    emit: (event: Event) => void events.push(event),
  };
  const end = await apply({ ...terms, files, intent: { kind: 'deploy', services: [] } }, stages, audience);
  const isGood = end.kind === 'nothing' || (end.kind === 'ended' && end.outcome.kind === 'done');
  if (!isGood) throw new Error(`fleet in this process: ${JSON.stringify(events.at(-1))}`);
}
