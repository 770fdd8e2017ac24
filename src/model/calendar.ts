/** Calendars: cron lines and local times of IANA time zones. The only file that knows croner. Pure: times are arguments. */
import { Cron } from 'croner';

/** Whether the name is a time zone of the IANA database, such as Europe/Berlin; offsets such as +01:00 are none. */
export function isTimeZone(name: string): boolean {
  try {
    return /^[A-Za-z]/.test(name) && partsOf(0, name) !== undefined;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** Names of all time zones, to tell the nearest one. */
export function timeZones(): readonly string[] {
  return Intl.supportedValuesOf('timeZone');
}

/**
 * What is wrong with a cron line, in words; undefined when it can be used. It has five fields as in cron(5), with names of
 * months and days, L, W and # beside them, or is a word such as @daily. "?" is none of them: croner would put the time of
 * this very moment there.
 */
export function cronProblem(cron: string): string | undefined {
  if (!/^@|^\s*\S+\s+\S+\s+\S+\s+\S+\s+\S+\s*$/.test(cron)) return 'it does not have five fields';
  if (cron.includes('?')) return '"?" has no meaning of its own';
  try {
    return nextStart({ cron, timeZone: 'UTC' }, 0) === undefined ? 'no such day ever comes' : undefined;
  } catch (error) {
    if (error instanceof Error) return error.message.replace(/^CronPattern: /, '').split('. ')[0];
    throw error;
  }
}

/**
 * When the cron line says so next, later than `after`; epoch milliseconds. Undefined when never again. What falls into the
 * hour that a summer time skips comes right after it; of an hour that comes twice the first one counts. Takes about 2 ms.
 */
export function nextStart(
  { cron, timeZone }: { readonly cron: string; readonly timeZone: string },
  after: number,
): number | undefined {
  const rule = new Cron(cron, { timezone: timeZone, mode: '5-part' });
  return rule.nextRun(isoOf(after))?.getTime();
}

/**
 * The instant of a local time "2026-11-27T08:00:00" in a time zone, epoch milliseconds. Of two the first one; one that a
 * summer time skips is as much later.
 */
export function instantOf(local: string, timeZone: string): number {
  const found = new Cron(local, { timezone: timeZone }).nextRun(isoOf(0))?.getTime();
  if (found === undefined) throw new Error(`${local} is no time since 1970`);
  return found;
}

/** "2026-11-27 08:00 Europe/Berlin". */
export function formatMoment(at: number, timeZone: string): string {
  const { year, month, day, hour, minute } = partsOf(at, timeZone);
  return `${year}-${month}-${day} ${hour}:${minute} ${timeZone}`;
}

/** "2026-11-27T07:00:00Z": croner takes text or a Date, and pure code has no Date. */
function isoOf(at: number): string {
  const { year, month, day, hour, minute, second } = partsOf(at, 'UTC');
  return `${year}-${month}-${day}T${hour}:${minute}:${second}Z`;
}

function partsOf(at: number, timeZone: string): Readonly<Record<string, string>> {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  return Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
}
