import { expect, test } from 'vitest';
import { decideScale } from '../../../../src/compile/scale/decide.ts';
import type { Plan } from '../../../../src/model/plan.ts';
import { next } from '../../../support/compile/arbitrary-worlds.ts';
import { asked, deployed, now, planOf, tryPlan } from '../../../support/compile/deployed.ts';
import { runPlan } from '../../../support/compile/run-plan.ts';
import { running, service, world } from '../../../support/compile/worlds.ts';

const SHOP = world({
  hosts: 4,
  services: [service('api', { replicas: 2, ports: ['8080'] }), service('web', { replicas: 3, ports: ['80'] })],
});

const scale = (replicas: Readonly<Record<string, number>>) => ({ kind: 'scale', replicas }) as const;

/** What a watcher asks for. */
const watched = (replicas: Readonly<Record<string, number>>, avoided: readonly string[] = []) =>
  ({ kind: 'scale', replicas, watcher: { because: 'web 3 -> 5: window of today', avoided } }) as const;

const HEAL = { kind: 'heal', order: { absences: {}, distrusted: [], held: [], avoided: [] } } as const;

const SCALED = { min: 1, max: 12, upAfterMs: 0, downAfterMs: 0, windows: [] };

/** One service that a watcher may scale. */
const WINDOWED = world({ hosts: 4, services: [service('web', { replicas: 3, ports: ['80'], scale: SCALED })] });

/** What the record says of numbers. */
function counts({ machines }: ReturnType<typeof deployed>): unknown {
  const { replicas, scaled } = machines.get('vm1')?.releases.get('shop')?.at(-1) ?? {};
  return { replicas, scaled };
}

function moves({ services }: Plan): string[] {
  return services.flatMap(({ starts, stops }) => [
    ...starts.map(({ replica }) => `+ ${replica}`),
    ...stops.map(({ replica }) => `- ${replica}`),
  ]);
}

test('more replicas of one service start in its own release, and nobody else is touched', () => {
  const fleet = deployed(SHOP);
  const plan = planOf(asked(SHOP, fleet, scale({ web: 5 })));
  expect(plan.release).toBe(1);
  expect(moves(plan)).toEqual(['+ shop.web.1.4', '+ shop.web.1.5']);
  runPlan(plan, fleet);
  expect(planOf(asked(SHOP, fleet, scale({ web: 5 }))).steps).toEqual([]);
});

test('fewer replicas go, the highest slots first; back up again the names are free', () => {
  const fleet = deployed(SHOP);
  runPlan(planOf(asked(SHOP, fleet, scale({ web: 12 }))), fleet);
  const down = planOf(asked(SHOP, fleet, scale({ web: 3 })));
  expect(moves(down).every((text) => text.startsWith('- shop.web.'))).toBe(true);
  expect(moves(down)).toHaveLength(9);
  runPlan(down, fleet);
  expect(moves(planOf(asked(SHOP, fleet, scale({ web: 4 }))))).toEqual(['+ shop.web.1.4']);
});

test('what was scaled stays scaled for a repair, and a deploy from files asks for its own number again', () => {
  const fleet = deployed(SHOP);
  runPlan(planOf(asked(SHOP, fleet, scale({ web: 5 }))), fleet);
  const order = { absences: {}, distrusted: [], held: [], avoided: [] };
  expect(planOf(asked(SHOP, fleet, { kind: 'heal', order })).steps).toEqual([]);
  const again = planOf(now(SHOP, fleet));
  expect(moves(again)).toEqual(['- shop.web.1.4', '- shop.web.1.5']);
});

test('an unhealthy replica of another service is not touched by a scale', () => {
  const fleet = deployed(SHOP);
  for (const machine of fleet.machines.values()) {
    for (const [name, one] of machine.containers)
      if (one.service === 'api') machine.containers.set(name, { ...running(name), ...one, health: 'unhealthy' });
  }
  expect(moves(planOf(asked(SHOP, fleet, scale({ web: 4 }))))).toEqual(['+ shop.web.1.4']);
});

