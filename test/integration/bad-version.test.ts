/** A version that fails its health check: refused with its cause, and no client noticed. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { containers, edgeUrls, onLab, onLabOk, removeApp } from '../support/real/lab.ts';
import { formatTraffic, startTraffic } from '../support/traffic/process.ts';

const SHOP = 'playbooks/shop.yaml';

beforeAll(async () => {
  await onLabOk(SHOP, ['deploy', '--yes'], { env: { SHOP_VERSION: '1' } });
});
afterAll(() => removeApp(SHOP));

test('a version whose health check fails is refused with its cause, harms no request and leaves nothing', async () => {
  const before = await containers();
  await using traffic = await startTraffic({ urls: edgeUrls(), rate: 100 });
  const run = await onLab(SHOP, ['deploy', '--yes'], { env: { SHOP_VERSION: 'bad' } });
  const seen = await traffic.stop();
  expect(run.code, run.stdout + run.stderr).toBe(1);
  expect(run.stderr).toContain('E_HEALTH');
  expect(run.stderr).toContain('column "discount_cents" does not exist');
  expect(seen.failures, formatTraffic(seen)).toEqual([]);
  expect(Object.keys(seen.versions['x-shop-version'] ?? {})).toEqual(['1']);
  expect(await containers()).toEqual(before);
});
