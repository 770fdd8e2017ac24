/** Ten deploys in a row of two versions of the shop, under traffic that counts every failed request. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { edgeUrls, onLabOk, removeApp } from '../support/real/lab.ts';
import { formatTraffic, startTraffic } from '../support/traffic/process.ts';

const SHOP = 'playbooks/shop.yaml';
const RATE = 200;
const HEADERS = ['x-frontend-version', 'x-shop-version'];

const deploy = (version: string) => onLabOk(SHOP, ['deploy', '--yes'], { env: { SHOP_VERSION: version } });

beforeAll(async () => {
  await deploy('1');
});
afterAll(() => removeApp(SHOP));

test('no request fails while ten deploys alternate the versions, and a drained version answers no more', async () => {
  await using traffic = await startTraffic({ urls: edgeUrls(), rate: RATE });
  const late: string[] = [];
  for (let count = 0; count < 10; count += 1) {
    const version = count % 2 === 0 ? '2' : '1';
    const before = version === '2' ? '1' : '2';
    await deploy(version);
    const doneAt = Date.now();
    // The next deploy starts at once: what was sent after this one ended must have been answered by its version.
    const { versions } = await traffic.snapshot();
    for (const header of HEADERS) {
      const last = versions[header]?.[before]?.lastSentAt ?? 0;
      if (last > doneAt)
        late.push(`deploy ${count + 1}: ${header} ${before} answered ${last - doneAt} ms after the drain`);
    }
  }
  const seen = await traffic.stop();
  process.stderr.write(`${formatTraffic(seen)}\n`);
  expect(seen.failures, formatTraffic(seen)).toEqual([]);
  expect(seen.failed).toBe(0);
  expect(late).toEqual([]);
  for (const header of HEADERS) expect(Object.keys(seen.versions[header] ?? {}).sort()).toEqual(['1', '2']);
  expect(seen.sent).toBeGreaterThan(RATE * 10);
  expect(seen.mostLateMs).toBeLessThan(1_000);
});
