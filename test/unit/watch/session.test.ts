import { expect, test } from 'vitest';
import { FleetError } from '../../../src/model/error.ts';
import { aContainer } from '../../support/fake-stages.ts';
import { aPlan } from '../../support/plan-builders.ts';
import { stepOf } from '../../support/plans.ts';
import { repairPlan, startStep, WatchedFleet } from '../../support/watch/fleet.ts';

/** A fleet whose lost host keeps everybody waiting for ten seconds, as a dead TCP connection does. */
function dyingFleet(more: ConstructorParameters<typeof WatchedFleet>[0] = {}): WatchedFleet {
  const fleet = new WatchedFleet(more);
  const error = new FleetError('E_HOST_UNREACHABLE', 'timed out');
  fleet.base.shell.on(/./, ({ host }) => (fleet.lost.has(host) ? { takesMs: 10_000, error } : {}));
  return fleet;
}

test('with nothing to do it looks every thirty seconds, takes no lease and tells nothing', async () => {
  const fleet = new WatchedFleet();
  await fleet.watch(() => fleet.until(100_000));
  expect(fleet.logged('look')).toEqual(['0 look', '30000 look', '60000 look', '90000 look']);
  expect(fleet.logged('lease')).toEqual([]);
  expect(fleet.told.map(({ kind }) => kind)).toEqual(['watch-started', 'watch-ended']);
  expect(fleet.told[0]).toMatchObject({ hosts: 3, apps: ['shop'] });
});

test('a lost host is out as soon as it is known, and its replicas start elsewhere ten seconds later', async () => {
  const fleet = dyingFleet();
  const orders: string[] = [];
  fleet.plan = ({ absences }) => {
    const text = absences.vm3 ?? '';
    const isNew = text !== '' && !orders.includes(text);
    return isNew ? repairPlan(stepOf(`vm3 is ${text}`)) : aPlan();
  };
  fleet.base.shell.on(/^vm3 is/, ({ line }) => {
    orders.push(line.replace('vm3 is ', ''));
    return {};
  });
  await fleet.watch(async () => {
    await fleet.until(5000);
    fleet.lose('vm3');
    await fleet.until(20_000);
  });
  expect(fleet.logged('lease')).toEqual(['5000 lease shop', '15000 lease shop']);
  expect(fleet.kinds()).toEqual(['5000 host-lost', '5000 repaired', '15000 host-gone', '15000 repaired']);
  expect(orders).toEqual(['away', 'gone']);
});

test('a host that is lost while it is looked at holds up neither the look nor the repair', async () => {
  const fleet = dyingFleet();
  fleet.lost.add('vm3');
  await fleet.watch(async () => {
    await fleet.until(2000);
    fleet.lose('vm3');
    await fleet.until(4000);
    expect(fleet.kinds()).toEqual(['2000 host-lost']);
  });
});

test('a silent host whose replicas answer others stays in the routers; it leaves when they stop', async () => {
  const fleet = dyingFleet();
  const absences: unknown[] = [];
  fleet.plan = (order) => {
    absences.push(order.absences);
    return aPlan();
  };
  await fleet.watch(async () => {
    await fleet.until(1000);
    fleet.reaches = [{ host: 'vm3', asked: 4, answered: 3 }];
    fleet.lose('vm3');
    await fleet.until(9500);
    fleet.reaches = [{ host: 'vm3', asked: 4, answered: 0 }];
    await fleet.until(12_000);
  });
  expect(fleet.kinds()).toEqual(['1000 host-serving', '11000 host-lost']);
  expect(new Set(absences.map((one) => JSON.stringify(one)))).toEqual(
    new Set(['{}', '{"vm3":"serving"}', '{"vm3":"away"}']),
  );
});

test('a host whose pulse is back before its replicas were asked for was never lost', async () => {
  const fleet = dyingFleet();
  await fleet.watch(async () => {
    await fleet.until(1000);
    fleet.lose('vm3');
    fleet.find('vm3');
    await fleet.until(40_000);
  });
  expect(fleet.kinds()).toEqual([]);
});

