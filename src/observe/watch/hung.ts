/** Replicas that hang: asked again and again, and held against them only what they or their kin can answer. */

import type { Feelers, HungQuestion } from '../../model/senses.ts';
import type { Clock } from '../../model/shell.ts';
import { type Answers, MISSES, Misses, type Question } from './questions.ts';
import { type Patient, patientsOf } from './targets.ts';

/** Between two rounds; sooner when somebody who could answer did not. */
const EVERY_MS = 5000;
const SUSPECT_MS = 2000;
const TIMEOUT_MS = 3000;

/** Between two questions to all, where there is one round only. */
const BETWEEN_MS = 1000;

/** So long a replica that has never answered may take to begin to. */
const BEGIN_MS = 120_000;

/** How replicas are asked. */
export interface HungMeans {
  readonly clock: Clock;
  readonly ask: (questions: readonly Question[], timeoutMs: number) => Promise<Answers>;
}

/** Asks all replicas every so often until the signal aborts; tells those that missed three rounds on end. */
export async function watchHung(feelers: Feelers, { clock, ask }: HungMeans): Promise<void> {
  const { inventory, observed, onHung, signal } = feelers;
  const misses = new Misses();
  const able = new Able();
  let told = '';
  let pauseMs = EVERY_MS;
  while (!signal.aborted) {
    await clock.sleep(pauseMs, signal).catch(() => undefined);
    if (signal.aborted) return;
    const patients = patientsOf(inventory, observed());
    const answers = await ask(questionsTo(patients), TIMEOUT_MS);
    able.note(patients, new Set(answers.answered));
    const isAble = (key: string): boolean => able.has(key, clock.now());
    const hung = misses.note(answers).filter(isAble);
    pauseMs = answers.missed.some((key) => isAble(key) && !hung.includes(key)) ? SUSPECT_MS : EVERY_MS;
    if (JSON.stringify(hung) === told || (told === '' && hung.length === 0)) continue;
    told = JSON.stringify(hung);
    if (!signal.aborted) onHung(hung);
  }
}

/** Asks all replicas a few times, as long as any of them does not answer, and says who hangs. */
export async function findHung(
  { inventory, observed, signal }: Pick<HungQuestion, 'inventory' | 'observed' | 'signal'>,
  { clock, ask }: HungMeans,
): Promise<readonly string[]> {
  const patients = patientsOf(inventory, observed);
  const misses = new Misses();
  const able = new Able();
  for (let round = 1; ; round++) {
    const answers = await ask(questionsTo(patients), TIMEOUT_MS);
    able.note(patients, new Set(answers.answered));
    const hung = misses.note(answers);
    if (round === MISSES) return hung.filter((key) => able.has(key, clock.now()));
    // Who missed no question so far can not miss all of them.
    if (answers.missed.length === 0 || signal.aborted) return [];
    await clock.sleep(BETWEEN_MS, signal).catch(() => undefined);
  }
}

function questionsTo(patients: readonly Patient[]): readonly Question[] {
  return patients.flatMap(({ questions }) => questions);
}

/**
 * Who is known to be able to answer: a port may be declared that nobody listens on, and its replicas do not hang for
 * that. Able is who answered before, and after a while whoever is the same inside.
 */
class Able {
  #patients = new Map<string, Patient>();
  /** "HOST/NAME at start", so that an answer before a restart proves nothing of the time after it. */
  #answered = new Set<string>();
  #kin = new Set<string>();

  /** Takes in a round; forgets who is not there any more. */
  note(patients: readonly Patient[], answered: ReadonlySet<string>): void {
    this.#patients = new Map(patients.map((patient) => [patient.key, patient]));
    const kept = patients.filter((one) => answered.has(one.key) || this.#answered.has(lifeOf(one)));
    this.#answered = new Set(kept.map(lifeOf));
    const kin = new Set(patients.map((patient) => patient.kin));
    this.#kin = new Set([...[...this.#kin].filter((one) => kin.has(one)), ...kept.map((one) => one.kin)]);
  }

  has(key: string, now: number): boolean {
    const patient = this.#patients.get(key);
    if (patient === undefined) return false;
    if (this.#answered.has(lifeOf(patient))) return true;
    return this.#kin.has(patient.kin) && now - patient.startedAt > BEGIN_MS;
  }
}

function lifeOf({ key, startedAt }: Patient): string {
  return `${key} ${startedAt}`;
}
