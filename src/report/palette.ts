/** Colours: the only place that makes a chalk instance, so that views are plain functions of their arguments. */
import { Chalk, type ChalkInstance } from 'chalk';

/** What views colour with. Level 0 leaves every text as it is. */
export type Palette = ChalkInstance;

/** A palette of the given depth: 0 none, 1 the 16 colours of every terminal. */
export function createPalette(level: 0 | 1): Palette {
  return new Chalk({ level });
}

/** Without any colour: for files, pipes and tests. */
export const PLAIN: Palette = createPalette(0);
