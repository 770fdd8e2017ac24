/**
 * What logins go by: the user's keys and the known host keys, read from files and agent for many hosts at once. Read anew
 * for each of thousands of hosts they cost more than the handshakes.
 */
import { canonicalJson } from '../model/digest.ts';
import { Fresh } from './fresh.ts';
import type { Hop } from './hop.ts';
import { knownHostsFiles, knownKeysOf, readKnownNames } from './host-key.ts';
import { findIdentity, type Identity, type KeySource } from './identity.ts';
import type { KnownKeys } from './known-hosts.ts';
import type { KnownNames } from './known-names.ts';

/** Keys of all hops of a shell. */
export class Credentials {
  readonly source: KeySource;
  readonly #identities: Fresh<Identity>;
  readonly #names: Fresh<KnownNames>;

  /** Files and agent are read again when the last reading is older than `freshMs`, by the clock of `now`. */
  constructor(source: KeySource, now: () => number, freshMs: number) {
    this.source = source;
    this.#identities = new Fresh(now, freshMs);
    this.#names = new Fresh(now, freshMs);
  }

  /** Reads what the hop needs, if it is not known. Throws FleetError E_FILE. */
  async read(hop: Hop): Promise<void> {
    await Promise.all([this.knownKeys(hop), this.identity(hop)]);
  }

  /** What can be offered to the hop. Throws FleetError E_FILE. */
  identity(hop: Hop): Promise<Identity> {
    const { identities, identitiesOnly, user } = hop.target;
    return this.#identities.get(canonicalJson({ identities, identitiesOnly, user }), () =>
      findIdentity(hop, this.source),
    );
  }

  /** The keys that the hop may show. Throws FleetError E_FILE. */
  async knownKeys(hop: Hop): Promise<KnownKeys> {
    const files = knownHostsFiles(hop, this.source.home);
    return knownKeysOf(hop, await this.#names.get(files.join('\n'), () => readKnownNames(files)));
  }
}
