/** What a machine tells of itself before it has Docker. */
import type { HostDown } from './observed.ts';

/** A machine that answers by SSH, whatever is on it. */
export interface BareHost {
  readonly reachable: true;
  /** The SSH user's name and home folder. */
  readonly user: string;
  readonly home: string;
  /** ID and ID_LIKE of /etc/os-release: ["ubuntu", "debian"]. Empty when there is no such file. */
  readonly distribution: readonly string[];
  /** "Debian GNU/Linux 12 (bookworm)". */
  readonly system: string;
  /** As whom commands can be run without a password: root itself, anybody by sudo, or the user alone. */
  readonly rights: 'root' | 'sudo' | 'none';
  /** What `sudo -n true` said. */
  readonly refusal: string;
  readonly docker: 'missing' | 'stopped' | 'running';
  /** Whether this login may use Docker. */
  readonly mayUseDocker: boolean;
  /** Whether the user is a member of the group docker; what a login may do shows at the next one. */
  readonly isMember: boolean;
  /** Programs that fleet needs on a host and that are not there. Sorted. */
  readonly lacks: readonly string[];
}

/** By host: what it told, or why it does not answer by SSH. */
export type BareHosts = Readonly<Record<string, BareHost | HostDown>>;

/** Programs that fleet runs on hosts -> the Debian package that has them. */
export const HOST_PROGRAMS = {
  base64: 'coreutils',
  docker: 'docker.io',
  dockerd: 'docker.io',
  flock: 'util-linux',
  ip: 'iproute2',
  iptables: 'iptables',
  pgrep: 'procps',
  tar: 'tar',
} as const;
