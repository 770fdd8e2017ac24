/** Deployments of all subjects in turn, round after round, and the tables that are made of them. */
import type { BenchTable } from '../parts/part.ts';
import type { Span } from './spans.ts';
import type { Subject, Took } from './subject.ts';

/** What came of one subject. */
export interface Series {
  readonly name: string;
  readonly deploys: readonly Took[];
  /** Milliseconds of deployments with nothing to do. */
  readonly agains: readonly number[];
  /** Why there is no more of it. */
  readonly trouble?: string;
}

/** How often, and what is done between. */
export interface Terms {
  readonly runs: number;
  /** No-op deployments after each deployment. */
  readonly agains: number;
  /** Throws when not all containers run. */
  readonly check: (who: string) => Promise<void>;
  readonly say: (line: string) => void;
}

/**
 * In each round every subject has its turn, so that noise on the machine hits all alike. One that fails is told and left out
 * of the rounds that follow.
 */
export async function inTurn(subjects: readonly Subject[], terms: Terms): Promise<readonly Series[]> {
  const all = subjects.map((subject) => ({ subject, deploys: [] as Took[], agains: [] as number[], trouble: '' }));
  for (let round = 1; round <= terms.runs; round += 1) {
    for (const one of all) {
      if (one.trouble !== '' || round > (one.subject.mostRuns ?? terms.runs)) continue;
      try {
        await turn(one, terms);
      } catch (error) {
        one.trouble = firstLine(error);
        terms.say(`${one.subject.name} is left out from here on: ${one.trouble}`);
      }
    }
  }
  return all.map(({ subject, deploys, agains, trouble }) => {
    return { name: subject.name, deploys, agains, ...(trouble === '' ? {} : { trouble }) };
  });
}

interface Open {
  readonly subject: Subject;
  readonly deploys: Took[];
  readonly agains: number[];
}

async function turn({ subject, deploys, agains }: Open, { agains: count, check, say }: Terms): Promise<void> {
  await subject.prepare();
  const took = await subject.deploy();
  await check(subject.name);
  deploys.push(took);
  const times = Math.min(count, subject.mostAgains ?? count);
  for (let time = 0; time < times; time += 1) agains.push(await subject.again());
  const again = median(agains.slice(-times));
  say(`${subject.name}: ${seconds(took.ms)} s, again ${seconds(again)} s`);
}

/** The middle value, the lower of two; undefined of none. */
export function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.floor((sorted.length - 1) / 2)];
}

/** What all are held against: the quickest median of the floor, or of what is like it but for the network. */
function floorOf(
  all: readonly Series[],
  kind: typeof FLOOR | typeof ALIKE,
  figure: (one: Series) => number | undefined,
): number | undefined {
  const figures = all
    .filter(({ name }) => name.startsWith(FLOOR) && name.startsWith(ALIKE) === (kind === ALIKE))
    .map(figure);
  const known = figures.filter((one) => one !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

/** Names of the floor, and of the same in the kind of network that fleet uses, begin so. */
export const [FLOOR, ALIKE] = ['raw shell', 'raw shell, own network'] as const;

/** Containers from nothing: the median of the whole, of what is only starting them, and both held against the floor. */
export function deployTable(title: string, all: readonly Series[]): BenchTable {
  const whole = (one: Series) => median(one.deploys.map(({ ms }) => ms));
  const starting = (one: Series) => median(one.deploys.flatMap(({ startingMs }) => startingMs ?? []));
  const [least, alike] = [floorOf(all, FLOOR, whole), floorOf(all, ALIKE, whole)];
  const rows = all.map((one) => [
    one.name,
    one.deploys.length,
    seconds(whole(one)),
    range(one.deploys.map(({ ms }) => ms)),
    ratio(whole(one), least),
    seconds(starting(one)),
    ratio(starting(one), least),
    ratio(starting(one), alike),
  ]);
  const columns = [
    '',
    'runs',
    'whole, median [s]',
    'least to most [s]',
    'to the floor',
    'starting containers alone [s]',
    'to the floor',
    'to the shell with an own network',
  ];
  return { title, columns, rows, notes: troubles(all) };
}

/** The same once more, with nothing to do. */
export function againTable(title: string, all: readonly Series[]): BenchTable {
  const figure = (one: Series) => median(one.agains);
  const least = floorOf(all, FLOOR, figure);
  const rows = all.map((one) => [
    one.name,
    one.agains.length,
    seconds(figure(one)),
    range(one.agains),
    ratio(figure(one), least),
  ]);
  const columns = ['', 'runs', 'median [s]', 'least to most [s]', 'to one warm docker ps a host'];
  return { title, columns, rows, notes: [] };
}

/** Where the time of a run goes: that of the median run. */
export function spansTable(title: string, one: Series): BenchTable {
  const middle = median(one.deploys.map(({ ms }) => ms));
  const spans = one.deploys.find(({ ms }) => ms === middle)?.spans ?? [];
  const row = ({ what, fromMs, toMs, steps }: Span) => [
    what,
    seconds(fromMs),
    seconds(toMs),
    seconds(toMs - fromMs),
    steps,
  ];
  return { title, columns: ['', 'from [s]', 'to [s]', 'so long [s]', 'steps'], rows: spans.map(row), notes: [] };
}

function troubles(all: readonly Series[]): string[] {
  return all.flatMap(({ name, trouble }) => (trouble === undefined ? [] : [`${name}: no further runs: ${trouble}`]));
}

function range(values: readonly number[]): string {
  return values.length === 0 ? '' : `${seconds(Math.min(...values))} to ${seconds(Math.max(...values))}`;
}

function ratio(value: number | undefined, least: number | undefined): string | null {
  return value === undefined || least === undefined ? null : `${(value / least).toFixed(2)}x`;
}

/** Hundredths of a second; nothing where there is none. */
function seconds(ms: number | undefined): number | null {
  return ms === undefined ? null : Math.round(ms / 10) / 100;
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split('\n')[0] ?? '';
}
