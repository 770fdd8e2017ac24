/** The parts in which `fleet watch` has to bring the fleet back: a lost host, a host that is cut off, small faults. */

import type { Inflicted } from '../../support/real/faults.ts';
import type { Watcher } from '../../support/real/watcher.ts';
import { HEAL, HEAL_DECLARED, healFleet } from '../../support/repairs/app.ts';
import { cutAndMend } from '../../support/repairs/cut-and-mend.ts';
import { hostLoss } from '../../support/repairs/host-loss.ts';
import { deviationsNow, type Subject } from '../../support/repairs/repair.ts';
import { type Run, THOROUGH } from '../../support/repairs/run.ts';
import { type AimedFault, MORE_FAULTS, SMALL_FAULTS, smallFaults } from '../../support/repairs/small-faults.ts';
import { cutOff, killedInRepair } from '../../support/repairs/watchers.ts';
import type { LabView } from '../../support/view/lab-view.ts';
import { firstTime } from '../../support/view/signs.ts';
import { type BenchContext, type Part, repeat, startToldWatcher } from './context.ts';
import type { Series } from './report.ts';

/** Part `fleet`. */
export const fleetPart: Part = {
  name: 'fleet',
  about: 'fleet watch: a worker host of 6 with 24 replicas loses its power',
  measure: async (context) => [
    await repeat(context, 'fleet, defaults (grace 10 s): power loss of a host', () => {
      return onFreshApp(context, [], hostLoss);
    }),
  ],
};

/** Part `fleet-quick`. */
export const fleetQuickPart: Part = {
  name: 'fleet-quick',
  about: 'the same with a grace that is as short as what Swarm waits for at its quickest',
  measure: async (context) => [
    await repeat(context, 'fleet, grace 1 s: power loss of a host', () => {
      return onFreshApp(context, ['--grace', '1s'], hostLoss);
    }),
  ],
};

/** Part `cut`. */
export const cutPart: Part = {
  name: 'cut',
  about: 'fleet watch: the host of a singleton is cut off and mended, before the grace is over and after',
  measure: async (context) => {
    const all: Series[] = [];
    for (const mendedAfterMs of [5_000, 25_000]) {
      const title = `fleet: cut off, mended after ${mendedAfterMs / 1_000} s`;
      const measure = (subject: Subject) => cutAndMend(subject, mendedAfterMs);
      all.push(await repeat(context, title, () => onFreshApp(context, [], measure)));
    }
    return all;
  },
};

/** Part `faults`. */
export const faultsPart: Part = {
  name: 'faults',
  about: 'fleet watch: a small fault of each kind, one at a time',
  measure: (context) => measureFaults(context, SMALL_FAULTS),
};

/** Part `more-faults`. */
export const moreFaultsPart: Part = {
  name: 'more-faults',
  about: 'fleet watch: the same kinds of small faults in other places, one at a time',
  measure: (context) => measureFaults(context, MORE_FAULTS),
};

/** Part `watchers`. */
export const watchersPart: Part = {
  name: 'watchers',
  about: 'fleet watch: cut off from 4 of 6 hosts; two watchers, the one that acts is killed in mid-repair',
  measure: async (context) => {
    const subject = subjectOf(context.view);
    await healFleet(context.inventory, ['deploy', '--yes']);
    const watched = async (measure: (watcher: Watcher) => Promise<Run>) => {
      await makeWhole(context, subject);
      await using watcher = await startToldWatcher(context);
      return await measure(watcher);
    };
    const both = async (watcher: Watcher) => {
      await using other = await startToldWatcher(context);
      return await killedInRepair(subject, [watcher, other]);
    };
    const alone = (watcher: Watcher) => cutOff(subject, watcher);
    return [
      await repeat(context, 'fleet: watcher cut off from 4 of 6 hosts', () => watched(alone)),
      await repeat(context, 'fleet: two watchers, one killed in mid-repair', () => watched(both)),
    ];
  },
};

async function measureFaults(context: BenchContext, faults: readonly AimedFault[]): Promise<readonly Series[]> {
  const subject = subjectOf(context.view);
  await healFleet(context.inventory, ['deploy', '--yes']);
  await using _watcher = await startToldWatcher(context);
  const all: Series[] = [];
  const struck: Inflicted[] = [];
  for (const fault of faults) {
    const once = async () => {
      await makeWhole(context, subject);
      const { run, inflicted } = await smallFaults(subject, [fault], struck);
      struck.push(...inflicted);
      return run;
    };
    all.push(await repeat(context, `fleet: ${fault.title}`, once));
  }
  return all;
}

/** Deploys the app, evenly spread as only a first deploy does, has it watched, and takes it away again. */
async function onFreshApp(
  context: BenchContext,
  args: readonly string[],
  measure: (subject: Subject, watcher: Watcher) => Promise<Run>,
): Promise<Run> {
  const { view, inventory } = context;
  await healFleet(inventory, ['deploy', '--yes']);
  try {
    await using watcher = await startToldWatcher(context, args);
    return await measure(subjectOf(view), watcher);
  } finally {
    await healFleet(inventory, ['remove', '--yes', '--volumes']);
  }
}

function subjectOf(view: LabView): Subject {
  return { view, app: HEAL, declared: HEAL_DECLARED, effort: THOROUGH };
}

/** What one fault left unrepaired must not count for the next. */
async function makeWhole({ inventory, say }: BenchContext, subject: Subject): Promise<void> {
  const isSo = async () => (await deviationsNow(subject)).length === 0;
  if ((await firstTime(Date.now(), { everyMs: 200, isSo }, THOROUGH.limitMs)) !== undefined) return;
  say(`deployed again, for it is not as declared: ${(await deviationsNow(subject)).join('; ')}`);
  await healFleet(inventory, ['deploy', '--yes']);
}
