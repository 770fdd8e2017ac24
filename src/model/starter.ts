/** What a new fleet starts with: the answers that `fleet init` writes down. */

/** A machine as it was named. */
export interface StarterHost {
  /** Its name, or a range such as web[1:3]. */
  readonly name: string;
  /** Absent: what ~/.ssh/config or the name service says. */
  readonly address?: string;
  /** Whether it takes traffic from outside; all hosts run replicas. */
  readonly isEdge: boolean;
}

/** A new inventory. */
export interface StarterInventory {
  readonly hosts: readonly StarterHost[];
  /** The login on all hosts. Absent: what ~/.ssh/config says. */
  readonly user?: string;
}

/** A new playbook of one service. */
export interface StarterPlaybook {
  readonly app: string;
  readonly service: string;
  readonly image: string;
  /** What the service listens on; published under the same number. */
  readonly port: number;
}

/** Where the new files lie, from the folder that `fleet init` works in. */
export const STARTER_FILES = {
  inventory: 'inventory/production.yaml',
  playbook: 'compose.yaml',
  inventorySchema: '.fleet/inventory.schema.json',
  playbookSchema: '.fleet/playbook.schema.json',
} as const;
