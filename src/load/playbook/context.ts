/** What the checks across services look at. */
import { FleetError, type FleetErrorDetails } from '../../model/error.ts';
import { problemAt, type Where } from '../problems.ts';
import type { ServiceEntry } from '../service/schema.ts';
import { find, locate, type Path, type Tree } from '../tree.ts';
import type { TopEntry } from './top.ts';

/** A playbook on its way: read, not yet built. */
export interface Draft {
  /** The app's name. */
  readonly app: string;
  readonly tree: Tree;
  readonly top: TopEntry;
  /** All service names of the file. */
  readonly names: readonly string[];
  /** Services that have no image because of a problem that is listed already. */
  readonly imageLost: ReadonlySet<string>;
  /** Services of which only a part could be read. */
  readonly broken: ReadonlySet<string>;
  /** Active services, sorted by name. */
  readonly services: readonly (readonly [string, ServiceEntry])[];
  readonly problems: FleetError[];
}

/** A place below a service. */
export function placeOf(draft: Draft, service: string, ...path: Path): Where {
  return { tree: draft.tree, path: ['services', service, ...path] };
}

/** Lists a problem at a place below a service. */
export function report(draft: Draft, where: Where, code: string, message: string, details?: FleetErrorDetails): void {
  draft.problems.push(problemAt(where, code, message, details));
}

/** Something that can be taken once. */
export interface Claim {
  readonly key: string;
  /** As in "published port 8080". */
  readonly what: string;
  readonly service: string;
  readonly where: Where;
}

/** The claims as they stand in the file, so that the later one is blamed. */
export function inFileOrder(draft: Draft, claims: readonly Claim[]): readonly Claim[] {
  const placed = claims.map((claim) => ({ claim, at: locate(draft.tree, claim.where.path) }));
  return placed
    .sort((left, right) => left.at.line - right.at.line || left.at.column - right.at.column)
    .map(({ claim }) => claim);
}

/** The names defined at the top of the file under the key, whatever else is wrong there. */
export function definedNames(draft: Draft, key: 'networks' | 'volumes' | 'secrets' | 'configs'): readonly string[] {
  const node = find(draft.tree, [key]);
  return node?.kind === 'map' ? [...node.entries.keys()] : [];
}

/** Lists an E_CLASH for every claim on what another claim has already, with both places. */
export function reportClashes(draft: Draft, claims: readonly Claim[]): void {
  const taken = new Map<string, Claim>();
  for (const claim of claims) {
    const first = taken.get(claim.key);
    if (first === undefined) {
      taken.set(claim.key, claim);
      continue;
    }
    const pair =
      first.service === claim.service ? `${claim.service} has` : `${first.service} and ${claim.service} both have`;
    const times = first.service === claim.service ? ' twice' : '';
    draft.problems.push(
      new FleetError('E_CLASH', `${pair} the ${claim.what}${times}`, {
        location: locate(draft.tree, claim.where.path),
        related: [{ message: first.service, location: locate(draft.tree, first.where.path) }],
      }),
    );
  }
}
