import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Observed } from '../../../../src/model/observed.ts';
import { PLAIN } from '../../../../src/report/palette.ts';
import { type ReplicaRecord, recordsOf, routedServices } from '../../../../src/report/view/records.ts';
import {
  formatRecords,
  formatRecordsCsv,
  formatRecordsHosts,
  formatRecordsMarkdown,
  formatSilentHosts,
  formatWhere,
} from '../../../../src/report/view/records-text.ts';
import { aContainer, hostUp } from '../../../support/fake-stages.ts';
import { recordsInventory, recordsObserved } from '../../../support/records.ts';

const records = recordsOf(recordsInventory(), recordsObserved());
const golden = (name: string): string => `../../../golden/${name}`;

/** RFC 4180 read back, by its grammar. */
function parseCsv(text: string): string[][] {
  return text
    .split(/\r\n(?=(?:[^"]*"[^"]*")*[^"]*$)/)
    .slice(0, -1)
    .map((line) =>
      line
        .split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/)
        .map((cell) => (cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell)),
    );
}

test('a record says all of a replica, in plain data', () => {
  expect(records[0]).toEqual({
    app: 'shop',
    service: 'backend',
    slot: 1,
    replica: 'shop.backend.6.1',
    host: 'vm1',
    address: '10.0.0.1',
    ports: [{ port: 8080, protocol: 'http', hostPort: 20011 }],
    vip: '10.96.0.5',
    image: 'backend:1',
    digest: `sha256:${'ab'.repeat(32)}`,
    release: 6,
    since: '2026-11-22T21:15:29Z',
    state: 'running',
    health: 'healthy',
  });
  expect(JSON.parse(JSON.stringify(records))).toEqual(records);
});

test('replicas are in the order of app, service and slot; jobs are none', () => {
  expect(records.map(({ replica, host }) => `${replica}@${host}`)).toEqual([
    'shop.backend.6.1@vm1',
    'shop.backend.6.2@vm2',
    'shop.backend.6.3@vm3',
    'shop.cache.6.1@vm2',
  ]);
});

test('slots are in the order of their numbers, whatever their hosts and releases', () => {
  const on = (slot: number, release: number) => hostUp({ containers: [aContainer('web', { slot, release })] });
  const slots = recordsOf(recordsInventory(), { vm1: on(10, 5), vm2: on(9, 6), vm3: on(2, 7) });
  expect(slots.map(({ slot }) => slot)).toEqual([2, 9, 10]);
});

test('the order in which hosts and containers are reported changes nothing', () => {
  const observed = recordsObserved();
  const turned = Object.fromEntries(
    Object.entries(observed)
      .reverse()
      .map(([name, state]) => [
        name,
        state.reachable ? { ...state, containers: [...state.containers].reverse() } : state,
      ]),
  );
  expect(recordsOf(recordsInventory(), turned)).toEqual(records);
});

test('a replica on a silent host is known by the routers of others, and its state is unknown', () => {
  const heard = records.find(({ host }) => host === 'vm3');
  expect(heard).toMatchObject({ release: 6, address: '10.0.0.3', vip: '10.96.0.5', state: 'unknown', since: '' });
});

test('a service whose replicas nobody has checked yet is not said to run on a silent host', () => {
  const vm1 = recordsObserved().vm1;
  const shop = vm1?.reachable ? vm1.router.apps.shop : undefined;
  if (shop === undefined) throw new Error('no shop');
  const services = Object.fromEntries(
    Object.entries(shop.services).map(([name, routed]) => [name, { ...routed, early: true as const }]),
  );
  const early = hostUp({ router: { mainDigest: '', apps: { shop: { ...shop, services } } } });
  expect(recordsOf(recordsInventory(), { vm1: early })).toEqual([]);
});

test('replicas of one app alone can be asked for', () => {
  const observed: Observed['hosts'] = { vm1: hostUp({ containers: [aContainer('web', { app: 'blog' })] }) };
  const all = { ...recordsObserved(), ...observed };
  expect(recordsOf(recordsInventory(), all, 'blog').map(({ app }) => app)).toEqual(['blog']);
});

test('the table, the Markdown and the lines for hosts', async () => {
  const text = [
    formatRecords(records, PLAIN),
    formatWhere(records, PLAIN),
    formatRecordsMarkdown(records),
    formatRecordsHosts(routedServices(recordsObserved())),
    formatSilentHosts(recordsInventory(), recordsObserved(), PLAIN),
  ].join('\n');
  await expect(text).toMatchFileSnapshot(golden('records.txt'));
});

test('no replica is said in words, a CSV keeps its header', () => {
  expect(formatRecords([], PLAIN)).toBe('no replica is known\n');
  expect(formatRecordsCsv([])).toBe(
    'app,service,slot,host,address,ports,vip,image,digest,release,since,state,health\r\n',
  );
});

test('the CSV is that of RFC 4180: quotes only where they are needed, doubled inside', () => {
  expect(formatRecordsCsv(records.slice(3))).toBe(
    'app,service,slot,host,address,ports,vip,image,digest,release,since,state,health\r\n' +
      'shop,cache,1,vm2,10.0.0.2,,10.96.0.9,"cache,""x""|y:1",,6,2023-11-14T21:56:40Z,running,healthy\r\n',
  );
});

test('any text comes back from the CSV as it is', () => {
  const [first] = records;
  if (first === undefined) throw new Error('no record');
  const sign = fc.constantFrom('a', '"', ',', ' x', 'ä', ';', '=', "'", '|');
  fc.assert(
    fc.property(fc.array(sign), fc.array(sign), (image, service) => {
      const record: ReplicaRecord = { ...first, image: image.join('').trim(), service: service.join('').trim() };
      const row = parseCsv(formatRecordsCsv([record]))[1] ?? [];
      expect([row[1], row[7], row.length]).toEqual([record.service, record.image, 13]);
    }),
  );
});

test('a line break or an escape sequence in a label makes no line and moves no cursor', () => {
  const [first] = records;
  if (first === undefined) throw new Error('no record');
  const bad = [{ ...first, image: 'a\r\n\u001b[2Jb', vip: '10.96.0.5' }];
  expect(formatRecordsCsv(bad).split('\r\n')).toHaveLength(3);
  expect(formatRecordsMarkdown(bad).split('\n')).toHaveLength(4);
  const routed = { app: 'shop', service: 'x\n1.2.3.4 evil#', vip: '10.96.0.5', subnets: [], claims: [], upstreams: [] };
  expect(formatRecordsHosts([routed])).toBe('10.96.0.5 x1.2.3.4evil.shop\n');
  for (const text of [formatRecordsCsv(bad), formatRecordsMarkdown(bad), formatRecords(bad, PLAIN)]) {
    expect(text).not.toContain('\u001b');
  }
});
