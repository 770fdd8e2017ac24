/** From an inventory entry, the defaults and ~/.ssh/config to how a host is reached. */
import { dirname, join, resolve } from 'node:path';
import type { SshTarget } from '../../model/inventory.ts';
import type { HostEntry } from './schema.ts';
import { expandHome, type SshLookup, type SshSettings } from './ssh-config.ts';

/** What all hosts have in common when they are resolved. */
export interface Surroundings {
  readonly lookup: SshLookup;
  /** Home folder of the user who runs fleet. */
  readonly home: string;
  /** Who runs fleet; ssh's default user. */
  readonly user: string;
  /** Private keys under their usual names that are there. */
  readonly defaultIdentities: readonly string[];
  /** The inventory file; relative paths in it start at its folder. */
  readonly file: string;
}

/** The usual names of private keys, in the order in which ssh tries them. */
export const USUAL_KEYS: readonly string[] = ['id_rsa', 'id_ecdsa', 'id_ed25519'];

/** Where a host is dialled and as whom; `entry` has the inventory's defaults in it. Jumps are added by jumps.ts. */
export function targetOf(name: string, entry: HostEntry, around: Surroundings): SshTarget {
  const byName = around.lookup(name);
  const said = entry.address === undefined ? byName : bothSaid(byName, around.lookup(entry.address));
  const identities = entry.identity?.map((path) => localPath(path, around)) ?? said.identities;
  return {
    address: entry.address ?? said.hostName ?? name,
    port: entry.port ?? said.port ?? 22,
    user: entry.user ?? said.user ?? around.user,
    identities: identities.length > 0 ? identities : around.defaultIdentities,
    identitiesOnly: said.identitiesOnly ?? false,
    knownHosts: entry.known_hosts?.map((path) => localPath(path, around)) ?? knownHostsOf(said, around.home),
    ...(said.hostKeyAlias === undefined ? {} : { hostKeyAlias: said.hostKeyAlias }),
    jumps: [],
  };
}

function bothSaid(first: SshSettings, second: SshSettings): SshSettings {
  const identities = first.identities.length > 0 ? first.identities : second.identities;
  return { ...second, ...first, identities };
}

function knownHostsOf(said: SshSettings, home: string): readonly string[] {
  const own = said.knownHosts ?? [join(home, '.ssh', 'known_hosts'), join(home, '.ssh', 'known_hosts2')];
  return [...own, '/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2'];
}

function localPath(path: string, around: Surroundings): string {
  return resolve(dirname(around.file), expandHome(path, around.home));
}
