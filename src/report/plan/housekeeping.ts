/** What a plan does beside its services: records that are written again, images and records that go. */
import type { Plan, Step } from '../../model/plan.ts';
import { listed } from '../units.ts';

/** One happening and why, with the hosts that it is the same on. */
export interface Housekeeping {
  readonly word: 'record' | 'sweep';
  /** "3 images of releases 1, 2 on vm1, vm2: nobody goes back so far". */
  readonly words: string;
}

/** The record of a new release goes without saying. */
const ORDINARY = 'kept on every edge host';

/** In the order of the plan's steps. */
export function housekeepingOf(plan: Plan): Housekeeping[] {
  const groups = new Map<string, { readonly step: Step; readonly hosts: string[] }>();
  for (const step of plan.steps) {
    const what = whatOf(step);
    if (what === undefined) continue;
    const key = `${what} ${step.reason}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { step, hosts: [step.host] });
    else group.hosts.push(step.host);
  }
  return [...groups.values()].map(({ step, hosts }) => ({
    word: step.action.kind === 'record' ? 'record' : 'sweep',
    words: `${whatOf(step) ?? ''} on ${listed([...hosts].sort())}: ${step.reason}`,
  }));
}

function whatOf({ id, action, reason }: Step): string | undefined {
  if (action.kind === 'record') return reason === ORDINARY ? undefined : `release ${action.release}`;
  return action.kind === 'sweep' && /^sweep (images|records)@/.test(id) ? action.what : undefined;
}
