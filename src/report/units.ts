/** Numbers with their units, as people read them. */

const STEPS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** Bytes in binary units: "512 MiB", "1.5 GiB". */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let step = 0;
  while (Math.abs(value) >= 1024 && step < STEPS.length - 1) {
    value /= 1024;
    step += 1;
  }
  return `${trim(value, value < 10 && step > 0 ? 1 : 0)} ${STEPS[step] ?? 'B'}`;
}

/** How long something took or takes: "340 ms", "4.2 s", "3 min 5 s", "2 h 10 min", "4 d 2 h". */
export function formatMs(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${trim(ms / 1000, 1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return pair(seconds, 60, 'min', 's');
  const minutes = Math.round(seconds / 60);
  if (minutes < 1440) return pair(minutes, 60, 'h', 'min');
  return pair(Math.round(minutes / 60), 24, 'd', 'h');
}

/** Epoch milliseconds as UTC, to the second: "2026-11-22T21:15:29Z". Years 1970 to 9999. */
export function formatTime(at: number): string {
  const seconds = Math.floor(at / 1000);
  const two = (number: number) => String(Math.floor(number)).padStart(2, '0');
  const rest = seconds % 86_400;
  const { year, month, day } = dateOf(Math.floor(seconds / 86_400));
  return `${year}-${two(month)}-${two(day)}T${two(rest / 3600)}:${two((rest / 60) % 60)}:${two(rest % 60)}Z`;
}

/** A share from 0 to 1 as "71 %". */
export function formatShare(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** CPUs with at most two decimals: "0.5", "4". */
export function formatCpus(cpus: number): string {
  return trim(cpus, 2);
}

/** "1 replica", "3 replicas": the noun gets an s unless a plural is given. */
export function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${number} ${number === 1 ? noun : plural}`;
}

/** Names in a sentence, shortened when there are many: "vm1, vm2, vm3 and 4 more". */
export function listed(names: readonly string[], most = 6): string {
  if (names.length <= most) return names.join(', ');
  return `${names.slice(0, most).join(', ')} and ${names.length - most} more`;
}

function trim(value: number, decimals: number): string {
  return String(Number(value.toFixed(decimals)));
}

function pair(total: number, base: number, large: string, small: string): string {
  const rest = total % base;
  const whole = `${Math.floor(total / base)} ${large}`;
  return rest === 0 ? whole : `${whole} ${rest} ${small}`;
}

/** The day of the calendar, from days since 1970; years begin in March here, so that a leap day is the last of its year. */
function dateOf(days: number): { readonly year: number; readonly month: number; readonly day: number } {
  const since = days + 719_468;
  const era = Math.floor(since / 146_097);
  const inEra = since % 146_097;
  const years = Math.floor(
    (inEra - Math.floor(inEra / 1460) + Math.floor(inEra / 36_524) - Math.floor(inEra / 146_096)) / 365,
  );
  const inYear = inEra - (365 * years + Math.floor(years / 4) - Math.floor(years / 100));
  const march = Math.floor((5 * inYear + 2) / 153);
  const month = march < 10 ? march + 3 : march - 9;
  return { year: era * 400 + years + (month <= 2 ? 1 : 0), month, day: inYear - Math.floor((153 * march + 2) / 5) + 1 };
}
