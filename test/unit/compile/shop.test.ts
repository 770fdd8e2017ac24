import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Question } from '../../../src/compile/index.ts';
import { loadAll } from '../../../src/load/index.ts';
import { PLAIN } from '../../../src/report/palette.ts';
import { formatPlan } from '../../../src/report/plan/text.ts';
import { deployed, now, planOf } from '../../support/compile/deployed.ts';
import { DEPLOY, emptyHost, imagesOf } from '../../support/compile/worlds.ts';

const HOSTS = `
defaults: { user: deploy, capacity: { cpus: 4, memory: 2GiB } }
hosts:
  vm1: { address: 10.88.0.11, roles: [edge, worker], labels: { zone: a } }
  vm2: { address: 10.88.0.12, roles: [edge, worker], labels: { zone: b } }
  vm3: { address: 10.88.0.13, labels: { zone: a } }
  vm4: { address: 10.88.0.14, labels: { zone: b } }
  vm5: { address: 10.88.0.15, labels: { zone: a } }
  vm6: { address: 10.88.0.16, labels: { zone: b } }
`;

/** The shipped shop of that version on six empty hosts as the lab makes them. */
async function shop(version: string): Promise<Question> {
  const readFile = async (path: string): Promise<Uint8Array> => {
    if (path.endsWith('lab.yaml')) return Buffer.from(HOSTS);
    if (path.endsWith('.env') || path.includes('.ssh'))
      throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
    return readFileSync(path);
  };
  const { inventory, playbook } = await loadAll(
    'lab.yaml',
    { env: { USER: 'ann' }, home: '/nobody/home', readFile },
    { files: ['playbooks/shop.yaml'], env: { SHOP_VERSION: version }, readFile },
  );
  const hosts = Object.fromEntries(inventory.hosts.map(({ name }) => [name, emptyHost()]));
  return { inventory, playbook, observed: { hosts, images: imagesOf(playbook.services) }, intent: DEPLOY };
}

const golden = (name: string): string => `../../golden/compile/${name}`;
const text = (question: Question): string =>
  formatPlan({ ...planOf(question), digest: 'DIGEST' }, { palette: PLAIN, detail: 'summary', next: 'fleet deploy' });

test('the first deploy of the shop', async () => {
  await expect(text(await shop('1'))).toMatchFileSnapshot(golden('shop-first.txt'));
});

test('version 2 of the shop goes blue-green and leaves cache and db alone', async () => {
  const fleet = deployed(await shop('1'));
  const second = now(await shop('2'), fleet);
  await expect(text(second)).toMatchFileSnapshot(golden('shop-second.txt'));
});

test('the steps of version 2 in their order', async () => {
  const fleet = deployed(await shop('1'));
  const { steps } = planOf(now(await shop('2'), fleet));
  await expect(`${steps.map(({ id, reason }) => `${id}: ${reason}`).join('\n')}\n`).toMatchFileSnapshot(
    golden('shop-second-steps.txt'),
  );
});
