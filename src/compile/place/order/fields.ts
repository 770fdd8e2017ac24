/** Which hosts a service may use at all: found once for all services that ask the same. */
import { type Candidate, eligibility, type Request } from '../filters.ts';
import { Labels, labelOf } from './labels.ts';

/** Hosts with equal values of all preferred labels, of those that may ever take the service. */
export interface Domain {
  /** A value for each preferred label. */
  readonly values: readonly string[];
  /** Indexes of the hosts, by name. */
  readonly members: readonly number[];
}

/** The hosts that services with equal constraints, architectures and preferred labels may use. */
export interface Field {
  readonly domains: readonly Domain[];
  /** By index of the host: its domain, or -1, and which member it is there. */
  readonly domainOf: Int32Array;
  readonly memberOf: Int32Array;
}

/** What services are told apart by before anything is placed. */
export type Asker = Pick<Request, 'service' | 'architectures'>;

/** The fields of all services, and the values of labels by number. */
export class Fields {
  readonly labels: Labels;
  readonly #candidates: readonly Candidate[];
  readonly #known = new Map<string, Field>();

  constructor(candidates: readonly Candidate[]) {
    this.labels = new Labels(candidates);
    this.#candidates = candidates;
  }

  of({ service, architectures }: Asker): Field {
    const key = JSON.stringify([service.constraints, service.spread, architectures]);
    const field = this.#known.get(key) ?? fieldOf({ service, architectures }, this.#candidates, this.labels);
    this.#known.set(key, field);
    return field;
  }
}

function fieldOf(asker: Asker, candidates: readonly Candidate[], labels: Labels): Field {
  const isEligible = eligibility(asker);
  const ranks = asker.service.spread.map((label) => labels.valuesOf(label));
  const domains = new Map<number, { readonly number: number; readonly values: string[]; readonly members: number[] }>();
  const domainOf = new Int32Array(candidates.length).fill(-1);
  const memberOf = new Int32Array(candidates.length);
  for (const [index, candidate] of candidates.entries()) {
    if (!isEligible(candidate)) continue;
    // The numbers of its values, as digits of one number.
    const key = ranks.reduce((sum, { numbers, byValue }) => sum * byValue.size + (numbers[index] ?? 0), 0);
    const found = domains.get(key) ?? {
      number: domains.size,
      values: asker.service.spread.map((label) => labelOf(candidate, label)),
      members: [],
    };
    domains.set(key, found);
    domainOf[index] = found.number;
    memberOf[index] = found.members.push(index) - 1;
  }
  return { domains: [...domains.values()], domainOf, memberOf };
}
