import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonical } from '../../../../../src/load/compose/canonical.ts';
import { mergeFiles, settle } from '../../../../../src/load/compose/merge.ts';
import { plain, type Scalar, type Tree } from '../../../../../src/load/tree.ts';
import { FleetError } from '../../../../../src/model/error.ts';
import { read, service } from './read.ts';

const ATTRIBUTES = `annotations blkio_config build command configs cpu_count cpus depends_on deploy develop devices dns
  entrypoint env_file environment expose extends extra_hosts gpus group_add healthcheck init label_file labels logging
  mem_limit memswap_limit models networks pids_limit ports post_start provider pull_policy secrets stop_grace_period
  storage_opt sysctls tmpfs tty ulimits volumes x-fleet`.split(/\s+/);
const WORDS = ['', 'a', '80', '80:80', '/a', './a:/b', 'a=b', '1g', '5s', 'true', '-1', 'constructor', '__proto__'];

const at = { file: 'compose.yaml', line: 1, column: 1 };

function treeOf(value: unknown): Tree {
  if (Array.isArray(value)) return { kind: 'list', items: value.map(treeOf), at };
  if (typeof value !== 'object' || value === null) return { kind: 'scalar', value: (value ?? null) as Scalar, at };
  const entries = Object.entries(value).map(([key, one]) => [key, { key: at, value: treeOf(one) }] as const);
  return { kind: 'map', entries: new Map(entries), at };
}

const { value: anything } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.oneof(fc.constantFrom(...WORDS), fc.string(), fc.double(), fc.integer(), fc.boolean(), fc.constant(null)),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(
      fc.oneof(fc.constantFrom('source', 'target', 'path', 'count', 'context', ...WORDS), fc.string()),
      tie('value'),
      {
        maxKeys: 4,
      },
    ),
  ),
}));

const file = fc
  .dictionary(fc.constantFrom(...ATTRIBUTES), anything, { maxKeys: 5 })
  .map((web) => treeOf({ services: { web }, networks: { a: web.networks }, volumes: { v: web.build } }));

test('whatever an attribute holds, there is a tree or located problems, and never a crash', () => {
  fc.assert(
    fc.property(file, file, (one, other) => {
      const problems: FleetError[] = [];
      const [left, right] = [one, other].map((tree) => canonical(tree, '/work', problems));
      if (left === undefined || right === undefined) throw new Error('no tree');
      settle(mergeFiles(left, right), '/work');
      for (const problem of problems) {
        expect(problem).toBeInstanceOf(FleetError);
        expect(problem.code).toBe('E_VALUE');
        expect(problem.location).toEqual(at);
        expect(problem.message).not.toContain('undefined');
      }
    }),
    { numRuns: 150 },
  );
});

test('the long form of the long form is the long form, and settling twice is settling once', () => {
  fc.assert(
    fc.property(file, (tree) => {
      const once = canonical(tree, '/work', []);
      expect(plain(canonical(once, '/elsewhere', []))).toEqual(plain(once));
      const done = settle(once, '/work');
      expect(plain(settle(done, '/work'))).toEqual(plain(done));
    }),
    { numRuns: 150 },
  );
});

test('a file with all short forms has stable long forms', () => {
  const { tree, problems } = read(
    service(
      `ports: ["8080:80", "[::1]:90-91:90-91/udp", 70]
expose: [1, "2/udp"]
volumes: ["a:/a:ro", "./b:/b", /c, { type: tmpfs, target: /d, tmpfs: { size: 1m, mode: 0755 } }]
environment: [A=1, B]
labels: [a, b=c]
extra_hosts: ["a:[::1]", b=1.1.1.1]
command: a 'b c'
healthcheck: { test: a b, interval: 90s }
secrets: [s, { source: t, mode: 0440 }]
devices: ["/a:/b"]
gpus: all
env_file: a.env
networks: [n]
depends_on: [d]
build: ./x
mem_limit: 1g
memswap_limit: -1
ulimits: { nofile: 5 }`,
    ),
  );
  expect(problems).toEqual([]);
  expect(plain(canonical(tree, '/elsewhere', problems))).toEqual(plain(tree));
  expect(problems).toEqual([]);
});
