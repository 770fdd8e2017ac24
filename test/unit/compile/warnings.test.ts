import { expect, test } from 'vitest';
import { planOf } from '../../support/compile/deployed.ts';
import { container, emptyHost, facts, MIB, SILENT, service, world } from '../../support/compile/worlds.ts';

test('silent hosts, unknown digests, a long grace, a full disk and a wrong clock are said', () => {
  const { digest: _, ...unknown } = facts('web:1');
  const plan = planOf(
    world({
      hosts: 4,
      reports: {
        vm2: SILENT,
        vm3: emptyHost({ diskFreeBytes: 500 * MIB }),
        vm4: emptyHost({ clockSkewMs: -61_000 }),
      },
      services: [service('web', { ports: ['80'], container: container({ stopGraceMs: 60_000 }) })],
      images: { 'web:1': { ...unknown, source: 'none', problem: 'registry down' } },
    }),
  );
  expect(plan.warnings.map(({ code, message }) => `${code} ${message}`)).toEqual([
    'W_HOST_SILENT vm2 does not answer (no answer within 10 s): planned without it, what runs there is unknown.',
    'W_IMAGE_UNRESOLVED web:1: no registry or host told its digest (registry down); hosts may run different images',
    "W_GRACE_CUT web: stop_grace_period is longer than the router's shutdown_timeout of 30 s, which cuts requests first",
    'W_DISK_LOW vm3 has only 500 MiB of disk free for images',
    "W_CLOCK_SKEW the clock of vm4 is -61 s off this machine's",
  ]);
  expect(plan.placements[0]?.image).toBe('web:1');
});

test('a record that can not be read is said, with its host and its file; those of other apps are not', () => {
  const brokenRecords = ['blog/releases/000001.json', 'shop/releases/000007.json'];
  const { warnings } = planOf(
    world({ hosts: 2, reports: { vm1: emptyHost({ brokenRecords }), vm2: emptyHost({ brokenRecords }) } }),
  );
  expect(warnings).toEqual([
    {
      code: 'W_RECORD_BROKEN',
      message: 'vm1: the record ~/.fleet/shop/releases/000007.json can not be read; it is taken as not there',
    },
  ]);
});
