/** A problem as plain text with everything it says, for whole-text comparison. */

import type { FleetError, Location } from '../../../../src/model/error.ts';
import { FleetErrors } from '../../../../src/model/error.ts';

/** "E_X file:1:2 (3) message", then expected, hint and notes, one line each. */
function render(problem: FleetError): string {
  const { location } = problem;
  const place = location === undefined ? '' : ` ${placeOf(location)}`;
  const lines = [
    `${problem.code}${place} ${problem.message}`,
    ...(location?.text === undefined
      ? []
      : [`  | ${location.text}`, `  | ${caret(location.column, location.length ?? 1)}`]),
    ...(problem.expected === undefined ? [] : [`  expected: ${problem.expected}`]),
    ...(problem.hint === undefined ? [] : [`  hint: ${problem.hint}`]),
    ...problem.related.map((one) => `  note: ${one.message}: ${placeOf(one.location)}`),
    ...problem.notes.map((note) => `  note: ${note}`),
  ];
  return lines.join('\n');
}

/** What the work is refused with; a text that says so when it is not refused, and what else it threw. */
export async function refusal(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
    return 'loaded without a problem';
  } catch (error) {
    if (!(error instanceof FleetErrors)) throw error;
    return error.problems.map(render).join('\n');
  }
}

function placeOf({ file, line, column }: Location): string {
  return `${file}:${line}:${column}`;
}

function caret(column: number, length: number): string {
  return ' '.repeat(column - 1) + '^'.repeat(length);
}
