/** The scene of what a watcher does: the one way of flow.ts, for the last release, on connections that are open already. */
import type { Inventory } from '../model/inventory.ts';
import type { Shell } from '../model/shell.ts';
import type { Bodies, ChangeOfRelease } from '../recorded.ts';
import type { Scene } from '../scene.ts';
import type { Stages } from '../stages.ts';
import type { Eyes } from './eyes.ts';

/** Bodies of releases that are kept: the current one, and a few that it may have been a moment ago. */
const MOST_BODIES = 3;

/** What is done for an app, and with what. */
interface WatchParts {
  readonly app: string;
  readonly change: ChangeOfRelease;
  readonly inventory: Inventory;
  /** Of this app. */
  readonly bodies: Bodies;
  readonly shell: Shell;
  readonly stages: Stages;
  readonly eyes: Eyes;
}

/** Values of secrets come from the containers that have them: a watcher has none at hand. */
export function watchScene({ app, change, inventory, bodies, shell, stages, eyes }: WatchParts): Scene {
  for (const key of [...bodies.keys()].slice(0, -MOST_BODIES)) bodies.delete(key);
  const ask = { kind: 'release', inventory, app, change, secrets: async () => new Map(), bodies } as const;
  return { ask, shell, stages, look: async () => ({ hosts: await eyes.look(shell, inventory), images: {} }) };
}
