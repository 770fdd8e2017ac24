/** The order in which `docker compose config` writes keys: alphabetical, but for those that name a thing first. */

const GRANT = ['source', 'target', 'uid', 'gid', 'mode'];
const ORIGIN = ['name', 'file', 'environment', 'content', 'external'];
const UPDATE = ['parallelism', 'delay', 'failure_action', 'monitor', 'max_failure_ratio', 'order'];

/** Keys that come first, by where they stand; "" is the top. */
const FIRST: Readonly<Record<string, readonly string[]>> = {
  '': ['name', 'services', 'networks', 'volumes', 'secrets', 'configs', 'models'],
  'services.*': ['profiles'],
  'services.*.ports.*': ['name', 'mode', 'host_ip', 'target', 'published', 'protocol', 'app_protocol'],
  'services.*.volumes.*': ['type', 'source', 'target', 'read_only', 'consistency', 'bind', 'volume', 'tmpfs', 'image'],
  'services.*.secrets.*': GRANT,
  'services.*.configs.*': GRANT,
  'services.*.build': ['context', 'dockerfile', 'dockerfile_inline'],
  'services.*.healthcheck': ['test', 'timeout', 'interval', 'retries', 'start_period', 'start_interval', 'disable'],
  'services.*.deploy': [
    'mode',
    'replicas',
    'labels',
    'update_config',
    'rollback_config',
    'resources',
    'restart_policy',
    'placement',
    'endpoint_mode',
  ],
  'services.*.deploy.update_config': UPDATE,
  'services.*.deploy.rollback_config': UPDATE,
  'services.*.logging': ['driver', 'options'],
  'services.*.env_file.*': ['path', 'required', 'format'],
  'networks.*': [
    'name',
    'driver',
    'driver_opts',
    'ipam',
    'external',
    'internal',
    'attachable',
    'labels',
    'enable_ipv4',
    'enable_ipv6',
  ],
  'volumes.*': ['name', 'driver', 'driver_opts', 'external', 'labels'],
  'secrets.*': ORIGIN,
  'configs.*': ORIGIN,
};

/** Below these, keys are the user's own words: they are sorted. */
const WILD =
  /^(services|networks|volumes|secrets|configs|models)$|^services\.\*\.(ports|volumes|secrets|configs|env_file)$/;

/** The same data with all keys in Compose's order. */
export function ordered<T>(value: T, path?: string): T;
export function ordered(value: unknown, path = ''): unknown {
  const below = (key: string) => {
    if (path === '') return key;
    return `${path}.${WILD.test(path) ? '*' : key}`;
  };
  if (Array.isArray(value)) return value.map((item) => ordered(item, below('*')));
  if (typeof value !== 'object' || value === null) return value;
  const first = FIRST[path] ?? [];
  const rank = (key: string) => (first.includes(key) ? first.indexOf(key) : key.startsWith('x-') ? 2000 : 1000);
  const entries = Object.entries(value).sort(
    ([left], [right]) => rank(left) - rank(right) || (left < right ? -1 : left > right ? 1 : 0),
  );
  return Object.fromEntries(entries.map(([key, inner]) => [key, ordered(inner, below(key))]));
}
