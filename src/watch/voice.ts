/** What is told of one app: the same trouble once, until it is over. */
import type { Plan } from '../model/plan.ts';
import type { RepairNews } from '../model/report.ts';

/** What trouble can be about. */
export type Matter = 'repair' | 'scale';

/** Tells, and knows what was told last. */
export class Voice {
  readonly #app: string;
  readonly #tell: (news: RepairNews) => void;
  readonly #trouble: Record<Matter, string> = { repair: '', scale: '' };
  /** What was told to fit nowhere. */
  #misfits = '';

  constructor(app: string, tell: (news: RepairNews) => void) {
    this.#app = app;
    this.#tell = tell;
  }

  /** What is told each time. */
  tell(news: RepairNews): void {
    this.#tell(news);
  }

  /** Trouble: once. `gist` is what makes it another one; absent: its words. */
  once(matter: Matter, news: RepairNews, gist?: string): void {
    // Times pass, and that is no news.
    const text = gist ?? JSON.stringify({ ...news, ms: 0 }).replaceAll(/ since \d+ s/g, '');
    if (text === this.#trouble[matter]) return;
    this.#trouble[matter] = text;
    this.#tell(news);
  }

  /** The trouble is over. */
  calm(matter: Matter): void {
    this.#trouble[matter] = '';
  }

  /** What fits nowhere is left out of a plan, and told when it changes. */
  misfits({ warnings }: Pick<Plan, 'warnings'>): void {
    const why = warnings.filter(({ code }) => code === 'W_UNPLACED').map(({ message }) => message);
    const text = why.join('\n');
    if (text === this.#misfits) return;
    this.#misfits = text;
    const app = this.#app;
    this.#tell(why.length === 0 ? { kind: 'fits-again', app } : { kind: 'does-not-fit', app, why });
  }
}
