/** Series of runs as tables: the median, and the smallest and largest value. Pure. */
import type { Run } from '../../support/repairs/run.ts';

/** Runs of the same thing. */
export interface Series {
  readonly title: string;
  readonly runs: readonly Run[];
}

/** A table of one line per measure. */
export function formatSeries({ title, runs }: Series): string {
  const names = [...new Set(runs.flatMap((run) => Object.keys(run)))];
  const width = Math.max(0, ...names.map((name) => wordsOf(name).length));
  const lines = names.map((name) => {
    // What a run does not speak of did not happen in it.
    const values = runs.map((run) => (name in run ? run[name] : 0));
    return `  ${wordsOf(name).padEnd(width)}  ${formatValues(name, values)}`;
  });
  return [`${title} (${runs.length} ${runs.length === 1 ? 'run' : 'runs'})`, ...lines].join('\n');
}

/** One run on one line, for who waits. */
export function formatRun(run: Run): string {
  return Object.entries(run)
    .map(([name, value]) => `${wordsOf(name)} ${formatValue(name, value)}`)
    .join(', ');
}

/** "3.2 s (2.9-4.1)"; how many are missing, when some are. */
function formatValues(name: string, values: readonly (number | undefined)[]): string {
  const known = values.filter((value) => value !== undefined).toSorted((left, right) => left - right);
  const missing = values.length - known.length;
  const never = missing === 0 ? '' : `  never in ${missing} of ${values.length}`;
  if (known.length === 0) return never.trim();
  const median = known[Math.floor((known.length - 1) / 2)];
  const [least, most] = [known[0], known.at(-1)];
  return `${formatValue(name, median)} (${formatValue(name, least)} - ${formatValue(name, most)})${never}`;
}

function formatValue(name: string, value: number | undefined): string {
  if (value === undefined) return 'never';
  if (name.endsWith('Ms')) return `${(value / 1_000).toFixed(2)} s`;
  if (name.endsWith('Bytes')) return `${(value / 1_048_576).toFixed(1)} MiB`;
  return String(value);
}

/** "lastFailureMs" reads "last failure"; what is words already stays. */
function wordsOf(name: string): string {
  if (name.includes(' ')) return name;
  return name
    .replace(/(Ms|Bytes)$/, '')
    .replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
    .replace(/\b(get|post)\b/g, (method) => method.toUpperCase());
}
