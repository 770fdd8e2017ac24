/**
 * npm run bench: what fleet is measured by, one table per question, medians and ratios of one run on this machine.
 *
 *   npm run bench -- [--only compile,quality] [--runs 5] [--brief] [--trace FOLDER] [--out bench.json] [--readme]
 *
 * --out writes JSON after each part; what the file has of parts that are not measured now stays in it. --readme puts the
 * tables of all that into README.md between its two marks, with date and machine.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { compilePart } from './compile/first.ts';
import { incrementalPart } from './compile/incremental.ts';
import { deployPart } from './deploy/part.ts';
import { largePart } from './large/part.ts';
import { observePart } from './observe/part.ts';
import type { BenchPart } from './parts/part.ts';
import { type BenchResult, formatResult, machine, markdownOf, today, withResult, withTables } from './parts/report.ts';
import { qualityPart } from './quality/quality.ts';
import { tracePart } from './quality/trace-part.ts';
import { storyPart } from './story/part.ts';

const PARTS: readonly BenchPart[] = [
  compilePart,
  incrementalPart,
  qualityPart,
  tracePart,
  observePart,
  largePart,
  deployPart,
  storyPart,
];

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    runs: { type: 'string', default: '5' },
    brief: { type: 'boolean', default: false },
    trace: { type: 'string' },
    out: { type: 'string' },
    readme: { type: 'boolean', default: false },
  },
});
const chosen = values.only?.split(',').map(partOf) ?? PARTS;
const say = (line: string) => process.stderr.write(`${new Date().toISOString().slice(11, 19)}  ${line}\n`);
const context = { runs: Number(values.runs), brief: values.brief, trace: values.trace, say };
const order = PARTS.map(({ name }) => name);

let results = earlier(values.out);
for (const part of chosen) {
  const skipped = part.needsRoot && process.getuid?.() !== 0 ? 'needs root' : part.skip?.(context);
  say(`${part.name}: ${skipped === undefined ? part.question : `left out, ${skipped}`}`);
  if (skipped !== undefined) continue;
  // The load of the machine is that before it: the part's own work is no noise.
  const head = { part: part.name, question: part.question, date: today(), machine: machine() };
  try {
    const result = { ...head, tables: await part.measure(context) };
    results = withResult(results, result, order);
    process.stdout.write(`${formatResult(result)}\n`);
  } catch (error) {
    // What was measured before it, and comes after it, is not lost with it.
    say(`${part.name} failed: ${error instanceof Error ? error.stack : String(error)}`);
    process.exitCode = 1;
  }
  if (values.out !== undefined) writeFileSync(values.out, `${JSON.stringify(results, null, 2)}\n`);
}
if (values.readme) writeFileSync('README.md', withTables(readFileSync('README.md', 'utf8'), markdownOf(results)));

function partOf(name: string): BenchPart {
  const part = PARTS.find((one) => one.name === name);
  if (part === undefined) throw new Error(`no part ${name}: ${PARTS.map((one) => one.name).join(', ')}`);
  return part;
}

function earlier(file: string | undefined): readonly BenchResult[] {
  return file === undefined || !existsSync(file) ? [] : (JSON.parse(readFileSync(file, 'utf8')) as BenchResult[]);
}
