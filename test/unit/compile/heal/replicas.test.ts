import { expect, test } from 'vitest';
import { NO_ORDER } from '../../../../src/model/heal.ts';
import { Mind, replica, SILENT } from '../../../support/heal/sights.ts';

const SICK = { health: 'unhealthy' } as const;
const sickWeb = (slot: number) => replica('web', slot, SICK);

/** Six replicas of web, two on each of three hosts; those named are sick. */
function webOf(mind: Mind, ...sick: readonly number[]): Mind {
  for (const host of [1, 2, 3]) {
    const slots = [host * 2 - 1, host * 2];
    mind.put(`vm${host}`, ...slots.map((slot) => replica('web', slot, sick.includes(slot) ? SICK : {})));
  }
  return mind;
}

test('an unhealthy replica is replaced when a later look finds it unhealthy still, and it is told once', () => {
  const mind = webOf(new Mind(3), 3);
  const first = mind.at(0);
  expect(first.orders.shop?.distrusted).toEqual([]);
  expect(first.lookAt).toBe(2000);
  // The same look judged again proves nothing new.
  expect(mind.judgeAt(5000).orders.shop?.distrusted).toEqual([]);
  expect(mind.at(5500).orders.shop?.distrusted).toEqual(['vm2/shop.web.6.3']);
  expect(mind.at(6000).orders.shop?.distrusted).toEqual(['vm2/shop.web.6.3']);
  expect(mind.told).toEqual([
    {
      at: 5500,
      kind: 'replica-sick',
      app: 'shop',
      service: 'web',
      host: 'vm2',
      container: 'shop.web.6.3',
      cause: 'unhealthy',
    },
  ]);
});

test('a replica that was unhealthy in one look only is left alone', () => {
  const mind = webOf(new Mind(3), 3);
  mind.at(0);
  webOf(mind).at(3000);
  expect(webOf(mind, 3).at(6000).orders.shop?.distrusted).toEqual([]);
  expect(mind.told).toEqual([]);
});

test('a hung replica is replaced; one that runs no more is not hung', () => {
  const mind = webOf(new Mind(3));
  mind.hung = ['vm1/shop.web.6.1', 'vm1/shop.web.6.2'];
  mind.put('vm1', replica('web', 1), replica('web', 2, { state: 'exited' }));
  mind.at(0);
  expect(mind.at(3000).orders.shop?.distrusted).toEqual(['vm1/shop.web.6.1']);
  expect(mind.told.at(-1)).toMatchObject({ kind: 'replica-sick', cause: 'hung' });
});

test('at most a third of a service is replaced at one time, and the next one when one is done', () => {
  const mind = webOf(new Mind(3), 1, 3, 5);
  mind.at(0);
  expect(mind.at(3000).orders.shop?.distrusted).toEqual(['vm1/shop.web.6.1', 'vm2/shop.web.6.3']);
  mind.put('vm1', replica('web', 1, { release: 7 }), replica('web', 2));
  expect(mind.at(6000).orders.shop?.distrusted).toEqual(['vm2/shop.web.6.3', 'vm3/shop.web.6.5']);
});

test('replicas on lost hosts count as part of the service', () => {
  const mind = webOf(new Mind(3), 3, 4);
  mind.pulse('vm1', SILENT).at(0);
  expect(mind.at(3000).orders.shop?.distrusted).toEqual(['vm2/shop.web.6.3', 'vm2/shop.web.6.4']);
});

test('the only replica of a service may be replaced', () => {
  const mind = new Mind(1).put('vm1', sickWeb(1));
  mind.at(0);
  expect(mind.at(3000).orders.shop?.distrusted).toEqual(['vm1/shop.web.6.1']);
});

test('a replica that recovers by itself is trusted again, and it is told', () => {
  const mind = webOf(new Mind(3), 3);
  mind.at(0);
  mind.at(3000);
  expect(webOf(mind).at(6000).orders.shop?.distrusted).toEqual([]);
  expect(mind.told.at(-1)).toMatchObject({ at: 6000, kind: 'replica-well', container: 'shop.web.6.3' });
});

