/** A host that serves loses its power under traffic. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bootHost, killHost } from '../../src/lab/index.ts';
import { containers, edgeUrls, LAB_NAME, onLabOk, removeApp, theLab } from '../support/real/lab.ts';
import { formatTraffic, startTraffic } from '../support/traffic/process.ts';

const SHOP = 'playbooks/shop.yaml';

beforeAll(async () => {
  await onLabOk(SHOP, ['deploy', '--yes']);
});
afterAll(async () => {
  await removeApp(SHOP);
});

/** A host without edge, cache or database that runs at least one frontend or backend. */
async function victim(): Promise<string> {
  const all = await containers();
  const on = (host: string) => all.filter((one) => one.host === host).map(({ name }) => name.split('.')[1] ?? '');
  const found = theLab().hosts.find(({ name, roles }) => {
    const services = on(name);
    const isPlain = !roles.includes('edge') && !services.includes('db') && !services.includes('cache');
    return isPlain && services.some((service) => service === 'frontend' || service === 'backend');
  });
  if (found === undefined) throw new Error(`no host without state serves: ${JSON.stringify(all)}`);
  return found.name;
}

test('the power loss of a host costs no GET, and orders fail for moments only', async () => {
  const host = await victim();
  await using traffic = await startTraffic({ urls: edgeUrls(), rate: 200 });
  await pause(3_000);
  await killHost(host, LAB_NAME);
  await pause(15_000);
  const seen = await traffic.stop();
  const failedForMs = (seen.lastFailureAt ?? 0) - (seen.firstFailureAt ?? 0);
  process.stderr.write(`${formatTraffic(seen)}\n  ${host} lost: failures over ${failedForMs} ms\n`);
  await bootHost(host, LAB_NAME);
  expect(seen.counts.GET?.failed, formatTraffic(seen)).toBe(0);
  expect(seen.counts.POST?.failed ?? 0).toBeLessThan(40);
  expect(failedForMs).toBeLessThan(10_000);
});

test('after it is back the same deploy ends in the wanted state', async () => {
  await onLabOk(SHOP, ['deploy', '--yes']);
  await onLabOk(SHOP, ['plan', '--detailed-exitcode']);
});

/** How long the outage is watched: a part of the measurement. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
