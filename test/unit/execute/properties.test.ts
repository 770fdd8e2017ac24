import fc from 'fast-check';
import { expect, test } from 'vitest';
import { execute } from '../../../src/execute/index.ts';
import { FleetError } from '../../../src/model/error.ts';
import type { Event, Outcome } from '../../../src/model/event.ts';
import type { Step } from '../../../src/model/plan.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { FakeShell } from '../../support/fake-shell.ts';
import { run } from '../../support/plan-builders.ts';
import { planOf, stepOf } from '../../support/plans.ts';

interface World {
  readonly steps: readonly Step[];
  /** Line -> what it does. */
  readonly faults: ReadonlyMap<string, 'exit' | 'lost'>;
  readonly takesMs: readonly number[];
  readonly perHost: number;
  /** When the user interrupts, after the start. */
  readonly interruptMs?: number;
}

interface Trace {
  readonly world: World;
  readonly outcome: Outcome;
  readonly events: readonly Event[];
  readonly shell: FakeShell;
}

/** Any graph of up to 14 steps on 3 hosts: a step may need any earlier one, and the plan's order is then shuffled. */
const worlds: fc.Arbitrary<World> = fc
  .array(
    fc.record({
      host: fc.constantFrom('vm1', 'vm2', 'vm3'),
      needs: fc.array(fc.nat({ max: 13 }), { maxLength: 3 }),
      commands: fc.integer({ min: 0, max: 3 }),
      hasUndo: fc.boolean(),
      fault: fc.oneof({ weight: 8, arbitrary: fc.constant('none') }, fc.constantFrom('exit', 'lost', 'undo')),
    }),
    { minLength: 1, maxLength: 14 },
  )
  .chain((shapes) =>
    fc.record({
      shapes: fc.constant(shapes),
      order: fc.shuffledSubarray([...shapes.keys()], { minLength: shapes.length }),
      commit: fc.option(fc.nat({ max: shapes.length - 1 }), { nil: undefined }),
      takesMs: fc.array(fc.nat({ max: 50 }), { minLength: 1, maxLength: 20 }),
      perHost: fc.integer({ min: 1, max: 4 }),
      interruptMs: fc.option(fc.nat({ max: 100 }), { nil: undefined, freq: 3 }),
    }),
  )
  .map(({ shapes, order, commit, takesMs, perHost, interruptMs }) => {
    const faults = new Map<string, 'exit' | 'lost'>();
    const made = shapes.map((shape, index): Step => {
      const id = `s${index}`;
      if (shape.fault === 'undo') faults.set(`undo ${id}`, 'exit');
      else if (shape.fault !== 'none') faults.set(`${id}.${Math.max(0, shape.commands - 1)}`, shape.fault as 'exit');
      return stepOf(id, {
        host: shape.host,
        needs: index === 0 ? [] : [...new Set(shape.needs.map((need) => `s${need % index}`))],
        commands: Array.from({ length: shape.commands }, (_, nth) => run(`${id}.${nth}`)),
        undo: shape.hasUndo ? [run(`undo ${id}`)] : [],
        ...(index === commit ? { action: { kind: 'commit' } as const } : {}),
      });
    });
    const steps = order.flatMap((index) => made[index] ?? []);
    return { steps, faults, takesMs, perHost, ...(interruptMs === undefined ? {} : { interruptMs }) };
  });

async function carryOut(world: World): Promise<Trace> {
  const clock = new FakeClock();
  const shell = new FakeShell(clock);
  let nth = 0;
  shell.on(/./, ({ line }) => {
    const takesMs = world.takesMs[nth++ % world.takesMs.length] ?? 0;
    const fault = world.faults.get(line);
    if (fault === 'lost') return { takesMs, error: new FleetError('E_HOST_UNREACHABLE', 'no answer') };
    return { takesMs, code: fault === 'exit' ? 1 : 0 };
  });
  const interrupt = new AbortController();
  const { interruptMs } = world;
  if (interruptMs !== undefined) void clock.sleep(interruptMs).then(() => interrupt.abort());
  const events: Event[] = [];
  const outcome = await execute(planOf(world.steps), {
    shell,
    clock,
    secrets: new Map(),
    by: 'ann',
    signal: interrupt.signal,
    emit: (event) => events.push(event),
    perHost: world.perHost,
  });
  return { world, outcome, events, shell };
}

async function holds(check: (trace: Trace) => void): Promise<void> {
  await fc.assert(
    fc.asyncProperty(worlds, async (world) => check(await carryOut(world))),
    { numRuns: 150 },
  );
}

