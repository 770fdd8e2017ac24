import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  acquireLease,
  type Lease,
  type LeaseOptions,
  readLease,
  releaseLease,
  withLease,
} from '../../../../src/execute/index.ts';
import type { Event } from '../../../../src/model/event.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { LocalShell } from '../../../support/local-shell.ts';

let clock: FakeClock;
let shell: LocalShell;
let events: Event[];
let held: Lease[];

beforeEach(() => {
  clock = new FakeClock();
  shell = new LocalShell(clock);
  events = [];
  held = [];
});

afterEach(async () => {
  await Promise.all(held.map((lease) => lease.release()));
  await shell.close();
});

function wishOf(by: string, more: Partial<LeaseOptions> = {}): LeaseOptions {
  return {
    shell,
    clock,
    app: 'shop',
    keepers: ['edge1', 'edge2'],
    owner: { by: `${by}@laptop`, host: by, pid: 100 },
    isAlive: () => true,
    emit: (event) => events.push(event),
    ...more,
  };
}

async function take(by: string, more: Partial<LeaseOptions> = {}): Promise<Lease> {
  const lease = await acquireLease(wishOf(by, more));
  held.push(lease);
  return lease;
}

/** A lease as a killed process leaves it: on the keepers, with nobody to renew it. */
async function abandon(by: string, more: Partial<LeaseOptions> = {}): Promise<void> {
  const frozen = { now: () => clock.now(), sleep: () => new Promise<void>(() => undefined) };
  await acquireLease(wishOf(by, { clock: frozen, ...more }));
}

function leaseFile(keeper: string): string {
  return join(shell.home(keeper), '.fleet/shop/lease.json');
}

test('a free lease is taken on all keepers and gone after its release', async () => {
  const lease = await take('ann');
  expect(JSON.parse(readFileSync(leaseFile('edge2'), 'utf8'))).toMatchObject({
    fence: 1,
    at: clock.now(),
    expires: clock.now() + 15_000,
    by: 'ann@laptop',
    host: 'ann',
    pid: 100,
  });
  await lease.release();
  expect([existsSync(leaseFile('edge1')), existsSync(leaseFile('edge2'))]).toEqual([false, false]);
  expect(events.map((event) => event.kind === 'lease' && event.state)).toEqual(['taken', 'released']);
});

test('a second deploy is refused within a heartbeat or two, with the name of the first', async () => {
  await take('ann');
  const before = clock.now();
  await expect(acquireLease(wishOf('bob'))).rejects.toMatchObject({
    code: 'E_LEASE_HELD',
    message: expect.stringMatching(/^shop: another deploy is at work: ann@laptop \(pid 100 on ann\) since \d+ s$/),
  });
  expect(clock.now() - before).toBeLessThanOrEqual(10_000);
});