test('many events together are one look, and what happens during a look is seen by another', async () => {
  const fleet = new WatchedFleet();
  fleet.base.shell.on('report', { takesMs: 400 });
  await fleet.watch(async () => {
    await fleet.until(5000);
    for (let count = 0; count < 50; count++) fleet.event();
    await fleet.until(5300);
    fleet.event();
    await fleet.until(20_000);
  });
  expect(fleet.logged('look')).toEqual(['0 look', '5200 look', '6600 look']);
});

test('events of its own repair cause no look before the repair has ended', async () => {
  const fleet = new WatchedFleet();
  let isDue = true;
  fleet.plan = () => (isDue ? repairPlan(startStep('start')) : aPlan());
  fleet.base.shell.on('start', () => {
    isDue = false;
    return { takesMs: 5000 };
  });
  await fleet.watch(async () => {
    await fleet.until(1000);
    fleet.event();
    await fleet.until(2000);
    fleet.event();
    await fleet.until(9000);
  });
  // The first look finds the work, the lease brings a second one, and the end of the repair a third.
  expect(fleet.logged('look')).toEqual(['0 look', '0 look', '5000 look']);
});

test('two plans of one app never run at once, and apps do not wait for each other', async () => {
  const fleet = new WatchedFleet({ apps: ['blog', 'shop'] });
  fleet.plan = (_, app) => repairPlan(startStep(`start ${app}`));
  fleet.base.shell.on(/^start/, { takesMs: 3000 });
  await fleet.watch(async () => {
    for (let at = 500; at < 9000; at += 500) {
      await fleet.until(at);
      fleet.feelers?.onHung([]);
    }
  });
  const moves = fleet.log.filter((line) => / (lease|release) shop/.test(line)).map((line) => line.split(' ')[1]);
  expect(moves).toEqual(moves.map((_, index) => (index % 2 === 0 ? 'lease' : 'release')));
  expect(fleet.logged('lease').slice(0, 2)).toEqual(['0 lease blog', '0 lease shop']);
});

test('a repair that somebody else holds up is told once and tried again five seconds later', async () => {
  const fleet = new WatchedFleet();
  fleet.plan = () => repairPlan(stepOf('fix'));
  fleet.holder = 'bob@ci is at work';
  fleet.base.shell.on('fix', () => {
    fleet.plan = () => aPlan();
    return {};
  });
  await fleet.watch(async () => {
    await fleet.until(12_000);
    fleet.holder = undefined;
    await fleet.until(20_000);
  });
  expect(fleet.logged('lease')).toEqual(['0 lease shop', '5000 lease shop', '10000 lease shop', '15000 lease shop']);
  expect(fleet.kinds()).toEqual(['0 lease-held', '15000 repaired']);
});

test('a host that is lost while something slow is repaired breaks that off, and is out within two seconds', async () => {
  const fleet = dyingFleet();
  fleet.plan = ({ absences }) =>
    absences.vm3 === undefined ? repairPlan(startStep('pull for ever', 'vm2')) : repairPlan(stepOf('vm3 out'));
  fleet.base.shell.on('pull for ever', { takesMs: 600_000 });
  fleet.base.shell.on('vm3 out', () => {
    fleet.plan = () => aPlan();
    return {};
  });
  await fleet.watch(async () => {
    await fleet.until(4000);
    fleet.lose('vm3');
    await fleet.until(9000);
  });
  expect(fleet.kinds()).toEqual(['4000 host-lost', '6000 repair-interrupted', '6000 repaired']);
});

test('a quick repair is not broken off: it ends before that would help', async () => {
  const fleet = dyingFleet({ hosts: 5 });
  let isDue = true;
  fleet.plan = ({ absences }) => {
    if (absences.vm4 === 'away') return aPlan();
    return isDue && absences.vm3 !== undefined ? repairPlan(stepOf('vm3 out')) : aPlan();
  };
  fleet.base.shell.on('vm3 out', () => {
    isDue = false;
    return { takesMs: 1500 };
  });
  await fleet.watch(async () => {
    await fleet.until(1000);
    fleet.lose('vm3');
    await fleet.until(2000);
    fleet.lose('vm4');
    await fleet.until(5000);
  });
  expect(fleet.kinds()).toEqual(['1000 host-lost', '2000 host-lost', '2500 repaired']);
});

