/** Both parts of the bench, in their short form: every row has all columns, and fleet stands first. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { BenchContext, BenchTable } from '../../../bench/parts/part.ts';
import { qualityPart } from '../../../bench/quality/quality.ts';
import { tracePart } from '../../../bench/quality/trace-part.ts';

const BRIEF: BenchContext = { runs: 1, brief: true, trace: undefined, say: () => {} };

function expectWhole({ columns, rows }: BenchTable): void {
  expect(rows.length).toBeGreaterThan(0);
  for (const row of rows) expect(row).toHaveLength(columns.length);
}

test('of a few instances fleet places each one that can be', async () => {
  const [found, marks] = await qualityPart.measure(BRIEF);
  if (found === undefined || marks === undefined) throw new Error('no tables');
  expectWhole(found);
  expectWhole(marks);
  expect(found.rows[0]?.slice(0, 3)).toEqual(['fleet', 5, 100]);
});

test('without a folder the trace is left out, and the reason says what is missing', () => {
  expect(tracePart.skip?.(BRIEF)).toContain('--trace FOLDER');
});

test('of a small trace the fewest nodes are found, beside their bound', async () => {
  const trace = mkdtempSync(join(tmpdir(), 'fleet-trace-'));
  const nodes = Array.from({ length: 6 }, (_, index) => `node-${index},4000,4096`);
  // A node has room for one of each kind and for no two of one kind.
  const pods = ['3000,1024', '3000,1024', '3000,1024', '1000,3072', '1000,3072', '1000,3072'];
  writeFileSync(join(trace, 'openb_node_list_all_node.csv'), `sn,cpu_milli,memory_mib\n${nodes.join('\n')}\n`);
  const lines = pods.map((size, index) => `pod-${index},${size}`);
  writeFileSync(join(trace, 'openb_pod_list_cpu250.csv'), `name,cpu_milli,memory_mib\n${lines.join('\n')}\n`);
  const [table] = await tracePart.measure({ ...BRIEF, trace });
  if (table === undefined) throw new Error('no table');
  expectWhole(table);
  expect(table.rows.slice(0, 3).map((row) => row.slice(0, 2))).toEqual([
    ['bound: sums of cpu and memory', 3],
    ['bound: pods cut into parts (HiGHS)', 3],
    ['fleet', 3],
  ]);
});
