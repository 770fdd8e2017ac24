/** The built program on simulated hosts, as the bench measures it. */
import { expect, test } from 'vitest';
import { largePart } from '../bench/large/part.ts';

test('a short try of the bench deploys from nothing and finds nothing to do after', async () => {
  const [table] = await largePart.measure({ runs: 1, brief: true, trace: undefined, say: () => {} });
  expect(table?.rows.map(([what]) => what)).toEqual([
    '6 hosts, 60 replicas: from nothing',
    '6 hosts, 60 replicas: again, nothing to do',
  ]);
  for (const row of table?.rows ?? []) expect(row).toHaveLength(table?.columns.length ?? 0);
  const [first = 0, again = 0] = (table?.rows ?? []).map((row) => Number(row[5]));
  expect(again).toBeLessThan(first / 3);
});