test('of many that come at once one gets the lease', async () => {
  const wishes = ['ann', 'bob', 'cid', 'dan', 'eve'].map((by) => take(by));
  const results = await Promise.allSettled(wishes);
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

test('with a time to wait the second gets the lease when the first releases it', async () => {
  const first = await take('ann');
  const second = take('bob', { waitMs: 300_000 });
  await clock.sleep(8000);
  await first.release();
  expect((await second).fence).toBe(2);
});

test('the wait ends when its time is over', async () => {
  await take('ann');
  const before = clock.now();
  await expect(acquireLease(wishOf('bob', { waitMs: 6000 }))).rejects.toMatchObject({ code: 'E_LEASE_HELD' });
  expect(clock.now() - before).toBe(6000);
});

test('the lease of a killed process of another machine is taken over when it has run out', async () => {
  await abandon('ann');
  const before = clock.now();
  const lease = await take('bob');
  expect(lease.fence).toBe(2);
  expect(clock.now() - before).toBeLessThanOrEqual(17_000);
});

test('the lease of a dead process of this machine is taken over at once', async () => {
  await abandon('ann');
  const before = clock.now();
  await take('ann', { owner: { by: 'ann@laptop', host: 'ann', pid: 101 }, isAlive: (pid) => pid !== 100 });
  expect(clock.now() - before).toBe(0);
});

test('a pid of another boot tells nothing: its lease has to run out', async () => {
  await abandon('ann', { owner: { by: 'a', host: 'ann', pid: 100, boot: 'one' } });
  const before = clock.now();
  await take('ann', { owner: { by: 'a', host: 'ann', pid: 101, boot: 'two' }, isAlive: () => false });
  expect(clock.now() - before).toBeGreaterThanOrEqual(15_000);
});

test('heartbeats keep the lease for as long as the work takes', async () => {
  const lease = await take('ann');
  await clock.sleep(30_000);
  expect(lease.signal.aborted).toBe(false);
  expect(await readLease(wishOf('bob'))).toMatchObject({ keeper: 'edge1', live: true, holder: { by: 'ann@laptop' } });
});

test('a holder that is forced out learns it at its next heartbeat and does not take the lease back', async () => {
  const first = await take('ann');
  await releaseLease({ ...wishOf('bob'), force: true });
  const second = await take('bob');
  await clock.sleep(6000);
  expect(first.signal.reason).toMatchObject({
    code: 'E_LEASE_LOST',
    message: expect.stringContaining('shop: lease 1 is lost: bob@laptop (pid 100 on bob)'),
  });
  await first.release();
  expect(second.signal.aborted).toBe(false);
  expect(existsSync(leaseFile('edge1'))).toBe(true);
});

test('a holder that reaches no keeper for 15 s has lost the lease', async () => {
  const lease = await take('ann');
  shell.lost.add('edge1').add('edge2');
  const before = clock.now();
  await clock.sleep(20_000);
  expect(lease.signal.reason).toMatchObject({ code: 'E_LEASE_LOST' });
  const lost = events.find((event) => event.kind === 'lease' && event.state === 'lost');
  expect((lost?.at ?? 0) - before).toBe(15_000);
});

test('one keeper of two may be gone, two of three may not', async () => {
  shell.lost.add('edge1');
  expect((await take('ann')).fence).toBe(1);
  shell.lost.add('edge2');
  await expect(acquireLease(wishOf('bob', { keepers: ['edge1', 'edge2', 'edge3'] }))).rejects.toMatchObject({
    code: 'E_HOST_UNREACHABLE',
    notes: ['edge1: no answer', 'edge2: no answer'],
  });
  expect(existsSync(leaseFile('edge3'))).toBe(false);
});

test('a lease that a later keeper refuses is given back on the first', async () => {
  await take('ann', { keepers: ['edge2'] });
  await expect(acquireLease(wishOf('bob'))).rejects.toMatchObject({ code: 'E_LEASE_HELD' });
  expect(existsSync(leaseFile('edge1'))).toBe(false);
});

test('who has it from the first keeper is told so before the others are asked', async () => {
  const there: boolean[] = [];
  const lease = await take('ann', {
    onFirst: () => there.push(existsSync(leaseFile('edge1')), existsSync(leaseFile('edge2'))),
  });
  expect(there).toEqual([true, false]);
  expect(lease.isWhole).toBe(true);
});

test('a lease is not whole where a keeper is silent, or had a holder that the first one knows nothing of', async () => {
  shell.lost.add('edge1');
  let told = 0;
  const onFirst = () => (told += 1);
  const ann = await take('ann', { onFirst });
  await ann.release();
  expect([ann.isWhole, told]).toEqual([false, 0]);
  shell.lost.clear();
  const bob = await take('bob', { onFirst });
  await bob.release();
  expect([bob.isWhole, told]).toEqual([false, 1]);
  expect((await take('eve', { onFirst, keepers: ['edge2'] })).isWhole).toBe(true);
});

test('a half-written lease file is nobody’s lease', async () => {
  mkdirSync(join(shell.home('edge1'), '.fleet/shop'), { recursive: true });
  writeFileSync(leaseFile('edge1'), '{"id":"ab","fen');
  expect(await readLease(wishOf('ann'))).toBeUndefined();
  expect((await take('ann')).fence).toBe(1);
});

test('a name with quotes, dollars and newlines is kept as written and runs nothing', async () => {
  const by = `a'"$(touch x)\`\n","id":"0`;
  await take('ann', { owner: { by, host: 'ann', pid: 1 } });
  expect((await readLease(wishOf('bob')))?.holder.by).toBe(by);
  await expect(acquireLease(wishOf('bob'))).rejects.toMatchObject({ code: 'E_LEASE_HELD' });
});

test('a live lease is released by force alone', async () => {
  await take('ann');
  await expect(releaseLease({ ...wishOf('bob'), force: false })).rejects.toMatchObject({ code: 'E_LEASE_HELD' });
  expect(await releaseLease({ ...wishOf('bob'), force: true })).toMatchObject({ holder: { by: 'ann@laptop' } });
  expect(await releaseLease({ ...wishOf('bob'), force: true })).toBeUndefined();
});

test('work under a lease gives it back when it fails', async () => {
  const work = withLease(wishOf('ann'), async () => {
    throw new Error('no');
  });
  await expect(work).rejects.toThrow('no');
  expect(existsSync(leaseFile('edge1'))).toBe(false);
});
