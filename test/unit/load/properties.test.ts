import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { FleetErrors } from '../../../src/model/error.ts';
import { junk } from './support/junk.ts';
import { inventoryFrom, playbookFrom } from './support/memory.ts';

const SHOP = {
  name: 'shop',
  services: {
    web: {
      image: 'nginx:1.30',
      ports: ['8080:80', '8443:443'],
      environment: { A: '1', B: '2', C: '$$x' },
      networks: { front: { aliases: ['www', 'site'] }, back: null },
      depends_on: { db: { condition: 'service_healthy' }, cache: { condition: 'service_started' } },
      deploy: { replicas: 3, placement: { constraints: ['node.role == worker', 'node.labels.zone != b'] } },
      'x-fleet': {
        ingress: [
          { host: 'a.example', port: 80 },
          { host: 'b.example', port: 443 },
        ],
        rollout: 'blue-green',
      },
    },
    db: {
      image: 'postgres:16',
      volumes: ['data:/data', '/etc/ssl:/etc/ssl:ro'],
      networks: ['back'],
      healthcheck: { test: ['CMD', 'pg_isready'], interval: '2s', timeout: '1s' },
      secrets: ['pw', { source: 'pw', target: 'other', mode: '0400' }],
      ulimits: { nofile: 1024, nproc: { soft: 1, hard: 2 } },
    },
    cache: { image: 'redis:7', networks: { back: null }, cap_drop: ['ALL', 'CHOWN'], labels: { b: '1', a: '2' } },
  },
  volumes: { data: null, other: { name: 'x' } },
  networks: { front: null, back: null },
  secrets: { pw: { environment: 'PW' } },
};

const HOSTS = {
  defaults: { user: 'deploy', labels: { dc: 'x' } },
  hosts: {
    'web[1:3]': { address: '10.0.0.[1:3]', capacity: { cpus: 2, memory: '4g' } },
    edge: { address: '10.0.0.9', roles: ['edge'], jump: 'web1', known_hosts: ['~/.ssh/k'] },
  },
  network: { vips: '10.96.0.0/16', ports: '20000-29999' },
};

const env = { PW: 'secret' };

/** For a machine that is busy with other things; usual is half a second. */
const LIMIT_MS = 60_000;

/** The same value with the keys of every map in another order. */
function shuffled(value: unknown, seed: number): unknown {
  if (Array.isArray(value)) return value.map((item) => shuffled(item, seed));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, shuffled(inner, seed + 1)] as const);
  const rank = (key: string) => Math.sin(seed + [...key].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7));
  return Object.fromEntries(entries.sort(([left], [right]) => rank(left) - rank(right)));
}

test(
  'the order of keys changes nothing but locations',
  async () => {
    const { playbook } = await playbookFrom(stringify(SHOP), { env });
    const inventory = await inventoryFrom(stringify(HOSTS));
    const property = fc.asyncProperty(fc.integer({ min: 0, max: 1e6 }), async (seed) => {
      const other = await playbookFrom(stringify(shuffled(SHOP, seed)), { env });
      expect(JSON.stringify({ ...other.playbook, locations: {} })).toBe(JSON.stringify({ ...playbook, locations: {} }));
      expect(JSON.stringify(await inventoryFrom(stringify(shuffled(HOSTS, seed))))).toBe(JSON.stringify(inventory));
    });
    await fc.assert(property, { numRuns: 12 });
  },
  LIMIT_MS,
);

/** Every place in the value, as a path. */
function places(value: unknown, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [
    path,
    ...Object.entries(value).flatMap(([key, inner]) =>
      places(inner, [...path, Array.isArray(value) ? Number(key) : key]),
    ),
  ];
}

function replaced(value: unknown, path: readonly (string | number)[], by: unknown, key: string): unknown {
  const [first, ...rest] = path;
  if (first === undefined) return by;
  if (Array.isArray(value)) return value.map((item, index) => (index === first ? replaced(item, rest, by, key) : item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, inner]) =>
      name === first
        ? [[rest.length === 0 && key !== '' ? key : name, replaced(inner, rest, by, key)]]
        : [[name, inner]],
    ),
  );
}

/** Loads, or says what is wrong and where; anything else is a failure of the test. */
async function loadsOrExplains(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof FleetErrors)) throw error;
    expect(error.problems.length).toBeGreaterThan(0);
    for (const problem of error.problems) {
      expect(problem.message).not.toMatch(/undefined|\[object|NaN/);
      expect(problem.location?.line ?? 1).toBeGreaterThan(0);
      expect(problem.location?.column ?? 1).toBeGreaterThan(0);
    }
  }
}

test(
  'a playbook with anything changed loads, or all its problems are explained',
  async () => {
    const all = places(SHOP);
    const property = fc.asyncProperty(
      fc.constantFrom(...all),
      junk,
      fc.constantFrom('', '', 'x', 'image', '<<'),
      async (path, by, key) => {
        await loadsOrExplains(() => playbookFrom(stringify(replaced(SHOP, path, by, key)), { env }));
      },
    );
    await fc.assert(property, { numRuns: 70 });
  },
  LIMIT_MS,
);

test(
  'an inventory with anything changed loads, or all its problems are explained',
  async () => {
    const all = places(HOSTS);
    const property = fc.asyncProperty(
      fc.constantFrom(...all),
      junk,
      fc.constantFrom('', '', 'x', 'port'),
      async (path, by, key) => {
        await loadsOrExplains(() => inventoryFrom(stringify(replaced(HOSTS, path, by, key))));
      },
    );
    await fc.assert(property, { numRuns: 50 });
  },
  LIMIT_MS,
);

test(
  'a text with letters changed, added or cut loads, or all its problems are explained',
  async () => {
    const text = stringify(SHOP);
    const letter = fc.constantFrom(...'\t\n\r :-[]{}&*!|>\'"%@`#,?$<~\\\u{FEFF}\u{85}é');
    const property = fc.asyncProperty(fc.nat(text.length), fc.nat(3), letter, async (at, cut, added) => {
      await loadsOrExplains(() => playbookFrom(`${text.slice(0, at)}${added}${text.slice(at + cut)}`, { env }));
    });
    await fc.assert(property, { numRuns: 70 });
  },
  LIMIT_MS,
);
