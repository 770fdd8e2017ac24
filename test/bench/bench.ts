/**
 * npm run bench: what fleet is measured by, one table per question, medians and ratios of one run on this machine.
 *
 *   npm run bench -- [--only compile,quality] [--runs 5] [--brief] [--trace FOLDER] [--out bench.json] [--readme]
 *
 * --out writes JSON; --readme puts the tables into README.md between its two marks, with date and machine.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { BenchPart } from './parts/part.ts';
import { type BenchResult, formatResult, machine, markdownOf, withTables } from './parts/report.ts';
import { QUALITY } from './quality/quality.ts';
import { TRACE } from './quality/trace-part.ts';

const PARTS: readonly BenchPart[] = [QUALITY, TRACE];

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

const results: BenchResult[] = [];
for (const part of chosen) {
  const skipped = part.needsRoot && process.getuid?.() !== 0 ? 'needs root' : part.skip?.(context);
  say(`${part.name}: ${skipped === undefined ? part.question : `left out, ${skipped}`}`);
  if (skipped !== undefined) continue;
  const tables = await part.measure(context);
  const result = { part: part.name, question: part.question, machine: machine(), tables };
  results.push(result);
  process.stdout.write(`${formatResult(result)}\n`);
  if (values.out !== undefined) writeFileSync(values.out, `${JSON.stringify(results, null, 2)}\n`);
}
if (values.readme) writeFileSync('README.md', withTables(readFileSync('README.md', 'utf8'), markdownOf(results)));

function partOf(name: string): BenchPart {
  const part = PARTS.find((one) => one.name === name);
  if (part === undefined) throw new Error(`no part ${name}: ${PARTS.map((one) => one.name).join(', ')}`);
  return part;
}