test('a repair that fails is told once and tried again after growing pauses', async () => {
  const fleet = new WatchedFleet();
  fleet.plan = () => repairPlan(stepOf('fix'));
  fleet.base.shell.on('fix', { code: 1, stderr: 'no such image' });
  await fleet.watch(() => fleet.until(75_000));
  expect(fleet.logged('lease').map((line) => Number(line.split(' ')[0]))).toEqual([0, 10_000, 30_000, 70_000]);
  expect(fleet.kinds()).toEqual(['0 repair-failed']);
  expect(fleet.told[1]).toMatchObject({ kind: 'repair-failed', why: [expect.stringContaining('no such image')] });
});

test('a service that can not be started is left alone, and the rest of the order is carried out', async () => {
  const fleet = new WatchedFleet();
  const placements = ['api', 'web'].map((service) => ({ ...placed(service), change: 'starts' as const }));
  const done = new Set<string>();
  fleet.plan = ({ held }) => {
    const services = ['api', 'web'].filter((service) => !done.has(service) && !held.includes(`${service}.1`));
    if (services.length === 0) return aPlan();
    const starts = services.map((service) =>
      stepOf(`start ${service}`, { action: { kind: 'start', service, replica: `shop.${service}.6.1` } }),
    );
    return { ...repairPlan(...starts), placements };
  };
  fleet.base.shell.on('start api', { code: 125, stderr: 'no such image' });
  fleet.base.shell.on('commit', () => {
    done.add('web');
    return {};
  });
  await fleet.watch(() => fleet.until(9000));
  expect(fleet.kinds()).toEqual(['0 repair-failed', '0 repaired']);
});

test('what is missing is started before anything sick is replaced', async () => {
  const fleet = new WatchedFleet();
  const { vm1 } = fleet.hosts;
  if (vm1 !== undefined) fleet.hosts.vm1 = { ...vm1, containers: [aContainer('web', { health: 'unhealthy' })] };
  let isMissing = false;
  fleet.plan = ({ distrusted }) => {
    const steps = [...(isMissing ? ['start api'] : []), ...distrusted.map((key) => `replace ${key}`)];
    return steps.length === 0 ? aPlan() : repairPlan(...steps.map((id) => stepOf(id)));
  };
  fleet.base.shell.on('start api', () => {
    isMissing = false;
    return {};
  });
  await fleet.watch(async () => {
    await fleet.until(1500);
    isMissing = true;
    await fleet.until(2500);
  });
  const lines = fleet.base.shell.lines().filter((line) => /start|replace/.test(line));
  expect(lines.slice(0, 2)).toEqual(['vm1: start api', 'vm1: replace vm1/shop.web.6.1']);
});

test('what fits nowhere is told once, and once when it fits again', async () => {
  const fleet = new WatchedFleet();
  const warning = { code: 'W_UNPLACED', message: 'web: 1 of 4 replicas fits nowhere' };
  fleet.plan = () => aPlan({ warnings: fleet.now < 50_000 ? [warning] : [] });
  await fleet.watch(() => fleet.until(100_000));
  expect(fleet.kinds()).toEqual(['0 does-not-fit', '60000 fits-again']);
});

test('an app that nobody has the release of is told once and left alone', async () => {
  const fleet = new WatchedFleet();
  const stages = { ...fleet.stages, readBody: async () => undefined };
  Object.assign(fleet.stages, stages);
  await fleet.watch(() => fleet.until(100_000));
  expect(fleet.kinds()).toEqual(['0 no-release']);
  expect(fleet.logged('lease')).toEqual([]);
});

test('only the apps that are named are watched', async () => {
  const fleet = new WatchedFleet({ apps: ['blog', 'shop'] });
  await fleet.watch(() => fleet.until(1000), { apps: ['blog'] });
  expect(fleet.logged('compile')).toEqual(['0 compile blog {}']);
});

test('the same look is compiled once, however often it is judged', async () => {
  const fleet = new WatchedFleet();
  await fleet.watch(async () => {
    for (let at = 100; at < 10_000; at += 100) {
      await fleet.until(at);
      fleet.feelers?.onHung([]);
    }
  });
  expect(fleet.logged('compile').length).toBe(1);
});

test('a bug is told once, and the watcher goes on', async () => {
  const fleet = new WatchedFleet();
  fleet.plan = () => {
    throw new TypeError('x is not a function');
  };
  await fleet.watch(() => fleet.until(100_000));
  expect(fleet.kinds()).toEqual(['0 trouble']);
  expect(fleet.logged('look').length).toBeGreaterThan(3);
});

