/** Lines of known_hosts by the names that they are for: a file with thousands of hosts is searched thousands of times. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { KnownHost } from './known-hosts.ts';

/** A line, and where it stands among all. */
interface Place {
  readonly at: number;
  readonly entry: KnownHost;
}

/** A line whose names must be tried one by one. */
interface Test extends Place {
  readonly matches: (name: string) => boolean;
}

/**
 * Finds lines by name. Plain names are looked up; patterns and hashed names, of which each has a salt of its own, are
 * tried against every name that is asked for (an HMAC takes 2 µs).
 */
export class KnownNames {
  readonly #plain = new Map<string, Place[]>();
  readonly #tests: Test[] = [];

  constructor(entries: readonly KnownHost[]) {
    for (const [at, entry] of entries.entries()) this.#add({ at, entry });
  }

  /** The lines that speak of the name (in small letters), in the order of the files. */
  named(name: string): KnownHost[] {
    const tested = this.#tests.filter(({ matches }) => matches(name));
    const found = [...(this.#plain.get(name) ?? []), ...tested];
    return found.sort((left, right) => left.at - right.at).map(({ entry }) => entry);
  }

  #add(place: Place): void {
    const { names } = place.entry;
    const matches = testOf(names);
    if (matches !== undefined) this.#tests.push({ ...place, matches });
    else for (const name of new Set(names.toLowerCase().split(','))) this.#addPlain(name, place);
  }

  #addPlain(name: string, place: Place): void {
    const others = this.#plain.get(name);
    if (others === undefined) this.#plain.set(name, [place]);
    else others.push(place);
  }
}

/** What must be tried for these names; undefined where they are plain and can be looked up. */
function testOf(names: string): ((name: string) => boolean) | undefined {
  if (names.startsWith('|')) return hashTest(names);
  return /[*?!]/.test(names) ? patternTest(names.toLowerCase().split(',')) : undefined;
}

function patternTest(patterns: readonly string[]): (name: string) => boolean {
  const denied = patterns.filter((pattern) => pattern.startsWith('!')).map((pattern) => wildcard(pattern.slice(1)));
  const wanted = patterns.filter((pattern) => !pattern.startsWith('!')).map(wildcard);
  return (name) => !denied.some((one) => one.test(name)) && wanted.some((one) => one.test(name));
}

/** `|1|salt|hash`: HMAC-SHA1 of the name, keyed with the salt. Another form matches nothing. */
function hashTest(names: string): (name: string) => boolean {
  const [, version, salt, hash] = names.split('|');
  if (version !== '1' || salt === undefined || hash === undefined) return () => false;
  const key = Buffer.from(salt, 'base64');
  const expected = Buffer.from(hash, 'base64');
  return (name) => {
    const actual = createHmac('sha1', key).update(name).digest();
    return expected.length === actual.length && timingSafeEqual(expected, actual);
  };
}

function wildcard(pattern: string): RegExp {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`);
}
