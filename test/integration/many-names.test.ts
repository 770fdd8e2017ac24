/** An app whose router files are long: they travel compressed, and looks at hosts read them once for all. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FleetRun, fleet, fleetOk } from '../support/real/fleet.ts';
import { onEachHost, theLab } from '../support/real/lab.ts';

const NAMES = Array.from({ length: 240 }, (_, index) => `shop-${index}.example`);
const LIVE = '/home/deploy/.fleet/router/current/many';

const folder = mkdtempSync(join(tmpdir(), 'fleet-many-names-'));

const run = (args: readonly string[]): readonly string[] => [
  ...args,
  ...['--inventory', theLab().inventory, '--file', join(folder, 'many.yaml')],
];
const plan = async (): Promise<readonly { readonly host: string; readonly action: { readonly kind: string } }[]> => {
  const { stdout } = await fleetOk(run(['plan', '--format', 'json']));
  return JSON.parse(stdout).steps;
};

beforeAll(async () => {
  const web = {
    image: 'busybox:1',
    command: ['httpd', '-f', '-p', '8080'],
    expose: ['8080'],
    'x-fleet': { ingress: NAMES.map((host) => ({ host, port: 8080 })) },
  };
  writeFileSync(join(folder, 'many.yaml'), JSON.stringify({ name: 'many', services: { web } }));
  await fleetOk(run(['deploy', '--yes']));
});
afterAll(async () => {
  const removed: FleetRun = await fleet(run(['remove', '--yes', '--volumes']));
  rmSync(folder, { recursive: true });
  expect(removed.code, removed.stderr).toBe(0);
});

test('its files lie whole on every host, marked as large where they are, and another deploy finds nothing to do', async () => {
  const edges = theLab().hosts.filter(({ roles }) => roles.includes('edge'));
  const listed = await onEachHost(['ls', `${LIVE}/`]);
  for (const { name } of edges) expect(listed.get(name)?.split('\n')).toContain('large');
  for (const [, files] of listed) expect(files).toContain('http.conf');
  expect(await plan()).toEqual([]);
});

test('a file that is changed by hand on one host is found there, and put right', async () => {
  const [edge] = theLab().hosts.filter(({ roles }) => roles.includes('edge'));
  await onEachHost(['sh', '-c', `if [ "$(hostname)" = ${edge?.name} ]; then echo '# mine' >> ${LIVE}/http.conf; fi`]);
  const steps = await plan();
  expect(steps.filter(({ action }) => action.kind === 'lay').map(({ host }) => host)).toEqual([edge?.name]);
  await fleetOk(run(['deploy', '--yes']));
  expect(await plan()).toEqual([]);
});