test('when all replicas are unhealthy at once, one is replaced, and no other while it has not helped', () => {
  const mind = webOf(new Mind(3), 1, 2, 3, 4, 5, 6);
  mind.at(0);
  expect(mind.at(3000).orders.shop?.distrusted).toEqual(['vm1/shop.web.6.1']);
  expect(mind.told.map(({ kind }) => kind)).toEqual(['replica-sick', 'service-sick']);
  // Its successor is unhealthy as well.
  mind.put('vm1', replica('web', 1, { release: 7, ...SICK }), sickWeb(2));
  mind.at(10_000);
  expect(mind.at(13_000).orders.shop?.distrusted).toEqual([]);
  expect(mind.told.at(-1)).toEqual({
    at: 13_000,
    kind: 'service-sick',
    app: 'shop',
    service: 'web',
    replicas: 6,
    helped: false,
  });
  expect(mind.at(612_999).orders.shop?.distrusted).toEqual([]);
  expect(mind.at(613_000).orders.shop?.distrusted).toEqual(['vm1/shop.web.6.2']);
});

test('when replacing the first one helped, the others follow by the third', () => {
  const mind = webOf(new Mind(3), 1, 2, 3, 4, 5, 6);
  mind.at(0);
  mind.at(3000);
  mind.put('vm1', replica('web', 1, { release: 7 }), sickWeb(2));
  expect(mind.at(9000).orders.shop?.distrusted).toEqual(['vm1/shop.web.6.2', 'vm2/shop.web.6.3']);
  webOf(mind).at(20_000);
  expect(mind.kinds().slice(-1)).toEqual(['service-well']);
});

test('a replica whose replacement failed rests for growing times, and another one has its turn', () => {
  const mind = webOf(new Mind(3), 1, 3, 5);
  mind.at(0);
  const order = mind.at(3000).orders.shop ?? NO_ORDER;
  mind.note({ order: { ...order, distrusted: ['vm1/shop.web.6.1'] }, end: 'failed', at: 4000 });
  expect(mind.at(5000)).toMatchObject({
    orders: { shop: { distrusted: ['vm2/shop.web.6.3', 'vm3/shop.web.6.5'] } },
    wakeAt: 14_000,
  });
  mind.note({ order: { ...order, distrusted: ['vm1/shop.web.6.1'] }, end: 'failed', at: 20_000 });
  expect(mind.at(39_999).orders.shop?.distrusted).not.toContain('vm1/shop.web.6.1');
  expect(mind.at(40_000).orders.shop?.distrusted).toContain('vm1/shop.web.6.1');
});

test('a slot that could not be filled is left alone for growing times, and the others go on', () => {
  const mind = webOf(new Mind(3), 1, 3);
  mind.at(0);
  const order = mind.at(3000).orders.shop ?? NO_ORDER;
  mind.note({ order, end: 'failed', blamed: ['web.1', 'db.1'], at: 4000 });
  expect(mind.at(5000)).toMatchObject({
    orders: { shop: { held: ['db.1', 'web.1'], distrusted: ['vm2/shop.web.6.3'] } },
    wakeAt: 14_000,
  });
  expect(mind.at(14_000).orders.shop).toMatchObject({ held: [] });
  mind.note({ order, end: 'failed', blamed: ['web.1'], at: 15_000 });
  expect(mind.at(16_000)).toMatchObject({ orders: { shop: { held: ['web.1'] } }, wakeAt: 35_000 });
  // Ten minutes later it is like any other.
  mind.at(635_000);
  mind.note({ order, end: 'failed', blamed: ['web.1'], at: 640_000 });
  expect(mind.at(641_000).wakeAt).toBe(650_000);
});

test('a replica that ended once is started again at once; twice, and it is left alone for growing times', () => {
  const mind = new Mind(2);
  const ended = (startedAt: number) => replica('web', 1, { state: 'exited', exitCode: 3, startedAt });
  mind.put('vm1', replica('web', 1, { startedAt: 1 })).at(0);
  expect(mind.put('vm1', ended(1)).at(1000).orders.shop?.held).toEqual([]);
  const second = mind.put('vm1', ended(2)).at(3000);
  expect(second.orders.shop?.held).toEqual(['web.1']);
  expect(second.wakeAt).toBe(13_000);
  expect(mind.at(12_999).orders.shop?.held).toEqual(['web.1']);
  expect(mind.at(13_000).orders.shop?.held).toEqual([]);
  const third = mind.put('vm1', ended(3)).at(15_000);
  expect(third).toMatchObject({ wakeAt: 35_000, wantsLogs: [{ host: 'vm1', container: 'shop.web.6.1' }] });
  expect(mind.told).toEqual([
    {
      at: 15_000,
      kind: 'crash-loop',
      app: 'shop',
      service: 'web',
      slot: 1,
      host: 'vm1',
      container: 'shop.web.6.1',
      deaths: 3,
      exitCode: 3,
      pauseMs: 20_000,
      logs: [],
    },
  ]);
});

