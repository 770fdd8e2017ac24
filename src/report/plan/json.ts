/**
 * A plan as JSON in pieces. Hosts share most of a plan's text: each router gets the same files, and asks the same replicas.
 * Where that would be said again and again, each such value stands once under "shared", and `{ "$shared": 3 }` in its
 * places; `readShared` puts it back. Plans of ordinary size have no "shared" and are plain JSON.
 */
import type { Plan } from '../../model/plan.ts';

/** Repetitions of fewer characters than this, all together, are written as they are. */
const MOST_REPEATED = 2 ** 24;

/** Shorter texts and lists stay in their places. */
const LONG_TEXT = 4096;
const LONG_LIST = 100;

/** Where a shared value belongs. */
const REFERENCE = '$shared';

/** The plan, indented by two spaces, as `JSON.stringify` would write it; without a newline at its end. */
export function* planJson(plan: Plan): Iterable<string> {
  const shared = sharedIn(plan);
  const places = new Map([...shared].map((value, index) => [value, index] as const));
  const entries = Object.entries(plan).filter(([, value]) => value !== undefined);
  const all = shared.length === 0 ? entries : [...entries, ['shared', shared] as const];
  let before = '{\n';
  for (const [key, value] of all) {
    yield `${before}  ${JSON.stringify(key)}: `;
    if (Array.isArray(value)) yield* listJson(value, key === 'shared' ? 'inside' : 'whole', places);
    else yield indented(JSON.stringify(folded(value, 'whole', places), null, 2), '  ');
    before = ',\n';
  }
  yield '\n}';
}

/** The value with what it shares in all its places; what has nothing shared stays as it is. */
export function readShared(value: unknown): unknown {
  if (!isRecord(value) || !Array.isArray(value.shared)) return value;
  const { shared: written, ...rest } = value;
  const shared: unknown[] = [];
  // A shared value refers to others before it only.
  for (const one of written) shared.push(unfolded(one, shared));
  return unfolded(rest, shared);
}

function* listJson(list: readonly unknown[], how: Folding, places: Places): Iterable<string> {
  let before = '[\n    ';
  for (const one of list) {
    yield before + indented(JSON.stringify(folded(one, how, places), null, 2), '    ');
    before = ',\n    ';
  }
  yield list.length === 0 ? '[]' : '\n  ]';
}

function indented(json: string, by: string): string {
  return json.replaceAll('\n', `\n${by}`);
}

/** Shared value -> its number. */
type Places = ReadonlyMap<unknown, number>;

/** Whether the value itself may be a reference, or only what is inside it. */
type Folding = 'whole' | 'inside';

function folded(value: unknown, how: Folding, places: Places): unknown {
  if (places.size === 0) return value;
  const place = how === 'whole' && isLong(value) ? places.get(value) : undefined;
  if (place !== undefined) return { [REFERENCE]: place };
  if (Array.isArray(value)) return value.map((one) => folded(one, 'whole', places));
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, folded(one, 'whole', places)]));
}

function unfolded(value: unknown, shared: readonly unknown[]): unknown {
  if (Array.isArray(value)) return value.map((one) => unfolded(one, shared));
  if (!isRecord(value)) return value;
  const { [REFERENCE]: place, ...rest } = value;
  if (typeof place === 'number' && Object.keys(rest).length === 0) return shared[place];
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, unfolded(one, shared)]));
}

/** What stands in the plan more than once and is long, inner values before those that have them. */
function sharedIn(plan: Plan): unknown[] {
  const counts = new Map<unknown, number>();
  const found: unknown[] = [];
  const visit = (value: unknown): void => {
    if (isLong(value)) {
      const count = counts.get(value) ?? 0;
      counts.set(value, count + 1);
      if (count > 0) return;
    }
    if (typeof value === 'object' && value !== null) for (const one of Object.values(value)) visit(one);
    if (isLong(value)) found.push(value);
  };
  visit([plan.routers, plan.steps]);
  const repeated = found.filter((value) => (counts.get(value) ?? 0) > 1);
  const length = repeated.reduce((sum: number, value) => sum + ((counts.get(value) ?? 0) - 1) * lengthOf(value), 0);
  return length > MOST_REPEATED ? repeated : [];
}

function isLong(value: unknown): boolean {
  return typeof value === 'string' ? value.length >= LONG_TEXT : Array.isArray(value) && value.length >= LONG_LIST;
}

function lengthOf(value: unknown): number {
  return typeof value === 'string' ? value.length : JSON.stringify(value).length;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