test('a crash loop is told with the last lines that the replica wrote', async () => {
  const fleet = new WatchedFleet();
  const { vm1 } = fleet.hosts;
  fleet.base.shell.on(/^docker logs/, { stdout: 'starting\nno database\n' });
  await fleet.watch(async () => {
    for (let restarts = 0; restarts < 4; restarts++) {
      if (vm1 !== undefined) fleet.hosts.vm1 = { ...vm1, containers: [crashing(restarts)] };
      await fleet.until(restarts * 5000 + 100);
      fleet.event();
      await fleet.until(restarts * 5000 + 4000);
    }
  });
  expect(fleet.base.shell.lines().filter((line) => line.includes('docker logs'))).toEqual([
    'vm1: docker logs --tail 20 shop.web.6.1 2>&1',
  ]);
  expect(fleet.told.find(({ kind }) => kind === 'crash-loop')).toMatchObject({ logs: ['starting', 'no database'] });
});

function placed(service: string) {
  const replica = `shop.${service}.6.1`;
  return { service, slot: 1, replica, host: 'vm1', address: '', ports: [], image: service };
}

function crashing(restarts: number) {
  return aContainer('web', { restarts });
}

test('when it is to end it finishes what is in flight, takes it back, and tells that it has ended', async () => {
  const fleet = new WatchedFleet();
  fleet.plan = () => repairPlan(startStep('start'));
  fleet.base.shell.on('start', { takesMs: 5000 });
  await fleet.watch(() => fleet.until(1000));
  expect(fleet.now).toBe(5000);
  expect(fleet.base.shell.lines().filter((line) => line.includes('start'))).toEqual(['vm1: start', 'vm1: undo start']);
  expect(fleet.told.map(({ kind }) => kind)).toEqual(['watch-started', 'repair-interrupted', 'watch-ended']);
  expect(fleet.base.calls.at(-1)).toBe('close');
});

test('when it is to end at once it does not wait', async () => {
  const fleet = new WatchedFleet();
  fleet.plan = () => repairPlan(startStep('start'));
  fleet.base.shell.on('start', { takesMs: 500_000 });
  await fleet.watch(async () => {
    await fleet.until(1000);
    fleet.stop.abort();
    fleet.stopNow.abort();
  });
  expect(fleet.now).toBe(1000);
});

test('a watcher that stood still for an hour gives a lost host its grace anew', async () => {
  const fleet = dyingFleet();
  await fleet.watch(async () => {
    await fleet.until(1000);
    fleet.lose('vm3');
    await fleet.until(3000);
    fleet.base.clock.jump(3_600_000);
    await fleet.sleep(9000);
    expect(fleet.told.map(({ kind }) => kind)).not.toContain('host-gone');
    await fleet.sleep(3000);
    expect(fleet.told.map(({ kind }) => kind)).toContain('host-gone');
  });
});

test('another inventory ends the session and keeps what is remembered', async () => {
  const fleet = dyingFleet({ hosts: 4 });
  await fleet.watch(async () => {
    await fleet.until(1000);
    fleet.lose('vm4');
    await fleet.until(12_000);
    const inventory = await fleet.base.loadInventory(fleet.request().files);
    fleet.inventory = { ...inventory, hosts: inventory.hosts.filter(({ name }) => name !== 'vm3') };
    fleet.reload();
    await fleet.until(20_000);
    fleet.reload();
    await fleet.until(25_000);
  });
  expect(fleet.told.map(({ kind }) => kind)).toEqual([
    'watch-started',
    'host-lost',
    'host-gone',
    'reloaded',
    'reloaded',
    'watch-ended',
  ]);
  expect(fleet.told[3]).toMatchObject({ hosts: 3 });
});

test('an inventory that can not be read changes nothing', async () => {
  const fleet = new WatchedFleet();
  await fleet.watch(async () => {
    await fleet.until(1000);
    Object.assign(fleet.stages, { loadInventory: async () => Promise.reject(new FleetError('E_YAML', 'line 3')) });
    fleet.reload();
    await fleet.until(40_000);
  });
  expect(fleet.kinds()).toEqual(['1000 reload-failed']);
  expect(fleet.logged('look').length).toBe(2);
});