test('the pauses of a crash loop grow to ten minutes, which is told again, and end after ten calm minutes', () => {
  const mind = new Mind(1);
  mind.put('vm1', replica('web', 1)).at(0);
  let now = 0;
  for (let restarts = 1; restarts <= 9; restarts++) {
    now += 1000;
    mind.put('vm1', replica('web', 1, { restarts })).at(now);
  }
  expect(mind.told.map((one) => one.kind === 'crash-loop' && [one.deaths, one.pauseMs])).toEqual([
    [3, 20_000],
    [8, 600_000],
  ]);
  mind.at(now + 1_199_999);
  expect(mind.kinds().at(-1)).toBe('crash-loop');
  mind.at(now + 1_200_000);
  expect(mind.kinds().at(-1)).toBe('crash-over');
});

test('a replica that Docker itself is restarting is left to Docker', () => {
  const mind = new Mind(1).put('vm1', replica('web', 1, { state: 'restarting', restarts: 7 }));
  expect(mind.at(0).orders.shop?.held).toEqual(['web.1']);
});

test('restarts from before the watcher began are nobody’s crash loop', () => {
  const mind = new Mind(1).put('vm1', replica('web', 1, { restarts: 57 }));
  mind.at(0);
  expect(mind.at(1000)).toMatchObject({ orders: { shop: { held: [] } }, reports: [] });
});

test('an old container beside the new one of its slot tells nothing about the slot', () => {
  const mind = new Mind(1);
  for (const startedAt of [1, 2, 3, 4]) {
    mind.put('vm1', replica('web', 1, { state: 'exited', startedAt }), replica('web', 1, { release: 7 })).at(startedAt);
  }
  expect(mind.told).toEqual([]);
});

test('orders of one app name nothing of another', () => {
  const mind = new Mind(1);
  mind.apps = ['blog', 'shop'];
  mind.put('vm1', sickWeb(1), replica('web', 1, { app: 'blog', name: 'blog.web.1.1', state: 'restarting' }));
  mind.at(0);
  expect(mind.at(3000).orders).toEqual({
    blog: { absences: {}, distrusted: [], held: ['web.1'], avoided: [] },
    shop: { absences: {}, distrusted: ['vm1/shop.web.6.1'], held: [], avoided: [] },
  });
});

test('after so many repairs within an hour an app is only reported, once, until an hour has passed', () => {
  const mind = new Mind(2, { maxRepairs: 2 });
  for (const at of [0, 1000]) mind.note({ order: NO_ORDER, end: 'done', at });
  const verdict = mind.at(2000);
  expect(verdict.orders).toEqual({});
  expect(verdict.wakeAt).toBe(3_600_000);
  mind.at(3000);
  expect(mind.at(3_600_000).orders).toEqual({ shop: NO_ORDER });
  expect(mind.told).toEqual([
    { at: 2000, kind: 'ceiling', app: 'shop', repairs: 2 },
    { at: 3_600_000, kind: 'ceiling-over', app: 'shop' },
  ]);
});

test('an order that failed is not tried again at once; another order is', () => {
  const mind = new Mind(4).pulse('vm1', SILENT);
  const order = mind.at(0).orders.shop ?? NO_ORDER;
  mind.note({ order, end: 'failed', at: 500 });
  expect(mind.at(1000)).toMatchObject({ orders: {}, wakeAt: 10_000 });
  // The grace is over: that is another order.
  expect(mind.at(10_000).orders.shop?.absences).toEqual({ vm1: 'gone' });
});

test('the same order failing again and again is tried after growing pauses', () => {
  const mind = new Mind(2);
  let now = 0;
  const pauses = [];
  for (let times = 0; times < 8; times++) {
    mind.note({ order: NO_ORDER, end: 'refused', at: now });
    const { wakeAt = now } = mind.at(now);
    pauses.push((wakeAt - now) / 1000);
    now = wakeAt;
  }
  expect(pauses).toEqual([10, 20, 40, 80, 160, 320, 600, 600]);
  mind.note({ order: NO_ORDER, end: 'done', at: now });
  expect(mind.at(now).orders).toEqual({ shop: NO_ORDER });
});
