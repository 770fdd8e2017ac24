/** The instances of the bench: every other one was made by filling hosts, the rest is drawn at random. */
import type { Question } from '../../../src/compile/index.ts';
import { drawnWorld, isInRange } from '../../support/bench/drawn.ts';
import { plantedWorld } from '../../support/bench/planted.ts';

/** One instance: of the planted ones it is known that they fit. */
export interface Instance {
  readonly kind: 'planted' | 'drawn';
  readonly question: Question;
}

/** The first so many, always the same: 5 to 15 hosts, 20 to 60 replicas, 80 to 98 % of the scarcer resource reserved. */
export function* instances(count: number): Generator<Instance> {
  for (let number = 1, seed = 0; number <= count; number++) {
    if (number % 2 === 0) {
      yield { kind: 'drawn', question: drawnWorld(number / 2) };
      continue;
    }
    let question = plantedWorld(++seed);
    while (!isInRange(question)) question = plantedWorld(++seed);
    yield { kind: 'planted', question };
  }
}
