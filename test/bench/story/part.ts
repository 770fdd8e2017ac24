/** Part `story`: a fleet of the size that fleet is made for, once: deployed from nothing, re-released, and healed. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { labDown, labUp } from '../../../src/lab/index.ts';
import { fleetOk, TOP } from '../../support/real/fleet.ts';
import { startWatcher } from '../../support/real/watcher.ts';
import { startMixedTraffic } from '../../support/repairs/app.ts';
import { hostLoss } from '../../support/repairs/host-loss.ts';
import { type Run, THOROUGH } from '../../support/repairs/run.ts';
import { LabView } from '../../support/view/lab-view.ts';
import { busyCores } from '../../support/view/signs.ts';
import type { BenchContext, BenchPart, BenchTable, Cell } from '../parts/part.ts';
import { STORY, storyPlaybook, storyReplicas } from './app.ts';
import { measuredFleet, peakBytesOf } from './usage.ts';

const LAB = 'story';
/** Two cores answer it, start containers and watch 20 hosts. */
const RATE = 50;

interface Size {
  readonly hosts: number;
  /** Of the replicas of the whole story. */
  readonly share: number;
}

const FULL: Size = { hosts: 20, share: 1 };
const BRIEF: Size = { hosts: 4, share: 0.05 };

/** The stage and its files. */
interface Scene {
  readonly view: LabView;
  readonly folder: string;
  readonly files: readonly string[];
  readonly inventory: string;
  readonly declared: Readonly<Record<string, number>>;
  readonly say: (line: string) => void;
}

export const storyPart: BenchPart = {
  name: 'story',
  question: 'How does a fleet of 20 hosts and 200 containers come up, change under traffic, and outlive a host?',
  needsRoot: true,
  skip: () => (existsSync(`${TOP}dist/main.js`) ? undefined : 'dist/main.js is missing: npm run build'),
  measure: async (context) => {
    const folder = mkdtempSync(join(tmpdir(), 'fleet-story-'));
    try {
      const scene = await makeScene(context, folder);
      return [await tell(scene)];
    } finally {
      rmSync(folder, { recursive: true, force: true });
      await labDown({ name: LAB });
    }
  },
};

async function makeScene({ brief, say }: BenchContext, folder: string): Promise<Scene> {
  const { hosts, share } = brief ? BRIEF : FULL;
  const declared = storyReplicas(share);
  const playbook = join(folder, 'story.json');
  const server = `${TOP}test/integration/playbooks/heal/server.mjs`;
  writeFileSync(playbook, JSON.stringify(storyPlaybook(declared, server)));
  say(`making ${hosts} practice hosts`);
  const lab = await labUp({ name: LAB, hosts, edges: 2, inventory: join(folder, 'lab.yaml') });
  const files = ['--inventory', lab.inventoryFile, '--file', playbook];
  return { view: new LabView(lab.shape), folder, files, inventory: lab.inventoryFile, declared, say };
}

async function tell(scene: Scene): Promise<BenchTable> {
  const { view, declared, say } = scene;
  const count = Object.values(declared).reduce((sum, one) => sum + one, 0);
  const rows: (readonly Cell[])[] = [];
  const told = (...row: readonly Cell[]) => {
    say(row.map((cell) => cell ?? '-').join(', '));
    rows.push(row);
  };
  told(`deployed from nothing: images pulled, routers and ${count} containers started`, ...(await deployed(scene)));
  told('the same again: nothing to do', ...(await deployed(scene)));
  told(`one service of ${declared.frontend} re-released under traffic`, ...(await reReleased(scene)));
  for (const row of await healed(scene)) told(...row);
  return {
    title: `${view.hosts.length} practice hosts, ${count} containers of ${Object.keys(declared).length} services`,
    columns: ['', 'time [s]', 'requests failed', 'memory of fleet, peak [MiB]', 'CPU of fleet [s]', 'busy cores'],
    rows,
    notes: [`Once. Traffic: ${RATE} requests a second to both edges, two thirds GET; each is sent once.`],
  };
}

async function deployed({ files, folder }: Scene): Promise<readonly Cell[]> {
  const busy = busyCores();
  const { run, peakBytes, cpuSeconds } = await measuredFleet(['deploy', '--yes', ...files], folder);
  return [seconds(run.ms), null, mebibytes(peakBytes), hundredths(cpuSeconds), busy()];
}

async function reReleased({ view, files, folder }: Scene): Promise<readonly Cell[]> {
  await using traffic = await startMixedTraffic(view, { rate: RATE, forSeconds: 300 });
  await sleep(THOROUGH.steadyMs);
  const busy = busyCores();
  const env = { STORY_VERSION: '2' };
  const { run, peakBytes, cpuSeconds } = await measuredFleet(['deploy', '--yes', ...files], folder, env);
  const busyMeanwhile = busy();
  await sleep(THOROUGH.afterwardsMs);
  const { sent, failuresOf } = await traffic.stop();
  const failed = failedOf(failuresOf.GET?.count ?? 0, failuresOf.POST?.count ?? 0, sent);
  return [seconds(run.ms), failed, mebibytes(peakBytes), hundredths(cpuSeconds), busyMeanwhile];
}

/** A worker host loses its power with `fleet watch` running, and comes back at the end. */
async function healed({ view, inventory, declared, say, files }: Scene): Promise<readonly (readonly Cell[])[]> {
  const onLine = (line: unknown) => say(`  watch: ${JSON.stringify(line)}`);
  await using watcher = await startWatcher({ inventory, app: STORY, onLine });
  const subject = { view, app: STORY, declared, effort: { ...THOROUGH, rate: RATE, limitMs: 180_000 } };
  const run: Run = await hostLoss(subject, watcher);
  const peak = peakBytesOf(watcher.pid);
  const needs = [peak === undefined ? null : mebibytes(peak), hundredths(watcher.usage()?.cpuSeconds ?? 0)];
  const time = (name: string) => (run[name] === undefined ? 'never' : seconds(run[name]));
  const failed = failedOf(run.failedGet ?? 0, run.failedPost ?? 0);
  await watcher.stop();
  // What the story leaves must be whole: a fleet that is not is no figure.
  await fleetOk(['status', ...files]);
  return [
    [`a host with ${run.lostReplicas} containers loses its power: noticed`, time('toldMs'), null, null, null, null],
    ['out of all routers', time('outOfRoutersMs'), null, null, null, null],
    ['all run elsewhere (the grace is 10 s)', time('allElsewhereMs'), failed, ...needs, run.busyCores ?? null],
    ['the last failed request, after the loss', time('lastFailureMs'), null, null, null, null],
    ['the host is turned on: as declared again', time('asDeclaredAgainMs'), null, null, null, null],
  ];
}

function failedOf(get: number, post: number, sent?: number): string {
  return `${get} GET, ${post} POST${sent === undefined ? '' : ` of ${sent}`}`;
}

function seconds(ms: number): number {
  return Math.round(ms / 10) / 100;
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}

function hundredths(value: number): number {
  return Math.round(value * 100) / 100;
}
