/** Whether what the calendar will ask for fits on the hosts as they are: said with the plan, days ahead. Pure. */
import type { Warning } from '../../model/plan.ts';
import type { Playbook } from '../../model/playbook.ts';
import type { Assumption, Misfit, WhatIf } from '../../model/what-if.ts';
import { type Moment, windowsAhead } from './ahead.ts';

/** How far one looks: a week is what a team can still order hosts in. */
const DAYS = 7;

/** What the answer depends on. */
export interface CapacityQuestion {
  readonly playbook: Pick<Playbook, 'services'>;
  /** Epoch milliseconds. */
  readonly now: number;
  /** The answer to a what-if about the hosts as they are; undefined when there is none. */
  readonly ask: (assumptions: readonly Assumption[]) => WhatIf | undefined;
}

/** Moments of the same numbers: whether they fit is one question. */
interface Alike {
  readonly first: Moment;
  times: number;
}

/** A warning for each different need of the next days that does not fit, a note for each that does; in order of time. */
export function capacityAhead({ playbook, now, ask }: CapacityQuestion): Warning[] {
  const needs = new Map<string, Alike>();
  for (const moment of windowsAhead({ services: playbook.services, now, days: DAYS })) {
    const key = JSON.stringify(moment.replicas);
    const known = needs.get(key);
    if (known === undefined) needs.set(key, { first: moment, times: 1 });
    else known.times += 1;
  }
  return [...needs.values()].flatMap((need) => {
    const assumptions = Object.entries(need.first.replicas).map(
      ([service, replicas]): Assumption => ({ kind: 'scale', service, replicas }),
    );
    const answer = ask(assumptions);
    return answer === undefined ? [] : [verdict(need, answer)];
  });
}

function verdict({ first, times }: Alike, { fits, misfits, free }: WhatIf): Warning {
  const wanted = Object.entries(first.replicas).map(([service, replicas]) => `${service} ${replicas}`);
  const begins = [...new Set(first.opening.map(({ start }) => start))];
  const again = times === 1 ? '' : `, and ${times - 1} more times within ${DAYS} days`;
  const what = `window of ${begins.join(' and ')}${again}: ${wanted.join(', ')}`;
  if (!fits) return { code: 'W_CAPACITY_AHEAD', message: `${what}: ${misfits.map(lack).join('; ')}` };
  const cpus = free.reduce((sum, one) => sum + one.free.cpus, 0);
  const memory = free.reduce((sum, one) => sum + one.free.memoryBytes, 0);
  const left = `${Math.round(cpus * 100) / 100} cpu and ${Math.floor(memory / 2 ** 20)} MiB stay free`;
  return { code: 'N_CAPACITY_AHEAD', message: `${what}: fits, ${left}` };
}

function lack({ message, expected, notes, hint }: Misfit): string {
  const details = [...(expected === undefined ? [] : [expected]), ...notes, ...(hint === undefined ? [] : [hint])];
  return [message, ...details].join('; ');
}
