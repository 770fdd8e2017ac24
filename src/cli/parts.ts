/** A work of several plans before a person's eyes: agreed to once, then each plan is shown, carried out and summed up. */
import type { PartsAudience } from '../drain.ts';
import type { HostsTerms } from '../hosts-flow.ts';
import type { Plan } from '../model/plan.ts';
import { agrees, createAudience } from './audience.ts';
import { isAbort, type Setting, showEnd, showPlan } from './change.ts';
import { interrupts, whoIs } from './context.ts';

/** What the work is done with. */
export interface Parts {
  readonly terms: HostsTerms;
  readonly audience: PartsAudience;
  /** Shows plans ahead of time; they are not shown again when their turn comes. */
  show(plans: readonly Plan[]): void;
  /** Whether it is to be done at all. */
  agree(question: string): Promise<boolean>;
  /** The exit code of a work that did not come to its end: 1, or 130 when it was interrupted. */
  stopped(): number;
}

/** Does the work with Ctrl-C at hand. Its result is the exit code. */
export async function inParts(setting: Setting, work: (parts: Parts) => Promise<number>): Promise<number> {
  const { context, flags } = setting;
  const { terminal } = context;
  const { gentle, atOnce, dispose } = interrupts(terminal, 'change');
  const shown = new Set<string>();
  const cli = createAudience(context, { ...flags, yes: true }, gentle);
  const audience: PartsAudience = {
    ...cli,
    review: async (plan, changed) => {
      if (shown.has(plan.digest) && changed.length === 0) return true;
      (flags.json === true ? terminal.stderr : terminal.stdout).write('\n');
      return cli.review(plan, changed);
    },
    ended(end) {
      cli.end();
      if (end.kind !== 'nothing') showEnd(end, cli, setting);
    },
  };
  const waiting = flags.wait === undefined ? {} : { waitMs: flags.wait };
  try {
    return await work({
      terms: { ...waiting, by: whoIs(terminal), signal: gentle, stopNow: atOnce },
      audience,
      show: (plans) => {
        for (const plan of plans) {
          showPlan(plan, setting);
          shown.add(plan.digest);
        }
      },
      agree: (question) => agrees(question, { terminal, flags }, gentle),
      stopped: () => (gentle.aborted ? 130 : 1),
    });
  } catch (error) {
    if (gentle.aborted && isAbort(error, gentle)) return 130;
    throw error;
  } finally {
    cli.end();
    dispose();
  }
}
