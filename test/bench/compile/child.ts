/**
 * One measured run in a fresh process; its figures go to stdout as JSON.
 *
 *   child.ts place|plan HOSTS                    a first deploy on empty hosts
 *   child.ts settle HOSTS FILE                   writes the fleet after that deploy, for the next
 *   child.ts place|plan HOSTS FILE CHANGE        a change of it
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { deserialize, serialize } from 'node:v8';
import { compile, type Question } from '../../../src/compile/index.ts';
import type { Plan } from '../../../src/model/plan.ts';
import { type Change, join, lose, movedWithoutNeed, scale } from '../../support/bench/changes.ts';
import { fleetOf } from '../../support/bench/fleets.ts';
import { cpuMs, placed, problemOf } from '../../support/bench/placed.ts';
import { restored, type Settled, settledOf } from '../../support/bench/settled.ts';
import type { Figures } from './fresh.ts';
import { EXTENTS, SIZES } from './sizes.ts';

const [what = '', hosts = '', file, change] = process.argv.slice(2);
const size = SIZES.find((one) => one.hosts === Number(hosts));
if (size === undefined) throw new Error(`no size of ${hosts} hosts`);

if (what === 'settle') {
  const question = fleetOf(size);
  writeFileSync(file ?? '', serialize(settledOf(question, planOf(question))));
  console.log(JSON.stringify({ ms: 0, cpuMs: 0, peakBytes: 0, grownBytes: 0, counts: {} } satisfies Figures));
} else {
  const asked = file === undefined ? undefined : changeOf(restored(deserialize(readFileSync(file))));
  const question = asked?.question ?? fleetOf(size);
  // What making and reading the question left behind is not what answering it costs.
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  const [from, cpuFrom] = [performance.now(), cpuMs()];
  const [starts, steps] = what === 'place' ? [placed(question).starts, 0] : startsIn(planOf(question));
  const [ms, cpu] = [performance.now() - from, cpuMs() - cpuFrom];
  const peakBytes = process.resourceUsage().maxRSS * 1024;
  const counts = {
    steps,
    starts: starts.length,
    ...(asked === undefined ? {} : { necessary: asked.necessary, moved: movedWithoutNeed(question, starts) }),
  };
  console.log(JSON.stringify({ ms, cpuMs: cpu, peakBytes, grownBytes: peakBytes - before, counts } satisfies Figures));
}

function planOf(question: Question): Plan {
  const compiled = compile(question);
  if (!compiled.ok) throw problemOf(compiled.problems);
  return compiled.plan;
}

function startsIn({ placements, steps }: Plan): [Plan['placements'], number] {
  return [placements.filter((one) => one.change === 'starts'), steps.length];
}

function changeOf(settled: Settled): Change {
  const extent = EXTENTS[Number(hosts)] ?? { hosts: 1, replicas: 10 };
  const made = [lose(settled, extent), join(settled, extent), scale(settled, extent)].find(
    ({ name }) => name === change,
  );
  if (made === undefined) throw new Error(`no change ${change}`);
  return made;
}
