import { expect, test } from 'vitest';
import { FleetError, FleetErrors } from '../../../src/model/error.ts';
import { PLAIN } from '../../../src/report/palette.ts';
import { formatProblems, problemRecord, problemsOf } from '../../../src/report/problem.ts';

test('a problem shows its line with carets, what was expected, notes and the hint', () => {
  const problem = new FleetError('E_UNPLACEABLE', 'backend: 1 of 4 replicas fits nowhere', {
    location: { file: 'playbooks/shop.yaml', line: 18, column: 7, text: '      replicas: 4', length: 11 },
    expected: 'each needs 0.5 cpu and 512 MiB',
    notes: ['6 hosts: 1 cordoned (vm6), 2 lack zone=a (vm3, vm4)', 'smallest change: 212 MiB more on vm2'],
    hint: 'fleet hosts',
  });
  expect(formatProblems([problem], PLAIN)).toBe(`error[E_UNPLACEABLE]: backend: 1 of 4 replicas fits nowhere
  --> playbooks/shop.yaml:18:7
   |
18 |       replicas: 4
   |       ^^^^^^^^^^^ each needs 0.5 cpu and 512 MiB
  6 hosts: 1 cordoned (vm6), 2 lack zone=a (vm3, vm4)
  smallest change: 212 MiB more on vm2
  hint: fleet hosts
`);
});

test('a caret stays below its word behind a tab, and ends with its line', () => {
  const problem = new FleetError('E_YAML', 'tab', {
    location: { file: 'a.yaml', line: 3, column: 2, text: '\tx: 1', length: 40 },
  });
  expect(formatProblems([problem], PLAIN)).toBe(`error[E_YAML]: tab
 --> a.yaml:3:2
  |
3 | \tx: 1
  | \t^^^^
`);
});

test('several problems are all shown and counted', () => {
  const problems = [
    new FleetError('E_FILE', 'a.yaml can not be read', { location: { file: 'a.yaml', line: 1, column: 1 } }),
    new FleetError('E_VALUE', 'a port is a number', { expected: '1 to 65535', hint: 'one\ntwo' }),
  ];
  expect(formatProblems(problems, PLAIN)).toBe(`error[E_FILE]: a.yaml can not be read
  --> a.yaml:1:1

error[E_VALUE]: a port is a number
  expected: 1 to 65535
  hint: one
        two

2 problems
`);
});

test('of very many problems the first hundred are shown, and all are counted', () => {
  const problems = Array.from({ length: 20_000 }, (_, index) => new FleetError('E_SCHEMA', `k${index}: unknown key`));
  const text = formatProblems(problems, PLAIN);
  expect(text).toContain('k99: unknown key\n\n20000 problems; the first 100 are shown\n');
  expect(text).not.toContain('k100:');
});

test('what a host said can not drive the terminal', () => {
  const problem = new FleetError('E_STEP', 'vm1: \u001b[2J\u001b[1;1Hok\u0007', { notes: ['\u009b31mred\r'] });
  expect(formatProblems([problem], PLAIN)).toBe('error[E_STEP]: vm1: ok\n  red\n');
});

test('a record of a problem is plain JSON without what is absent', () => {
  expect(problemRecord(new FleetError('E_FILE', 'gone'))).toEqual({
    code: 'E_FILE',
    severity: 'error',
    message: 'gone',
    notes: [],
    related: [],
  });
});

test('both places of a conflict are shown with their lines', () => {
  const problem = new FleetError('E_CLASH', 'api and web both have the port 80 on the edges', {
    location: { file: 'b.yaml', line: 12, column: 5, text: '  - 80:80', length: 5 },
    expected: 'api',
    related: [
      { location: { file: 'a.yaml', line: 3, column: 13, text: '    ports: [80:8080]', length: 7 }, message: 'web' },
    ],
    notes: ['edges: vm1'],
  });
  expect(formatProblems([problem], PLAIN)).toBe(`error[E_CLASH]: api and web both have the port 80 on the edges
  --> b.yaml:12:5
   |
12 |   - 80:80
   |     ^^^^^ api
 --> a.yaml:3:13
  |
3 |     ports: [80:8080]
  |             ^^^^^^^ web
  edges: vm1
`);
  expect(problemRecord(problem)).toMatchObject({
    location: { line: 12, column: 5, endColumn: 10 },
    related: [{ message: 'web', location: { file: 'a.yaml', line: 3, column: 13, endColumn: 20 } }],
  });
});

test('of a line of a megabyte, only what stands around the column is shown', () => {
  const text = `${'x'.repeat(500_000)}HERE${'y'.repeat(500_000)}`;
  const problem = new FleetError('E_YAML', 'long', {
    location: { file: 'a.yaml', line: 1, column: 500_001, text, length: 4 },
  });
  expect(formatProblems([problem], PLAIN)).toBe(`error[E_YAML]: long
 --> a.yaml:1:500001
  |
1 | …${'x'.repeat(60)}HERE${'y'.repeat(116)}…
  |  ${' '.repeat(60)}^^^^
`);
  expect(problemRecord(problem).location).toEqual({
    file: 'a.yaml',
    line: 1,
    column: 500_001,
    length: 4,
    endColumn: 500_005,
  });
});

test('only errors of fleet have problems', () => {
  const problem = new FleetError('E_FILE', 'gone');
  expect(problemsOf(problem)).toEqual([problem]);
  expect(problemsOf(new FleetErrors([problem, problem], 2))).toEqual([problem, problem]);
  expect(problemsOf(new Error('bug'))).toBeUndefined();
});
