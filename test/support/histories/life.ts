/** Lives a history: everything in it happens, with a watcher looking on, and in the end the fleet is as declared. */
import { compile, lastRecord } from '../../../src/compile/index.ts';
import type { HealOrder } from '../../../src/model/heal.ts';
import { NO_ORDER } from '../../../src/model/heal.ts';
import { deviations } from './checks/as-declared.ts';
import { command, deploy, uncordon } from './commands.ts';
import { fault } from './fleet/faults.ts';
import { type Doom, type Happening, type History, worldOf } from './history.ts';
import { questionOf } from './on-record.ts';
import { APP, Stage, type Tally } from './stage.ts';
import { type Turn, Watcher } from './watcher.ts';

/** Pauses between looks, in turn. */
const BETWEEN_MS = [500, 2000, 10_000] as const;

/** So often the watcher may look, once all faults are over, until nothing is left to do. */
const MOST_LOOKS = 60;
/** And so often, so that whatever is kept warm for a while has gone. */
const LEAST_LOOKS = 4;
const LEASE_MS = 30_000;
const EVERY_MS = 30_000;
const CALM: Doom = { kind: 'none', at: 0, isHalf: false };

/** What it took. Throws at the first broken promise, with the story so far. */
export function live(history: History): Tally {
  const stage = new Stage(history);
  for (const line of worldOf(history)) stage.tell(line);
  try {
    new Life(stage).run(history.happenings);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    error.message = `${error.message}\n${stage.story.join('\n')}`;
    throw error;
  }
  return stage.tally;
}

class Life {
  readonly #stage: Stage;
  #watcher: Watcher;
  /** What becomes of the next repair. */
  #doom: Doom = CALM;

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#watcher = this.#freshWatcher();
  }

  run(happenings: readonly Happening[]): void {
    // What fits nowhere from the beginning has no history.
    if (deploy(this.#stage, { a: 0, doom: CALM }).kind !== 'done') return;
    for (const happening of happenings) this.#happen(happening);
    this.#settle();
    this.#compare();
  }

  #happen(happening: Happening): void {
    const { kind, a, b, doom, pauseMs, looks } = happening;
    const stage = this.#stage;
    stage.tally.happenings++;
    stage.tell(`${clock(stage.fleet.now)} ${kind}`);
    if (!command(stage, happening)) {
      const told = fault(stage.fleet, kind, [a, b]);
      if (told !== undefined) stage.tell(`  ${told}`);
      if (kind === 'watcher starts anew') this.#watcher = this.#freshWatcher();
      this.#doom = doom;
    }
    stage.fleet.pass(pauseMs);
    for (let look = 0; look < looks; look++) {
      this.#look();
      stage.fleet.pass(BETWEEN_MS[look] ?? 0);
    }
  }

  #look(): Turn {
    const stage = this.#stage;
    stage.tally.looks++;
    const turn = this.#watcher.turn(stage.doomed(this.#doom));
    const { end, order } = turn;
    stage.ended(`${clock(stage.fleet.now)} watcher${wordsOf(order)}`, end);
    if (end.steps > 0) this.#doom = CALM;
    if (end.kind === 'killed') {
      stage.fleet.pass(LEASE_MS);
      this.#watcher = this.#freshWatcher();
    }
    return turn;
  }

  #freshWatcher(): Watcher {
    return new Watcher(this.#stage.fleet, this.#stage.inventory, APP);
  }

  /** All faults are over. The watcher brings everything back, and a person what nobody has on record any more. */
  #settle(): void {
    const stage = this.#stage;
    const { fleet } = stage;
    stage.tell(`${clock(fleet.now)} all faults are over`);
    this.#doom = CALM;
    for (const host of fleet.machines.keys()) fleet.stand(host, 'up');
    fault(fleet, 'ills are over', [0, 0]);
    uncordon(stage);
    fleet.pass(EVERY_MS);
    const isKnown = questionOf(stage.looked(), { kind: 'heal', order: NO_ORDER }) !== undefined;
    // Of what is deployed then, the first version fitted once.
    const isDone = isKnown || deploy(stage, { a: stage.version, doom: CALM }).kind !== 'refused';
    if (!isDone) deploy(stage, { a: 0, doom: CALM });
    for (let look = 0; look < MOST_LOOKS; look++) {
      const { end, order, verdict } = this.#look();
      if (end.kind === 'nothing' && isCalm(order) && look >= LEAST_LOOKS) return;
      const { wakeAt = fleet.now + EVERY_MS, lookAt = wakeAt } = verdict;
      const isIdle = end.kind === 'nothing' || end.kind === 'resting';
      fleet.pass(Math.max(1000, isIdle ? Math.min(wakeAt, lookAt) - fleet.now : EVERY_MS / 10));
    }
    throw new Error(`after ${MOST_LOOKS} looks there is still something to do`);
  }

  #compare(): void {
    const stage = this.#stage;
    const looked = stage.looked();
    const record = lastRecord(APP, looked.observed);
    const question = questionOf(looked, { kind: 'heal', order: NO_ORDER });
    if (record === undefined || question === undefined) throw new Error('nothing is on record');
    const services = question.playbook.services.map((one) => {
      return { ...one, replicas: record.replicas?.[one.name] ?? one.replicas };
    });
    const { inventory, keepers, fleet } = stage;
    const playbook = { ...question.playbook, services };
    const compiled = compile(question);
    const warnings = compiled.ok ? compiled.plan.warnings.filter(({ code }) => code === 'W_UNPLACED') : [];
    const misfits = new Set(warnings.map(({ message }) => message.split(':')[0] ?? ''));
    const wrong = deviations(fleet, { inventory, playbook, record, keepers, misfits });
    if (wrong.length > 0) throw new Error(`not as declared:\n  ${wrong.join('\n  ')}`);
  }
}

function isCalm(order: HealOrder | undefined): boolean {
  return order !== undefined && JSON.stringify(order) === JSON.stringify(NO_ORDER);
}

function clock(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** What of an order is not as usual. */
function wordsOf(order: HealOrder | undefined): string {
  if (order === undefined || isCalm(order)) return '';
  const { absences, distrusted, held, avoided } = order;
  const parts = [...Object.entries(absences).map(([host, absence]) => `${host} ${absence}`)];
  const more = { distrusted, held, avoided };
  for (const [what, list] of Object.entries(more)) if (list.length > 0) parts.push(`${what} ${list.join(' ')}`);
  return ` [${parts.join(', ')}]`;
}
