/** Text that comes in pieces, cut into lines. */

/** Longer lines are thrown away: nothing that fleet reads writes one, and memory must not follow what a host sends. */
const LIMIT = 1024 * 1024;

/** Takes pieces and tells whole lines, without their ends; a last one without an end counts too. */
export interface LineReader {
  push(chunk: string): void;
  end(): void;
}

/** A reader that calls back with each whole line. */
export function lineReader(onLine: (text: string) => void): LineReader {
  let rest = '';
  return {
    push(chunk) {
      const parts = (rest + chunk).split('\n');
      rest = parts.pop() ?? '';
      for (const part of parts) if (part.length <= LIMIT) onLine(part);
      if (rest.length > LIMIT) rest = rest.slice(0, LIMIT + 1);
    },
    end() {
      if (rest !== '' && rest.length <= LIMIT) onLine(rest);
      rest = '';
    },
  };
}