test('a service that is not there, a job, and one of every host can not be scaled, all said at once', () => {
  const question = world({
    services: [service('agent', { mode: 'global' }), service('migrate', { job: 'pre-deploy' }), service('web')],
  });
  const fleet = deployed(question);
  const refused = asked(question, fleet, scale({ agent: 2, migrate: 2, wbe: 2 }));
  expect(tryPlan(refused)).toBeUndefined();
  expect(() => planOf(refused)).toThrow('agent runs once on every host');
});

test('a deploy from files keeps the number of a service that is scaled by load or calendar, within its bounds', () => {
  const policy = { min: 2, max: 6, cpuShare: 0.7, upAfterMs: 0, downAfterMs: 0, windows: [] };
  const web = (scaled: typeof policy) => service('web', { replicas: 3, ports: ['80'], scale: scaled });
  const question = world({ hosts: 4, services: [web(policy)] });
  const fleet = deployed(question);
  runPlan(planOf(asked(question, fleet, scale({ web: 5 }))), fleet);
  expect(planOf(now(question, fleet)).steps).toEqual([]);
  const tighter = next(question, [web({ ...policy, max: 4 })]);
  expect(moves(planOf(now(tighter, fleet)))).toEqual(['- shop.web.1.5']);
});

test('what a watcher asks for runs, and what people declared stays on record; asked for again, it is forgotten', () => {
  const fleet = deployed(WINDOWED);
  runPlan(planOf(asked(WINDOWED, fleet, watched({ web: 5 }))), fleet);
  expect(counts(fleet)).toEqual({ replicas: undefined, scaled: { web: 5 } });
  expect(planOf(asked(WINDOWED, fleet, HEAL)).steps).toEqual([]);
  const back = planOf(asked(WINDOWED, fleet, watched({ web: 3 })));
  expect(moves(back).sort()).toEqual(['- shop.web.1.4', '- shop.web.1.5']);
  runPlan(back, fleet);
  expect(counts(fleet)).toEqual({ replicas: undefined, scaled: undefined });
});

test('a person who scales declares the number from then on, whatever the watcher asked for', () => {
  const fleet = deployed(WINDOWED);
  runPlan(planOf(asked(WINDOWED, fleet, watched({ web: 5 }))), fleet);
  runPlan(planOf(asked(WINDOWED, fleet, scale({ web: 4 }))), fleet);
  expect(counts(fleet)).toEqual({ replicas: { web: 4 }, scaled: undefined });
  runPlan(planOf(asked(WINDOWED, fleet, watched({ web: 8 }))), fleet);
  expect(counts(fleet)).toEqual({ replicas: { web: 4 }, scaled: { web: 8 } });
});

test('a person who asks for the number that runs already makes it the declared one', () => {
  const fleet = deployed(WINDOWED);
  runPlan(planOf(asked(WINDOWED, fleet, watched({ web: 5 }))), fleet);
  const plan = planOf(asked(WINDOWED, fleet, scale({ web: 5 })));
  expect(moves(plan)).toEqual([]);
  runPlan(plan, fleet);
  expect(counts(fleet)).toEqual({ replicas: { web: 5 }, scaled: undefined });
});

test('a deploy from files declares anew, and leaves running what the watcher asked for, within the new bounds', () => {
  const fleet = deployed(WINDOWED);
  runPlan(planOf(asked(WINDOWED, fleet, watched({ web: 9 }))), fleet);
  const files = next(WINDOWED, [service('web', { replicas: 2, ports: ['80'], scale: { ...SCALED, max: 7 } })]);
  const plan = planOf(now(files, fleet));
  expect(moves(plan).sort()).toEqual(['- shop.web.1.8', '- shop.web.1.9']);
  runPlan(plan, fleet);
  expect(counts(fleet)).toEqual({ replicas: undefined, scaled: { web: 7 } });
});

