/** The person or the CI job in front of a change: is shown the plan, is asked, sees the events. */
import { createLogUpdate } from 'log-update';
import type { ApplyRequest } from '../flow.ts';
import type { Event } from '../model/event.ts';
import type { Plan } from '../model/plan.ts';
import type { Audience } from '../one-way.ts';
import {
  advance,
  count,
  formatEvent,
  formatEventJson,
  formatProgress,
  type Palette,
  type Progress,
  planText,
  startProgress,
} from '../report/index.ts';
import { type Context, paletteFor, writePieces } from './context.ts';
import type { Flags } from './flags.ts';

/** How often the live view is painted anew, so that its clock runs. */
const REPAINT_MS = 150;

/** An audience that remembers what happened. */
export interface CliAudience extends Audience {
  /** All events so far, for the summary. */
  readonly events: readonly Event[];
  /** Takes the live view off the screen and stops its clock. */
  end(): void;
}

/** The audience for these flags: `--json` prints an event a line, a terminal repaints, everything else gets plain lines. */
export function createAudience(
  { terminal, stages }: Context,
  flags: Flags,
  signal: ApplyRequest['signal'],
): CliAudience {
  const events: Event[] = [];
  const palette = paletteFor(terminal.stderr, terminal, flags);
  const startedAt = stages.clock.now();
  let live: LiveView | undefined;
  return {
    events,
    async review(plan, changed) {
      showPlan(plan, changed, { terminal, flags });
      return agrees(questionFor(plan), { terminal, flags }, signal);
    },
    begin(plan) {
      if (flags.json === true || !terminal.stderr.isTerminal) return;
      live = new LiveView(plan, { context: { terminal, stages }, palette });
    },
    emit(event) {
      events.push(event);
      if (flags.json === true) terminal.stdout.write(`${formatEventJson(event)}\n`);
      else if (live !== undefined) live.show(event);
      else {
        const line = formatEvent(event, { palette, startedAt });
        if (line !== undefined) terminal.stderr.write(`${line}\n`);
      }
    },
    end() {
      live?.close();
      live = undefined;
    },
  };
}

/** Whether the person, or --yes, says yes; why nothing is done is said here. */
export async function agrees(
  question: string,
  { terminal, flags }: Pick<Context, 'terminal'> & { readonly flags: Flags },
  signal: AbortSignal,
): Promise<boolean> {
  if (flags.yes === true) return true;
  if (!terminal.isInteractive) {
    terminal.stderr.write('not carried out: there is no terminal to ask on. Add --yes to carry it out unasked.\n');
    return false;
  }
  const answer = await terminal.ask(question, signal);
  if (/^y(es)?$/i.test(answer.trim())) return true;
  terminal.stderr.write('not carried out: nothing was changed\n');
  return false;
}

function showPlan(
  plan: Plan,
  changed: readonly string[],
  { terminal, flags }: Pick<Context, 'terminal'> & { flags: Flags },
): void {
  if (changed.length > 0) {
    const lines = changed.map((line) => `  ${line}\n`).join('');
    terminal.stderr.write(`the hosts changed since the plan was shown; this is the plan now:\n${lines}`);
  }
  const output = flags.json === true ? terminal.stderr : terminal.stdout;
  const palette = paletteFor(output, terminal, flags);
  writePieces(output, planText(plan, { palette, detail: flags.verbose === true ? 'full' : 'summary' }));
}

function questionFor(plan: Plan): string {
  return `${askedWords(plan)} ${plan.fleet} (${count(plan.hosts, 'host')})? [y/N] `;
}

function askedWords({ intent, app }: Plan): string {
  switch (intent.kind) {
    case 'deploy':
      return `Deploy ${app} to`;
    case 'remove':
      return `Remove ${app} from`;
    case 'heal':
      return `Repair ${app} on`;
    case 'scale':
      return `Scale ${app} on`;
    case 'rollback':
      return `Bring release ${intent.to} of ${app} back to`;
    case 'drain':
      return `Drain ${intent.host} of ${app} on`;
    case 'rebalance':
      return `Rebalance ${app} on`;
    case 'mark':
    case 'bootstrap':
    case 'maintain':
    case 'routers':
      return 'Carry it out on';
    default:
      return intent satisfies never;
  }
}

/** The part of the screen that is painted anew as time goes by: with each of many thousand events it would be all work there is. */
class LiveView {
  readonly #paint: () => void;
  readonly #clear: () => void;
  readonly #timer: NodeJS.Timeout;
  #progress: Progress;
  /** What came since it was painted. */
  #news: Event[] = [];

  constructor(plan: Plan, { context, palette }: { context: Pick<Context, 'terminal' | 'stages'>; palette: Palette }) {
    const { terminal, stages } = context;
    const update = createLogUpdate(terminal.stderr.stream);
    this.#progress = startProgress(plan, stages.clock.now());
    this.#paint = () => {
      this.#progress = advance(this.#progress, this.#news);
      this.#news = [];
      update(
        formatProgress(this.#progress, {
          palette,
          now: stages.clock.now(),
          width: terminal.stderr.columns,
          height: terminal.stderr.rows,
        }),
      );
    };
    this.#clear = () => {
      update.clear();
      update.done();
    };
    this.#paint();
    this.#timer = setInterval(this.#paint, REPAINT_MS);
    this.#timer.unref();
  }

  show(event: Event): void {
    this.#news.push(event);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#clear();
  }
}
