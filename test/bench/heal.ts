/**
 * How quick the fleet is as declared again: faults on practice hosts under traffic, and Docker Swarm beside it.
 *
 *   npm run bench:heal -- [--only swarm,fleet] [--runs 5] [--out heal.json] [--patience SECONDS] [--minutes 30] [--seed N]
 *
 * Parts: faults, fleet, swarm, cut, watchers; and when they are named: fleet-quick, more-faults, swarm-faults, maintenance,
 * warm, soak. --patience: so long each run waits for the rest of the machine to be quiet. --minutes and --seed are the soak's.
 * Needs root and a built fleet; makes the lab "heal" (or FLEET_TEST_LAB) and removes it
 * (FLEET_TEST_KEEP=1: leaves it). Traffic goes to hosts of the lab only and is bounded in rate and time.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { labDown, labUp } from '../../src/lab/index.ts';
import { LabView } from '../support/view/lab-view.ts';
import { clearHosts, type Part } from './heal/context.ts';
import { cutPart, faultsPart, fleetPart, fleetQuickPart, moreFaultsPart, watchersPart } from './heal/fleet.ts';
import { maintenancePart, warmPart } from './heal/maintenance.ts';
import { formatSeries, type Series } from './heal/report.ts';
import { soakPart } from './heal/soak.ts';
import { swarmFaultsPart, swarmPart } from './heal/swarm.ts';

/** What came of one part. */
interface Result {
  readonly part: string;
  readonly loadAverage: readonly number[];
  readonly series: readonly Series[];
}

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    runs: { type: 'string', default: '5' },
    out: { type: 'string' },
    patience: { type: 'string', default: '0' },
    minutes: { type: 'string', default: '30' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const usual: readonly Part[] = [faultsPart, fleetPart, swarmPart, cutPart, watchersPart];
const soak = soakPart({ minutes: Number(values.minutes), seed: Number(values.seed) });
const all = [...usual, fleetQuickPart, moreFaultsPart, swarmFaultsPart, maintenancePart, warmPart, soak];
const chosen = values.only?.split(',').map(partOf) ?? usual;
const labName = process.env.FLEET_TEST_LAB ?? 'heal';
const folder = mkdtempSync(join(tmpdir(), 'fleet-heal-'));
const inventory = join(folder, 'lab.yaml');
const say = (line: string) => process.stderr.write(`${new Date().toISOString().slice(11, 19)}  ${line}\n`);

const mend = () => labUp({ name: labName, hosts: 6, edges: 2, inventory, onProgress: say });
const { shape } = await mend();
const view = new LabView(shape);
const results: Result[] = [];
try {
  for (const part of chosen) {
    say(`${part.name}: ${part.about}`);
    await clearHosts(view);
    const patienceMs = Number(values.patience) * 1_000;
    const series = await part.measure({ view, inventory, runs: Number(values.runs), patienceMs, say, mend });
    results.push({ part: part.name, loadAverage: loadavg(), series });
    for (const one of series) process.stdout.write(`\n${formatSeries(one)}\n`);
    save();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
  if (process.env.FLEET_TEST_KEEP !== '1') await labDown({ name: labName });
}

/** After each part: a later one that fails must not lose it. */
function save(): void {
  if (values.out === undefined) return;
  writeFileSync(values.out, `${JSON.stringify({ cpus: cpus().length, results }, null, 2)}\n`);
}

function partOf(name: string): Part {
  const part = all.find((one) => one.name === name);
  if (part === undefined) throw new Error(`no part ${name}: ${all.map((one) => one.name).join(', ')}`);
  return part;
}
