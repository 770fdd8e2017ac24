/** Full looks at the hosts, with a memory: a host that does not answer has what it reported before. */
import type { Inventory } from '../model/inventory.ts';
import type { HostState, HostUp, Observed } from '../model/observed.ts';
import type { Shell } from '../model/shell.ts';
import type { Stages } from '../stages.ts';
import { quietShell, type Standings } from './quiet-shell.ts';

/** Remembers the last report of every host, whoever made the look. A host that is known not to be up is not asked. */
export class Eyes {
  readonly #stages: Pick<Stages, 'observe'>;
  readonly #standings: Standings;
  readonly #last = new Map<string, HostUp>();

  constructor(stages: Pick<Stages, 'observe'>, standings: Standings) {
    this.#stages = stages;
    this.#standings = standings;
  }

  /** A look at all hosts. */
  async look(shell: Shell, inventory: Inventory): Promise<Observed['hosts']> {
    const patient = quietShell(shell, this.#standings, 'not-up');
    const { hosts } = await this.#stages.observe(patient, inventory, []);
    for (const [name, state] of Object.entries(hosts)) if (state.reachable) this.#last.set(name, state);
    return this.asKnown(hosts);
  }

  /** A look that was made, as it is by what is known of the hosts since. */
  asKnown(hosts: Observed['hosts']): Observed['hosts'] {
    return Object.fromEntries(Object.entries(hosts).map(([name, state]) => [name, this.#known(name, state)]));
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
