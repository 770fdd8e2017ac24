/** What the schema complains about, in fleet's words: what was found, what was expected, the nearest right word. */
import { FleetError, type FleetErrorDetails } from '../../model/error.ts';
import { nearestHint } from '../nearest.ts';
import { prefixed } from '../problems.ts';
import { describe, find, locate, locateKey, type Path, plain, type Tree } from '../tree.ts';
import type { Wrong } from './check-shape.ts';
import { branches, type JsonSchema, knownKeys, schemaAt, typesOf } from './schema.ts';

const DURATION = 'a duration such as 30s';
const SIZE = 'a size such as 512m';
const ZONE = 'a time zone such as Europe/Berlin';
const LOCAL_TIME = 'a day and a time such as "2026-11-27 08:00"';

/** What is expected where the schema says no more than "text" or has a pattern only, by attribute. */
const EXPECTED: Readonly<Record<string, string>> = {
  'services.*.image': 'an image such as nginx:1.30',
  'services.*.container_name': 'a name of letters, digits, "_", "." and "-"',
  'services.*.pull_policy': 'always, missing, never, build, daily, weekly or every_12h',
  'services.*.user': 'a user',
  'services.*.ports[]': 'a port such as "8080:80", or a map',
  'services.*.expose[]': 'a port',
  'services.*.secrets[].mode': 'permission bits such as "0440"',
  'services.*.configs[].mode': 'permission bits such as "0440"',
  'services.*.stop_grace_period': DURATION,
  'services.*.healthcheck.interval': DURATION,
  'services.*.healthcheck.timeout': DURATION,
  'services.*.healthcheck.start_period': DURATION,
  'services.*.healthcheck.start_interval': DURATION,
  'services.*.deploy.update_config.delay': DURATION,
  'services.*.deploy.update_config.monitor': DURATION,
  'services.*.deploy.rollback_config.delay': DURATION,
  'services.*.deploy.rollback_config.monitor': DURATION,
  'services.*.deploy.restart_policy.delay': DURATION,
  'services.*.deploy.restart_policy.window': DURATION,
  'services.*.deploy.resources.limits.memory': SIZE,
  'services.*.deploy.resources.reservations.memory': SIZE,
  'services.*.mem_limit': SIZE,
  'services.*.mem_reservation': SIZE,
  'services.*.memswap_limit': SIZE,
  'services.*.shm_size': SIZE,
  'services.*.x-fleet.read_timeout': DURATION,
  'services.*.x-fleet.rollout': 'blue-green, rolling, recreate, or { canary: { percent: 10, time: 5m } }',
  'services.*.x-fleet.rollout.canary.percent': 'a number from 1 to 99',
  'services.*.x-fleet.rollout.canary.time': 'a duration such as 5m',
  'services.*.x-fleet.rollout.kind': 'blue-green, rolling, recreate',
  'services.*.x-fleet.rollout.bake': 'a duration such as 10m',
  'services.*.x-fleet.ingress.port': 'the port of the container',
  'services.*.x-fleet.ingress[].port': 'the port of the container',
  'services.*.x-fleet.ingress.read_timeout': DURATION,
  'services.*.x-fleet.ingress[].read_timeout': DURATION,
  'services.*.x-fleet.ingress.tls.certificate': 'the path of a PEM file',
  'services.*.x-fleet.ingress.tls.key': 'the path of a PEM file',
  'services.*.x-fleet.ingress[].tls.certificate': 'the path of a PEM file',
  'services.*.x-fleet.ingress[].tls.key': 'the path of a PEM file',
  'services.*.x-fleet.ingress': 'a map, or a list of maps',
  'services.*.x-fleet.scale.cpu': 'a share such as 70%',
  'services.*.x-fleet.scale.requests_per_second': 'a number such as 50',
  'services.*.x-fleet.scale.scale_up_after': DURATION,
  'services.*.x-fleet.scale.scale_down_after': DURATION,
  'services.*.x-fleet.scale.time_zone': ZONE,
  'services.*.x-fleet.scale.warm_up': DURATION,
  'services.*.x-fleet.scale.windows[].start': LOCAL_TIME,
  'services.*.x-fleet.scale.windows[].end': LOCAL_TIME,
  'services.*.x-fleet.scale.windows[].cron': 'a cron line such as "0 8 * * 1-5"',
  'services.*.x-fleet.scale.windows[].duration': DURATION,
  'services.*.x-fleet.scale.windows[].replicas': 'a number of replicas',
  'services.*.x-fleet.scale.windows[].time_zone': ZONE,
  'services.*.x-fleet.scale.windows[].warm_up': DURATION,
};

/** The problem to report for a complaint of the schema. */
export function explain(tree: Tree, wrong: Wrong): FleetError {
  const { path, keyword, key } = wrong;
  if (key === undefined) return keyword === 'type' ? wrongType(tree, path) : wrongValue(tree, path);
  if (keyword === 'required') return missing(tree, path, key);
  return keyword === 'propertyNames' ? wrongName(tree, [...path, key]) : unknownKey(tree, [...path, key]);
}

function wrongType(tree: Tree, path: Path): FleetError {
  const found = find(tree, path);
  const expected = expectedAt(path);
  const hint = typeHint(found, path, expected);
  return new FleetError('E_SCHEMA', prefixed(path, `found ${describe(found)}`), {
    location: locate(tree, path),
    expected,
    ...(hint === undefined ? {} : { hint }),
  });
}

