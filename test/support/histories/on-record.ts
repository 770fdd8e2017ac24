/** What the keepers of a simulated fleet have on record, read as fleet reads it. */
import { keepersOf, lostRelease, type Question } from '../../../src/compile/index.ts';
import { canonicalJson, sha256 } from '../../../src/model/digest.ts';
import type { Inventory } from '../../../src/model/inventory.ts';
import type { Observed, ReleaseRecord } from '../../../src/model/observed.ts';
import type { Intent } from '../../../src/model/plan.ts';
import type { ReleaseBody } from '../../../src/model/release.ts';
import { recordsOf } from '../../../src/recorded.ts';
import type { FaultyFleet } from './fleet/fleet.ts';

/** A look at the fleet, and whose fleet it is. */
export interface Looked {
  readonly fleet: FaultyFleet;
  readonly inventory: Inventory;
  readonly app: string;
  readonly observed: Observed;
}

/** The question of a change without files; undefined when no keeper that answers has what it is about. */
export function questionOf(looked: Looked, intent: Intent): Question | undefined {
  const { fleet, inventory, app, observed } = looked;
  const records = recordsOf(app, observed);
  const isBack = intent.kind === 'rollback';
  const record = isBack ? records.find(({ release }) => release === intent.to) : records.at(-1);
  if (record === undefined || (!isBack && lostRelease(app, observed, record) !== undefined)) return undefined;
  const body = bodyOf(looked, record);
  if (body === undefined) return undefined;
  const settled = { record, body };
  return { inventory, playbook: body.playbook, observed, intent, settled, now: fleet.now };
}

/** The body of a release from the first keeper that has it whole beside its record. */
export function bodyOf(
  { fleet, inventory, app }: Looked,
  { release, body: digest }: Pick<ReleaseRecord, 'release' | 'body'>,
): ReleaseBody | undefined {
  const keepers = keepersOf(inventory).filter(({ name }) => fleet.standing(name) === 'up');
  for (const { name } of keepers) {
    const record = fleet
      .machine(name)
      .releases.get(app)
      ?.find((one) => one.release === release);
    const body = fleet.kept.get(`${name}/${release}`);
    if (body !== undefined && record?.body === digest && digest === digestOf(body)) return body;
  }
  return undefined;
}

const digests = new WeakMap<ReleaseBody, string>();

function digestOf(body: ReleaseBody): string {
  const digest = digests.get(body) ?? sha256(canonicalJson(body.playbook));
  digests.set(body, digest);
  return digest;
}
