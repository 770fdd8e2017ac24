/**
 * How often a placement is found, of instances that are known to have one: 5 to 15 hosts, 20 to 60 replicas, 80 to 98 % of
 * the scarcer resource reserved. "quick" is the first way alone, "all" with ejection chains and search behind it.
 *
 *   npx tsx test/bench/fits.ts [instances]        no root, one core
 */
import { schedule } from '../../src/compile/place/schedule.ts';
import { wavesOf } from '../../src/compile/place/waves.ts';
import { cpuMs, prepared } from '../support/bench/placed.ts';
import { plantedWorld } from '../support/bench/planted.ts';

const count = Number(process.argv[2] ?? 500);
const found = { quick: 0, all: 0 };
const times: number[] = [];
const missed: number[] = [];
for (let seed = 1; seed <= count; seed++) {
  const task = prepared(plantedWorld(seed));
  if (wavesOf(task, () => 1).problems.length === 0) found.quick++;
  const from = cpuMs();
  const { problems } = schedule(task);
  times.push(cpuMs() - from);
  if (problems.length === 0) found.all++;
  else missed.push(seed);
}
times.sort((left, right) => left - right);
const [median = 0, worst = 0] = [times[Math.floor(times.length / 2)], times.at(-1)];
console.log(`${count} instances: quick ${found.quick}, all ${found.all}`);
console.log(
  `cpu median ${median.toFixed(1)} ms, worst ${worst.toFixed(1)} ms; seeds without an answer: ${missed.join(', ') || 'none'}`,
);
