/** Full looks at the hosts, with a memory: a host that does not answer has what it reported before. */
import type { Inventory } from '../model/inventory.ts';
import type { HostState, HostUp, Observed } from '../model/observed.ts';
import type { Shell } from '../model/shell.ts';
import type { Stages } from '../stages.ts';
import { quietShell, type Standings } from './quiet-shell.ts';

/** Remembers the last report of every host, whoever made the look. A host that is known not to be up is not asked. */
export class Eyes {
  readonly #stages: Stages;
  readonly #standings: Standings;
  readonly #last = new Map<string, HostUp>();

  constructor(stages: Stages, standings: Standings) {
    this.#stages = stages;
    this.#standings = standings;
  }

  /** A look at all hosts. */
  async look(shell: Shell, inventory: Inventory): Promise<Observed['hosts']> {
    return (await this.#observe(shell, inventory, [])).hosts;
  }

  /** The stages, looking through these eyes: a plan then knows what silent hosts had. */
  stages(): Stages {
    return { ...this.#stages, observe: (...asked) => this.#observe(...asked) };
  }

  /** A look that was made, as it is by what is known of the hosts since. */
  asKnown(hosts: Observed['hosts']): Observed['hosts'] {
    return Object.fromEntries(Object.entries(hosts).map(([name, state]) => [name, this.#known(name, state)]));
  }

  async #observe(...[shell, inventory, images]: Parameters<Stages['observe']>): Promise<Observed> {
    const patient = quietShell(shell, this.#standings, 'not-up');
    const observed = await this.#stages.observe(patient, inventory, images);
    for (const [name, state] of Object.entries(observed.hosts)) if (state.reachable) this.#last.set(name, state);
    return { ...observed, hosts: this.asKnown(observed.hosts) };
  }

  #known(name: string, state: HostState): HostState {
    const pulse = this.#standings.of(name);
    const before = this.#last.get(name);
    const memory = before === undefined ? {} : { before };
    if (!state.reachable) return { ...state, ...memory };
    if (pulse === undefined || pulse.kind === 'up') return state;
    return { reachable: false, code: pulse.code, message: pulse.message, ...memory };
  }
}
