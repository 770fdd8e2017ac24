/** Texts that many hosts say alike. */

/** More are seldom in use at one time; then it begins anew. */
const MOST = 10_000;

const known = new Map<string, string>();

/**
 * The text, as one and the same string wherever it is equal: what thousands of containers have in common (their app, service,
 * spec, image) is kept once, and is found to be equal without being read.
 */
export function shared(text: string): string {
  const found = known.get(text);
  if (found !== undefined) return found;
  if (known.size >= MOST) known.clear();
  known.set(text, text);
  return text;
}

/** As many characters are held on to; then it begins anew. */
const HELD = 64 * 1024 * 1024;

/** What is made of texts, made once for equal ones. */
export class Twins<T> {
  readonly #known: { readonly texts: readonly string[]; readonly made: T }[] = [];
  #held = 0;

  /** What `make` gives for these texts, or gave when it was asked with equal ones. */
  of(texts: readonly string[], make: () => T): T {
    const isTwin = (one: { readonly texts: readonly string[] }): boolean =>
      one.texts.length === texts.length && one.texts.every((text, index) => text === texts[index]);
    const twin = this.#known.find(isTwin);
    if (twin !== undefined) return twin.made;
    const size = texts.reduce((sum, text) => sum + text.length, 0);
    if (this.#held + size > HELD || this.#known.length >= MOST_TWINS) {
      this.#known.length = 0;
      this.#held = 0;
    }
    this.#held += size;
    const made = make();
    this.#known.push({ texts, made });
    return made;
  }
}

/** Kinds of files that are in use at one time: two a release, and those of hosts that are behind. */
const MOST_TWINS = 32;
