/** Long texts on their way out: written as they are made, never whole in memory. */

/** So many characters go out at once. */
const AT_ONCE = 2 ** 16;

/** The same text in fewer and larger pieces. */
export function* joined(pieces: Iterable<string>): Iterable<string> {
  let waiting = '';
  for (const piece of pieces) {
    waiting += piece;
    if (waiting.length < AT_ONCE) continue;
    yield waiting;
    waiting = '';
  }
  if (waiting !== '') yield waiting;
}
