/** The real stages, for commands that read and write files but touch no host. */

import type { Stages } from '../../../../src/stages.ts';
import { realStages } from '../../../../src/wiring.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

/** Stages with this folder as the user's home. */
export function filesOnly(home: string): Stages {
  return realStages({ env: {}, home, pid: 1, isAlive: () => true, clock: new FakeClock() });
}
