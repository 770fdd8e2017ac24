import { expect, test } from 'vitest';
import { newestRecords, wayBack } from '../../../../src/model/release.ts';
import { createPalette, formatReleases, releasesOf } from '../../../../src/report/index.ts';
import { SILENT } from '../../../support/compile/worlds.ts';
import { aKeeper, aRecord } from '../../../support/releases.ts';

const PLAIN = createPalette(0);
const DIGEST = `sha256:${'9f3c1e'.padEnd(64, '0')}`;

const RECORDS = [
  aRecord(2, { web: 'w1 registry.example:5000/shop/web:1', db: `d1 postgres:16 ${DIGEST}` }),
  aRecord(3, { web: 'w2 registry.example:5000/shop/web:2', db: `d1 postgres:16 ${DIGEST}`, cache: 'c1 redis:7' }),
  aRecord(4, { web: 'w2 registry.example:5000/shop/web:2', db: `d2 postgres:16 ${DIGEST}` }, { replicas: { web: 9 } }),
  aRecord(
    5,
    { web: 'w1 registry.example:5000/shop/web:1', db: `d1 postgres:16 ${DIGEST}` },
    {
      rollback: { from: 4, to: 2 },
      by: 'ci@runner',
    },
  ),
];

test('releases as a table: newest first, what changed, and what can be brought back from where', async () => {
  const hosts = {
    edge1: aKeeper(RECORDS, [3, 4, 5]),
    edge2: aKeeper(RECORDS.slice(0, 3), [4]),
  };
  const text = formatReleases(releasesOf(['edge2', 'edge1'], hosts), PLAIN);
  await expect(text).toMatchFileSnapshot('../../../golden/releases.txt');
});

test('the first release of all came after nothing; of the oldest on record nobody knows what it changed', () => {
  const first = releasesOf(['edge1'], { edge1: aKeeper([aRecord(1, { web: 'w1 web:1' })], [1]) });
  expect(first.map(({ services }) => services)).toEqual([{ added: ['web'], changed: [], removed: [] }]);
  const oldest = releasesOf(['edge1'], { edge1: aKeeper([aRecord(2, { web: 'w1 web:1' })], [2]) });
  expect(oldest.map(({ services, images }) => [services, images])).toEqual([[undefined, { web: 'web:1' }]]);
});

test('of a release that was rewritten the newest revision counts, and a keeper that is silent lacks nothing', () => {
  const old = aRecord(2, { web: 'w1 web:1' });
  const hosts = {
    edge1: aKeeper([old], [2]),
    edge2: aKeeper([{ ...old, revision: 1, replicas: { web: 3 } }], [2]),
    edge3: SILENT,
  };
  expect(releasesOf(['edge1', 'edge2', 'edge3'], hosts)).toMatchObject([
    { release: 2, replicas: { web: 3 }, isCurrent: true, canReturn: true, lacking: [], lackingBody: [] },
  ]);
});

test('without any record that is said', () => {
  expect(formatReleases(releasesOf(['edge1'], { edge1: aKeeper([], []) }), PLAIN)).toBe('no release is on record\n');
});

test('releases from before a removal are void, and the removal itself is no release', () => {
  const records = [...RECORDS, aRecord(6, {}, { removed: true }), aRecord(7, { web: 'w1 web:1' })];
  const hosts = { edge1: aKeeper(records, [3, 7]) };
  expect(releasesOf(['edge1'], hosts)).toMatchObject([
    { release: 7, isCurrent: true, services: { added: ['web'], changed: [], removed: [] } },
  ]);
  expect(wayBack(newestRecords(records))).toBe(undefined);
});