test('what nothing in the files scales any more goes back to what the files say', () => {
  const fleet = deployed(WINDOWED);
  runPlan(planOf(asked(WINDOWED, fleet, watched({ web: 5 }))), fleet);
  const files = next(WINDOWED, [service('web', { replicas: 3, ports: ['80'] })]);
  runPlan(planOf(now(files, fleet)), fleet);
  expect(counts(fleet)).toEqual({ replicas: undefined, scaled: undefined });
  expect(planOf(now(files, fleet)).placements.map(({ slot }) => slot)).toEqual([1, 2, 3]);
});

test('a watcher starts what fits and is told of the rest, where a person is refused', () => {
  const big = service('web', { replicas: 3, ports: ['80'], scale: SCALED, reservation: { cpus: 1, memoryBytes: 0 } });
  const question = world({ hosts: 4, services: [big] });
  const fleet = deployed(question);
  const cpus = [...fleet.machines.values()].reduce((sum, machine) => sum + machine.report.cpus, 0);
  expect(tryPlan(asked(question, fleet, scale({ web: cpus + 2 })))).toBeUndefined();
  const plan = planOf(asked(question, fleet, watched({ web: cpus + 2 })));
  expect(moves(plan)).toHaveLength(cpus - 3);
  expect(plan.warnings.filter(({ code }) => code === 'W_UNPLACED').map(({ message }) => message)).toEqual([
    expect.stringContaining(`web: 2 of ${cpus + 2} replicas fit nowhere`),
  ]);
});

test('a host that comes and goes gets nothing of what a watcher asks for', () => {
  const fleet = deployed(WINDOWED);
  const plan = planOf(asked(WINDOWED, fleet, watched({ web: 12 }, ['vm2'])));
  expect(plan.services.flatMap(({ starts }) => starts.map(({ host }) => host))).not.toContain('vm2');
});

test('the audit log says why a watcher scaled', () => {
  const plan = planOf(asked(WINDOWED, deployed(WINDOWED), watched({ web: 5 })));
  const texts = plan.steps.flatMap(({ commands }) =>
    commands.flatMap((one) => (one.kind === 'run' && one.stdin?.kind === 'stamped' ? [one.stdin.text] : [])),
  );
  expect(texts.filter((text) => text.includes('"detail":"web 3 -> 5: window of today"'))).not.toEqual([]);
});

test('a campaign on hosts: what the calendar asks for is planned, carried out, and taken back to what a person declared', () => {
  const day = Date.parse('2026-11-27T00:00:00Z');
  const hour = 3_600_000;
  const window = { kind: 'dates', replicas: 8, timeZone: 'UTC', warmUpMs: 300_000 } as const;
  const windows = [{ ...window, startAt: day + 8 * hour, endAt: day + 10 * hour }];
  const question = world({
    hosts: 4,
    services: [service('web', { replicas: 3, ports: ['80'], scale: { ...SCALED, windows } })],
  });
  const fleet = deployed(question);
  const said: string[] = [];
  for (let at = day + 7 * hour; at <= day + 11 * hour; at += 150_000) {
    if (at === day + 9 * hour) runPlan(planOf(asked(question, fleet, scale({ web: 4 }))), fleet);
    const { settled } = asked(question, fleet, HEAL);
    if (settled === undefined) throw new Error('nothing is on record');
    const { services } = settled.body.playbook;
    const look = { services, record: settled.record, now: at, load: {}, cpuSince: undefined, memory: {} };
    for (const { service: name, from, to } of decideScale(look).changes) {
      said.push(`${new Date(at).toISOString().slice(11, 19)} ${name} ${from} -> ${to}`);
      runPlan(planOf(asked(question, fleet, watched({ [name]: to }))), fleet);
    }
  }
  expect(said).toEqual(['07:55:00 web 3 -> 8', '09:00:00 web 4 -> 8', '10:00:00 web 8 -> 4']);
  expect(counts(fleet)).toEqual({ replicas: { web: 4 }, scaled: undefined });
});
