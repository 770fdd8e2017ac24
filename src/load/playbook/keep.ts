/** `x-fleet: { keep_releases: 5 }` at the top: how many releases can be gone back to without a registry. */
import type { Playbook } from '../../model/playbook.ts';
import { guarded } from '../problems.ts';
import { find } from '../tree.ts';
import { parseWhole } from '../units.ts';
import type { Draft } from './context.ts';

/** Bounds: the current one and one to go back to; and no more than records that hosts are asked for. */
const [LEAST, MOST] = [2, 20];

/** Nothing when it is not said. */
export function keptReleases({ tree, problems }: Draft): Pick<Playbook, 'keepReleases'> {
  const where = { tree, path: ['x-fleet', 'keep_releases'] };
  const node = find(tree, where.path);
  if (node?.kind !== 'scalar' || node.value === null) return {};
  const keepReleases = guarded(where, problems, () => parseWhole(String(node.value), LEAST, MOST));
  return keepReleases === undefined ? {} : { keepReleases };
}
