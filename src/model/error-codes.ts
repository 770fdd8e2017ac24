/** Every error code of fleet, alphabetically, with its meaning. The README's table is made from this list. */
export const ERROR_CODES = {
  E_CLASH: 'Two services or apps want the same port, host name, address or name',
  E_CYCLE: 'depends_on goes round in a circle',
  E_DIAL: 'A connection from a host to an address could not be opened',
  E_FILE: 'A file could not be read or written',
  E_HEALTH: 'New replicas did not become healthy in time',
  E_HOST_DOCKER: 'Docker does not answer on a host, or the user may not use it',
  E_HOST_KEY_CHANGED: 'A host shows another key than known_hosts has: stop',
  E_HOST_KEY_REVOKED: 'A host shows a key that known_hosts marks as revoked: stop',
  E_HOST_KEY_UNKNOWN: 'known_hosts has no key for a host',
  E_HOST_UNREACHABLE: 'A host does not answer',
  E_IMAGE: 'An image could not be resolved or pulled',
  E_INTERPOLATION: 'A variable in a file is missing or wrongly written',
  E_LEASE_HELD: 'Another deploy is at work',
  E_LEASE_LOST: 'Another process took the lease while this one worked',
  E_NUL: 'A NUL byte where a command is built',
  E_PLAN_STALE: 'The hosts or files changed since the plan was made',
  E_QUORUM: 'Fewer than half of the hosts answer: it is probably this machine that is cut off',
  E_REFERENCE: 'A name that is not defined: network, volume, secret, config, service or host',
  E_SCHEMA: 'A key that is unknown, or a value of the wrong type',
  E_SSH_AUTH: 'No key was accepted',
  E_STEP: 'A command of the plan failed on a host',
  E_TIMEOUT: 'A command took longer than its limit',
  E_UNPLACEABLE: 'A replica fits on no host',
  E_UNSUPPORTED: 'A key of the Compose Specification that fleet does not handle yet',
  E_VALUE: 'A value that can not be right: size, duration, port, name',
  E_YAML: 'A file is not valid YAML',
} as const;

/** One of the codes. */
export type ErrorCode = keyof typeof ERROR_CODES;
