/** Texts that many hosts say alike. */

/** More are seldom in use at one time; then it begins anew. */
const MOST = 10_000;

const known = new Map<string, string>();

/**
 * The text, as one and the same string wherever it is equal: what thousands of containers have in common (their app, service,
 * spec, image) is kept once, and is found to be equal without being read.
 */
export function once(text: string): string {
  const found = known.get(text);
  if (found !== undefined) return found;
  if (known.size >= MOST) known.clear();
  known.set(text, text);
  return text;
}
