/** What a history plays on: the fleet, its inventory and playbooks, and the fates of runs. */
import { keepersOf, type Question } from '../../../src/compile/index.ts';
import type { Inventory } from '../../../src/model/inventory.ts';
import type { Observed } from '../../../src/model/observed.ts';
import type { Plan } from '../../../src/model/plan.ts';
import type { Playbook } from '../../../src/model/playbook.ts';
import { seeded } from '../compile/run-plan.ts';
import { emptyHost, imagesOf, inventory, playbook } from '../compile/worlds.ts';
import type { End, Fates } from './acting.ts';
import { fault } from './fleet/faults.ts';
import { FaultyFleet } from './fleet/fleet.ts';
import type { Doom, HappeningKind, History } from './history.ts';
import type { Looked } from './on-record.ts';

/** What was done in all, for reports. */
export interface Tally {
  happenings: number;
  looks: number;
  plans: number;
  steps: number;
}

/** The app of all histories. */
export const APP = 'shop';

/** Everything of one history that lasts; what happened is told line by line. */
export class Stage {
  readonly fleet: FaultyFleet;
  readonly inventory: Inventory;
  readonly keepers: readonly string[];
  readonly versions: readonly Playbook[];
  readonly images: Observed['images'];
  readonly story: string[] = [];
  readonly tally: Tally = { happenings: 0, looks: 0, plans: 0, steps: 0 };
  /** Index of the version that was deployed last. */
  version = 0;
  readonly #choose: (n: number) => number;

  constructor({ hosts, versions, memoryBytes, unrestarted, seed }: History) {
    this.inventory = inventory(hosts);
    this.keepers = keepersOf(this.inventory).map(({ name }) => name);
    this.versions = versions.map((services) => playbook(services));
    this.images = Object.assign({}, ...versions.map((services) => imagesOf(services)));
    this.#choose = seeded(seed);
    const reports = hosts.map(({ name }) => [name, emptyHost({ memoryBytes })]);
    const observed = { hosts: Object.fromEntries(reports), images: this.images };
    this.fleet = new FaultyFleet({ inventory: this.inventory, observed });
    for (const name of unrestarted) this.fleet.unrestarted.add(name);
  }

  /** A look by somebody who remembers nothing. */
  looked(): Looked {
    return { fleet: this.fleet, inventory: this.inventory, app: APP, observed: this.fleet.observed(this.images) };
  }

  /** The question of a deploy from files. */
  deploy(version: number, services: readonly string[] = []): Question {
    const chosen = this.versions[version];
    if (chosen === undefined) throw new Error(`no version ${version}`);
    const { observed, inventory: hosts } = this.looked();
    const intent = { kind: 'deploy', services } as const;
    return { inventory: hosts, playbook: chosen, observed, intent, now: this.fleet.now };
  }

  /** Fates of runs that end so. */
  doomed({ kind, at, isHalf }: Doom): Fates {
    return ({ steps }: Plan) => {
      this.tally.plans++;
      const when = at % steps.length;
      const base = { choose: this.#choose };
      if (kind === 'kill') return { ...base, kill: { at: when, isHalfDone: isHalf } };
      if (kind === 'fail') return { ...base, fail: { at: when, isDone: isHalf } };
      return kind === 'strike' ? { ...base, strike: { at: when, happen: () => this.#strike(at) } } : base;
    };
  }

  #strike(number: number): void {
    const kind = STRIKES[number % STRIKES.length] ?? 'cut off';
    this.tell(`    meanwhile: ${fault(this.fleet, kind, [number, number >> 3])}`);
  }

  tell(text: string): void {
    this.story.push(text);
  }

  /** Tells how a change ended. */
  ended(what: string, { kind, steps, why }: Omit<End, 'kind'> & { readonly kind: string }): void {
    this.tally.steps += steps;
    this.tell(`  ${what}: ${kind}${steps === 0 ? '' : ` after ${steps} steps`}${why === '' ? '' : ` (${why})`}`);
  }
}

/** What may happen in the middle of a plan. */
const STRIKES: readonly HappeningKind[] = [
  'power is lost',
  'cut off',
  'parted',
  'container ends',
  'container is removed',
  'container hangs',
  'Docker is lost',
];