/** Ids of events of these kinds, in order. */
function idsOf(events: readonly Event[], ...kinds: readonly Event['kind'][]): readonly string[] {
  return events.flatMap((event) => (kinds.includes(event.kind) && 'id' in event ? [event.id] : []));
}

/** All that the step needs, and what they need. */
function allNeedsOf(id: string, steps: readonly Step[]): readonly string[] {
  const needs = steps.find((step) => step.id === id)?.needs ?? [];
  return [...new Set(needs.flatMap((need) => [need, ...allNeedsOf(need, steps)]))];
}

test('every step begins only after all its needs are done', async () => {
  await holds(({ world, events }) => {
    const done = new Set<string>();
    for (const event of events) {
      if (event.kind === 'step-done') done.add(event.id);
      if (event.kind !== 'step-started') continue;
      const step = world.steps.find(({ id }) => id === event.id);
      expect(step?.needs.every((need) => done.has(need))).toBe(true);
    }
  });
});

test('each started step with an undo is undone once when the plan ends before its commit, and else never', async () => {
  await holds(({ world, outcome, events, shell }) => {
    const started = new Set(idsOf(events, 'step-started'));
    const mustUndo = outcome.kind !== 'done' && !outcome.committed;
    const wanted = world.steps.filter(({ id, undo }) => mustUndo && started.has(id) && undo.length > 0);
    const dealtWith = idsOf(events, 'step-undone', 'undo-failed');
    expect([...dealtWith].sort()).toEqual(wanted.map(({ id }) => id).sort());
    const lines = shell.calls.map(({ line }) => line).filter((line) => line.startsWith('undo '));
    expect(new Set(lines).size).toBe(lines.length);
  });
});

test('nothing is taken back before all that needed it is dealt with', async () => {
  await holds(({ world, events }) => {
    const dealtWith = idsOf(events, 'step-undone', 'undo-failed');
    const place = new Map(dealtWith.map((id, index) => [id, index]));
    for (const id of dealtWith) {
      for (const need of allNeedsOf(id, world.steps)) {
        const [needer, needed] = [place.get(id), place.get(need)];
        if (needer !== undefined && needed !== undefined) expect(needer).toBeLessThan(needed);
      }
    }
  });
});

test('a host never has more commands in flight than allowed', async () => {
  await holds(({ world, shell }) => {
    for (const { inFlight } of shell.calls) expect(inFlight).toBeLessThanOrEqual(world.perHost);
  });
});

test('no step begins and nothing is undone while another step still runs after a failure', async () => {
  await holds(({ world, events }) => {
    const ended = new Set<Event['kind']>(['step-done', 'step-failed', 'step-skipped']);
    const running = new Set<string>();
    for (const event of events) {
      if (event.kind === 'step-started') running.add(event.id);
      else if ('id' in event && ended.has(event.kind)) running.delete(event.id);
      if (event.kind === 'undo-started') expect([...running]).toEqual([]);
    }
    const firstUndo = events.findIndex(({ kind }) => kind === 'undo-started');
    const lastStart = events.findLastIndex(({ kind }) => kind === 'step-started');
    if (firstUndo >= 0) expect(lastStart).toBeLessThan(firstUndo);
    expect(world.steps.length).toBeGreaterThan(0);
  });
});

test('the events tell the same story as the outcome', async () => {
  await holds(({ world, outcome, events }) => {
    const done = idsOf(events, 'step-done');
    const failed = idsOf(events, 'step-failed');
    const skipped = idsOf(events, 'step-skipped');
    expect(events[0]).toMatchObject({ kind: 'plan-started', steps: world.steps.length });
    expect(events.at(-1)).toMatchObject({ kind: 'plan-done', result: outcome });
    expect([...done, ...failed, ...skipped].sort()).toEqual(world.steps.map(({ id }) => id).sort());
    expect(outcome.done).toBe(done.length);
    expect([...outcome.failed].sort()).toEqual([...failed].sort());
    expect(outcome.undone).toBe(idsOf(events, 'step-undone').length);
    expect(outcome.left).toHaveLength(idsOf(events, 'undo-failed').length);
    expect(outcome.kind === 'done').toBe(done.length === world.steps.length);
    const commits = world.steps.filter(({ action }) => action.kind === 'commit').map(({ id }) => id);
    expect(outcome.committed).toBe(commits.some((id) => done.includes(id)));
  });
});