function typeHint(found: Tree | undefined, path: Path, expected: string): string | undefined {
  if (found?.kind !== 'scalar' || path.length === 0) return undefined;
  const types = typesOf(schemaAt(path)?.schema ?? {});
  if (found.value === null) return nothingHint(types);
  const takesText = types.includes('string') && !types.includes('boolean') && enumOf(path).length === 0;
  if (typeof found.value === 'string' || !takesText) return undefined;
  const isDuration = expected.startsWith('a duration') && typeof found.value === 'number';
  return isDuration ? `write ${found.value}s for seconds` : `write it in quotes: "${found.value}"`;
}

function enumOf(path: Path): readonly string[] {
  return branches(schemaAt(path)?.schema ?? {}).flatMap((one) => one.enum ?? []);
}

function nothingHint(types: readonly string[]): string | undefined {
  if (types.includes('array')) return 'remove the key, or write [] for an empty list';
  return types.includes('object') ? 'remove the key, or write {} for an empty map' : undefined;
}

function missing(tree: Tree, path: Path, key: string): FleetError {
  return new FleetError('E_SCHEMA', prefixed([...path, key], 'is missing'), {
    location: locate(tree, path),
    expected: expectedAt([...path, key]),
  });
}

function unknownKey(tree: Tree, path: Path): FleetError {
  const known = knownKeys(path.slice(0, -1));
  const hint = nearestHint(String(path.at(-1)), known);
  return new FleetError('E_SCHEMA', prefixed(path, 'unknown key'), {
    location: locateKey(tree, path),
    ...(known.length > 12 || known.length === 0 ? {} : { expected: known.join(', ') }),
    ...(hint === undefined ? {} : { hint }),
  });
}

const NOUNS: Readonly<Record<string, string>> = {
  services: 'service name',
  networks: 'name of a network',
  volumes: 'name of a volume',
  secrets: 'name of a secret',
  configs: 'name of a config',
};

const SERVICE_NAME =
  'lower-case letters, digits, "-" and "_", at most 41: it becomes a host name and a part of container names';

/** The same sentence as for names that are right for Compose and not for fleet. */
function wrongName(tree: Tree, path: Path): FleetError {
  const noun = path.length === 2 ? (NOUNS[String(path[0])] ?? 'name') : 'name';
  const name = String(path.at(-1));
  const fit = name.toLowerCase().replace(/[^a-z0-9._-]+/g, '-');
  const where = path.length === 2 ? '' : `${prefixed(path.slice(0, -1), '')}`;
  return new FleetError('E_VALUE', `${where}the ${noun} ${JSON.stringify(name)} can not be used`, {
    location: locateKey(tree, path),
    expected: path[0] === 'services' && path.length === 2 ? SERVICE_NAME : nameWords(path),
    ...(fit !== name && /^[a-z0-9][a-z0-9_-]{0,40}$/.test(fit) ? { hint: `write ${fit}` } : {}),
  });
}

function nameWords(path: Path): string {
  const [pattern = ''] = branches(schemaAt(path.slice(0, -1))?.schema ?? {}).flatMap((one) =>
    Object.keys(one.patternProperties ?? {}),
  );
  if (pattern === '^[0-9]+$') return 'a port number';
  return pattern.endsWith('.+') || pattern.endsWith('.+$') ? 'a name' : 'letters, digits, ".", "_" and "-"';
}

function wrongValue(tree: Tree, path: Path): FleetError {
  const found = find(tree, path);
  const value = found === undefined ? '' : String(plain(found));
  const choice = branches(schemaAt(path)?.schema ?? {});
  const words = enumOf(path);
  const bounds = choice.find(({ minimum }) => minimum !== undefined);
  const hint = nearestHint(value, words);
  const message = bounds === undefined ? 'does not fit here' : `is not ${boundsOf(bounds)}`;
  return new FleetError('E_VALUE', prefixed(path, `${JSON.stringify(value)} ${message}`), details(hint));

  function details(near: string | undefined): FleetErrorDetails {
    const expected =
      words.length === 0 ? (bounds === undefined ? expectedAt(path) : boundsOf(bounds)) : words.join(', ');
    return { location: locate(tree, path), expected, ...(near === undefined ? {} : { hint: near }) };
  }
}

function boundsOf({ minimum, maximum }: JsonSchema): string {
  return maximum === undefined ? `a whole number from ${minimum}` : `a whole number from ${minimum} to ${maximum}`;
}

function expectedAt(path: Path): string {
  const at = schemaAt(path);
  if (at === undefined) return 'something else';
  return EXPECTED[at.attribute] ?? expectedWords(at.schema);
}

/** "text, or a list of text": what a schema allows. */
function expectedWords(schema: JsonSchema): string {
  const all = branches(schema);
  const words = all.flatMap((branch) => branch.enum ?? []);
  if (words.length > 0 && all.length === 1) return words.join(', ');
  const lists = all.some(({ items }) => items !== undefined && isText(items));
  const types = typesOf(schema).filter((type) => type !== 'null');
  const said = [
    ...scalarWords(types),
    ...(types.includes('array') ? [lists ? 'a list of text' : 'a list'] : []),
    ...(types.includes('object') ? ['a map'] : []),
  ];
  return said.join(', or ');
}

function isText(schema: JsonSchema): boolean {
  const types = typesOf(schema);
  return types.length === 1 && types[0] === 'string';
}

function scalarWords(types: readonly string[]): readonly string[] {
  const has = (type: string) => types.includes(type);
  const isNumber = has('number') || has('integer');
  if (has('boolean') && !isNumber) return ['true or false'];
  if (has('string') && !(isNumber && !has('boolean') && types.length === 2)) return ['text'];
  if (has('integer')) return ['a whole number'];
  return isNumber ? ['a number'] : [];
}
