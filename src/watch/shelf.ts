/** Bodies of releases that were read already, app by app. */
import type { Bodies } from '../recorded.ts';

/** One map for each app, made when it is first asked for. */
export class Shelf {
  readonly #bodies = new Map<string, Bodies>();

  of(app: string): Bodies {
    const bodies = this.#bodies.get(app) ?? new Map();
    this.#bodies.set(app, bodies);
    return bodies;
  }
}
