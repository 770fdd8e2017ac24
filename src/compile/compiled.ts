/** What compiling ends in. */
import type { FleetError } from '../model/error.ts';
import type { Plan } from '../model/plan.ts';

/** A plan, or every reason why there is none. */
export type Compiled =
  | { readonly ok: true; readonly plan: Plan }
  | { readonly ok: false; readonly problems: readonly FleetError[] };
