import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { checkShape } from '../../../../src/load/compose/check-shape.ts';
import { issuesOf } from '../../../../src/load/compose/check-shape-validator.ts';
import { branches, type JsonSchema, playbookSchema } from '../../../../src/load/compose/schema.ts';
import { sortProblems } from '../../../../src/load/problems.ts';
import { plain, type Tree } from '../../../../src/load/tree.ts';
import { parseYamlDocuments } from '../../../../src/load/yaml.ts';
import { type FleetError, FleetErrors } from '../../../../src/model/error.ts';
import { readCases } from '../support/cases.ts';
import { refusal } from '../support/render.ts';

function treeOf(text: string): Tree {
  const { trees, problems } = parseYamlDocuments({ path: 'shop.yaml', text });
  const [tree] = trees;
  if (tree === undefined) throw new Error(problems.map(({ message }) => message).join('\n'));
  return tree;
}

async function saysOf(text: string): Promise<string> {
  const problems: FleetError[] = [];
  checkShape(treeOf(text), problems);
  return await refusal(async () => {
    if (problems.length > 0) throw new FleetErrors(sortProblems(problems), 2);
  });
}

function prunedOf(text: string): unknown {
  return plain(checkShape(treeOf(text), []));
}

for (const { title, input, says } of readCases('../compose/check-shape')) {
  test(`shape: ${title}`, async () => expect(await saysOf(input)).toBe(says));
}

test('the playbook of this repository has the right shape', async () => {
  expect(await saysOf(readFileSync('playbooks/shop.yaml', 'utf8'))).toBe('loaded without a problem');
});

test('text that reads as a number or switch is taken for one', async () => {
  const text = `services:
  web:
    image: nginx
    depends_on: { db: { condition: service_started, required: "false" } }
    networks: { front: { priority: "10", gw_priority: "-1.5" } }
    use_api_socket: "TRUE"
  db: { image: postgres }
networks: { front: }`;
  expect(await saysOf(text)).toBe('loaded without a problem');
});

test('what !reset takes away is not looked at', async () => {
  const text = `services:
  web:
    image: nginx
    ports: !reset null
    enviroment: !reset {}
    deploy: !reset { replica: 1 }`;
  expect(await saysOf(text)).toBe('loaded without a problem');
});

test('wrong parts are taken away, services stay', () => {
  const text = `services:
  web:
    image: 5
    enviroment: {}
    environment: { A: b, C: [d] }
    volumes: [{ target: /a }, "data:/b", { type: volum, target: /c }]
    depends_on: { db: {}, cache: { condition: service_healthy } }
    ports: 80
  db: postgres
  "my web": { image: nginx, port: 1 }
volumes: [data]
secrets: { a: { x-fleet: {} }, b: { file: b.txt } }`;
  expect(prunedOf(text)).toEqual({
    services: {
      web: {
        environment: { A: 'b' },
        volumes: ['data:/b'],
        depends_on: { cache: { condition: 'service_healthy' } },
      },
      db: {},
      'my web': { image: 'nginx' },
    },
    secrets: { a: {}, b: { file: 'b.txt' } },
  });
});

test('what encloses a part that was taken away goes when it can not be without', () => {
  const text = 'services: { web: { volumes: [{ type: [volume], target: /a }], x-fleet: { ingress: { port: [] } } } }';
  expect(prunedOf(text)).toEqual({ services: { web: { volumes: [], 'x-fleet': {} } } });
});

test('alternatives of the schema differ by type, so that the type chooses among them', () => {
  const seen = new Set<JsonSchema>();
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || seen.has(value)) return;
    seen.add(value);
    const schema: JsonSchema = value;
    if (schema.oneOf !== undefined) {
      const types = branches(schema).flatMap(({ type = [] }) => type);
      expect(new Set(types).size, JSON.stringify(schema)).toBe(types.length);
      for (const { type } of branches(schema)) expect(type, JSON.stringify(schema)).toBeDefined();
    }
    for (const inner of Object.values(value)) walk(inner);
  };
  walk(playbookSchema());
  expect(seen.size).toBeGreaterThan(400);
});

test('the verdict is that of the schema as it is written', () => {
  const validate = new Ajv({ strict: false }).compile(withoutUnique(playbookSchema()) as object);
  const verdicts = { good: 0, bad: 0 };
  fc.assert(
    fc.property(mutations(), (value) => {
      const good = validate(value) === true;
      verdicts[good ? 'good' : 'bad'] += 1;
      if ((issuesOf(value).length === 0) !== good) throw new Error(`otherwise: ${stringify(value)}`);
    }),
    { numRuns: 400, seed: 7 },
  );
  expect(Math.min(verdicts.good, verdicts.bad)).toBeGreaterThan(40);
}, 20_000);

function withoutUnique(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUnique);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => (key === 'uniqueItems' ? [] : [[key, withoutUnique(inner)]])),
  );
}

/** A file with every kind of attribute, one value of it replaced by something else. */
function mutations(): fc.Arbitrary<unknown> {
  const text = readFileSync(new URL('./check-shape-whole.yaml', import.meta.url), 'utf8');
  const original: unknown = parse(text);
  const odd = fc.constantFrom<unknown>(null, 5, -1, 1.5, true, 'x', '', [], ['x'], [{}], {}, { x: 1 }, { 'x-a': 1 });
  return fc.tuple(fc.nat(), odd).map(([pick, value]) => {
    const whole = structuredClone(original);
    const places: (() => void)[] = [];
    const walk = (node: unknown): void => {
      if (typeof node !== 'object' || node === null) return;
      for (const key of Object.keys(node)) {
        places.push(() => Reflect.set(node, key, value));
        walk(Reflect.get(node, key));
      }
    };
    walk(whole);
    places[pick % places.length]?.();
    return whole;
  });
}
