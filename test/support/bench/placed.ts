/** The decisions of a plan without its words: who goes where, at which ports, in which wave, and what one lost host does. */
import { allocate } from '../../../src/compile/desire/addresses.ts';
import { worldOf } from '../../../src/compile/desire/make-world.ts';
import { reachOf } from '../../../src/compile/desire/networks.ts';
import { type Situation, situationOf } from '../../../src/compile/desire/situation.ts';
import { type Desired, desire } from '../../../src/compile/desire/spec.ts';
import { servingOf } from '../../../src/compile/desire/traffic.ts';
import type { World } from '../../../src/compile/desire/world.ts';
import type { Question } from '../../../src/compile/index.ts';
import type { Start, Task } from '../../../src/compile/place/planned.ts';
import { roomOf } from '../../../src/compile/place/room.ts';
import { schedule } from '../../../src/compile/place/schedule.ts';
import { pose } from '../../../src/compile/question.ts';
import type { FleetError } from '../../../src/model/error.ts';

/** What was decided, and the CPU milliseconds of each part of it. */
export interface Placed {
  readonly parts: Readonly<Record<string, number>>;
  readonly starts: readonly Start[];
}

/** Decides: who stays, who starts where, at which ports, in which wave, and what the loss of any one host would do. */
export function placed(question: Question): Placed {
  const marks = [cpuMs()];
  const mark = (): void => void marks.push(cpuMs());
  const world = worldOf(pose(question));
  const desired = desiredOf(world);
  mark();
  const situations = situationsOf(world, desired);
  mark();
  const planned = schedule({ situations, world, release: 1, jobs: [] });
  mark();
  if (planned.problems.length > 0) throw problemOf(planned.problems);
  roomOf(situations, planned);
  mark();
  const names = ['desire', 'situations', 'placement', 'room'];
  const parts = names.map((name, index) => [name, (marks[index + 1] ?? 0) - (marks[index] ?? 0)] as const);
  return { parts: Object.fromEntries(parts), starts: planned.waves.flatMap((wave) => wave.starts) };
}

/** What the placement of a question begins with. */
export function prepared(question: Question): Task {
  const world = worldOf(pose(question));
  return { situations: situationsOf(world, desiredOf(world)), world, release: 1, jobs: [] };
}

function desiredOf({ playbook, inventory, observed }: World): Desired[] {
  const addressees = playbook.services.map((one) => ({ name: one.name, reach: reachOf(one, playbook) }));
  return desire(playbook, allocate(playbook.app, addressees, inventory, observed), observed.images);
}

function situationsOf(world: World, desired: readonly Desired[]): Situation[] {
  const serving = servingOf(world.playbook.app, world.observed);
  return desired.map((one) => situationOf(one, world, serving, true));
}

/** CPU time of this process so far, milliseconds, all threads: on a busy machine the clock tells little. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** What does not fit, so that a world that was made wrong is seen at once. */
export function problemOf(problems: readonly FleetError[]): Error {
  return new Error(problems.map(({ message, notes }) => [message, ...notes].join('; ').slice(0, 300)).join('\n'));
}
