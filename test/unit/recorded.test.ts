import { expect, test } from 'vitest';
import { NO_ORDER } from '../../src/model/heal.ts';
import type { HostUp, ReleaseRecord } from '../../src/model/observed.ts';
import type { ReleaseBody } from '../../src/model/release.ts';
import { chosenRelease } from '../../src/recorded.ts';
import { emptyHost, host, inventory, playbook, service } from '../support/compile/worlds.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { FakeShell } from '../support/fake-shell.ts';

const EDGES = [host('vm1', { roles: ['edge', 'worker'] }), host('vm2', { roles: ['edge', 'worker'] })];

test('the body comes from a keeper with the record that counts, not from one with another record of its number', async () => {
  const keeper = (at: number, body: string): HostUp => ({ ...emptyHost({}), releases: { shop: [recordOf(at, body)] } });
  const observed = { hosts: { vm1: keeper(1, 'former'), vm2: keeper(2, 'latter') }, images: {} };
  const readBody = async (_: unknown, keepers: readonly string[]): Promise<ReleaseBody | undefined> =>
    keepers.length === 0 ? undefined : { version: 1, playbook: playbook([service(keepers.join(' '))]), images: {} };
  const wanted = {
    inventory: inventory(EDGES),
    change: { kind: 'heal', order: NO_ORDER },
    bodies: new Map<string, ReleaseBody>(),
  } as const;
  const { record, body } = await chosenRelease(
    { shell: new FakeShell(new FakeClock()), stages: { readBody } },
    wanted,
    observed,
  );
  expect([record.body, ...body.playbook.services.map(({ name }) => name)]).toEqual(['latter', 'vm2']);
});

function recordOf(at: number, body: string): ReleaseRecord {
  return { app: 'shop', release: 1, at, by: 'ann@laptop', planDigest: '', specs: {}, images: {}, body };
}
