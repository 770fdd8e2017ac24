/** A resolved playbook without its secrets: what looks like one by its name is "***". */

const MASK = '***';

/** Names of variables and configs whose values are nobody's business. A name that ends in FILE holds a path. */
const SECRET =
  /passw|passphrase|passwd|secret|token|credential|private|api_?key|(^|[_.-])(pwd|pass|key|auth|salt)([_.-]|$)|(pwd|_key)$/i;
const PATH = /[_.-](file|path|dir)$/i;

type Data = Readonly<Record<string, unknown>>;

/** The model of `fleet config` with secret values masked: environment, build arguments, inline contents, passwords in URLs. */
export function maskedConfig(model: unknown): unknown {
  return mapOf(model, {
    services: each((service) =>
      mapOf(service, {
        environment: byName,
        build: (build) => mapOf(build, { args: byName }),
        post_start: hooks,
        pre_stop: hooks,
      }),
    ),
    configs: each((config, name) => (looksSecret(name) ? withContent(config) : config)),
    secrets: each(withContent),
  });
}

/** The value as it may be shown: "***" for a name that looks like one of a secret, passwords in URLs masked in all others. */
export function maskedValue(name: string, value: string): string {
  if (value === '') return value;
  return looksSecret(name) ? MASK : value.replace(/(:\/\/[^/\s:@]*):[^/\s@]+@/g, `$1:${MASK}@`);
}

function looksSecret(name: string): boolean {
  return SECRET.test(name) && !PATH.test(name);
}

function byName(values: unknown): unknown {
  return each((value, name) => (typeof value === 'string' ? maskedValue(name, value) : value))(values);
}

function hooks(all: unknown): unknown {
  return Array.isArray(all) ? all.map((hook) => mapOf(hook, { environment: byName })) : all;
}

function withContent(origin: unknown): unknown {
  return mapOf(origin, { content: () => MASK });
}

function each(change: (value: unknown, name: string) => unknown): (values: unknown) => unknown {
  return (values) =>
    isData(values)
      ? Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value, name)]))
      : values;
}

function mapOf(value: unknown, changes: Readonly<Record<string, (value: unknown) => unknown>>): unknown {
  return each((inner, key) => (Object.hasOwn(changes, key) ? (changes[key]?.(inner) ?? inner) : inner))(value);
}

function isData(value: unknown): value is Data {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
