/** What differs between two plans for the same thing: why a reviewed plan may not run any more. */

import { digestOf } from '../../model/digest.ts';
import type { Plan } from '../../model/plan.ts';
import { listed } from '../units.ts';
import { compareText } from './facts.ts';

/** Sentences, most important first; empty when the digests are equal. */
export function planDifference(reviewed: Plan, fresh: Plan): string[] {
  if (reviewed.digest === fresh.digest) return [];
  const before = new Map(reviewed.steps.map((step) => [step.id, step]));
  const after = new Map(fresh.steps.map((step) => [step.id, step]));
  const added = [...after.keys()].filter((id) => !before.has(id));
  const removed = [...before.keys()].filter((id) => !after.has(id));
  const changed = [...after].filter(([id, step]) => before.has(id) && digestOf(before.get(id)) !== digestOf(step));
  const lines = [
    ...(reviewed.previous === fresh.previous
      ? []
      : [`the release on the hosts was ${reviewed.previous}, now it is ${fresh.previous}`]),
    ...stepsLine('steps that are new now', added),
    ...stepsLine('steps that are not needed any more', removed),
    ...stepsLine(
      'steps that would run something else',
      changed.map(([id]) => id),
    ),
  ];
  return lines.length === 0
    ? ['the steps are the same, what they are for is not (services, placements, addresses)']
    : lines;
}

function stepsLine(title: string, ids: readonly string[]): string[] {
  return ids.length === 0 ? [] : [`${title}: ${listed([...ids].sort(compareText), 8)}`];
}
