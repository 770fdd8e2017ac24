/** The scene of a repair: the one way of flow.ts, for the last release, on connections that are open already. */
import type { HealOrder } from '../model/heal.ts';
import type { Inventory } from '../model/inventory.ts';
import type { Shell } from '../model/shell.ts';
import type { Bodies } from '../recorded.ts';
import type { Scene } from '../scene.ts';
import type { Stages } from '../stages.ts';
import type { Eyes } from './eyes.ts';

/** Bodies of releases that are kept: the current one, and a few that it may have been a moment ago. */
const MOST_BODIES = 3;

/** What a repair is made for and with. */
interface RepairParts {
  readonly app: string;
  readonly order: HealOrder;
  readonly inventory: Inventory;
  /** Of this app. */
  readonly bodies: Bodies;
  readonly shell: Shell;
  readonly stages: Stages;
  readonly eyes: Eyes;
}

/** Values of secrets come from the containers that have them: a watcher has none at hand. */
export function repairScene({ app, order, inventory, bodies, shell, stages, eyes }: RepairParts): Scene {
  for (const key of [...bodies.keys()].slice(0, -MOST_BODIES)) bodies.delete(key);
  const change = { kind: 'heal', order } as const;
  const ask = { kind: 'release', inventory, app, change, secrets: async () => new Map(), bodies } as const;
  return { ask, shell, stages, look: async () => ({ hosts: await eyes.look(shell, inventory), images: {} }) };
}
