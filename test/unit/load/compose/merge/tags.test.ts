import { expect, test } from 'vitest';
import { find, plain } from '../../../../../src/load/tree.ts';
import { extended, merge, settled, web } from './project.ts';

test.each<[string, string, unknown]>([
  ['ports: ["80:80"]', 'ports: !reset []', {}],
  ['image: a', 'image: !reset null', {}],
  ['environment: { A: 1, B: 2 }', 'environment: { A: !reset null }', { environment: { B: '2' } }],
  ['environment: [A=1, B=2]', 'environment: { A: !reset null }', { environment: { B: '2' } }],
  [
    'healthcheck: { test: a, interval: 5s }',
    'healthcheck: { interval: !reset 1s }',
    { healthcheck: { test: ['CMD-SHELL', 'a'] } },
  ],
  ['expose: [80]', 'expose: !override [81]', { expose: ['81'] }],
  ['deploy: { replicas: 3, mode: replicated }', 'deploy: !override { replicas: 2 }', { deploy: { replicas: 2 } }],
  [
    'deploy: { resources: { limits: { cpus: 1, memory: 1g } } }',
    'deploy: { resources: { limits: !override { pids: 1 } } }',
    { deploy: { resources: { limits: { pids: 1 } } } },
  ],
  // Entries of lists: compose drops a reset one, and takes another like any.
  ['expose: [80]', 'expose: [!reset 80, 81]', { expose: ['80', '81'] }],
  ['dns: 1.1.1.1', 'dns: [!override 2.2.2.2]', { dns: ['1.1.1.1', '2.2.2.2'] }],
  // Nothing to take away or replace.
  ['image: a', 'ports: !reset []', { image: 'a' }],
  ['image: a', 'expose: !override [80]', { image: 'a', expose: ['80'] }],
  ['expose: !reset [80]', 'image: a', { image: 'a' }],
  ['expose: !reset [80]', 'expose: [81]', { expose: ['81'] }],
  ['expose: !override [80]', 'expose: [81]', { expose: ['80', '81'] }],
])('%s with %s', (base, over, result) => {
  expect(web(base, over)).toEqual(result);
});

test('a tag acts on the files before it only', () => {
  expect(web('expose: [80]', 'expose: !reset []', 'expose: [82]')).toEqual({ expose: ['82'] });
  expect(web('expose: [80]', 'expose: !override [81]', 'expose: [82]')).toEqual({ expose: ['81', '82'] });
});

test('whole services and sections can be reset', () => {
  const tree = merge(
    'services: { web: { image: a }, old: { image: b } }\nvolumes: { v: }\n',
    'services: { old: !reset null }\nvolumes: !reset {}\n',
  );
  expect(plain(tree)).toEqual({ services: { web: { image: 'a' } } });
});

test('no tag is left in a settled tree', () => {
  const tree = merge('services: { web: { expose: !override [!override 80], image: !reset a } }');
  expect(
    JSON.stringify(find(tree, ['services']), (_, value) => (value instanceof Map ? [...value] : value)),
  ).not.toContain('"tag"');
});

test('a service that extends another has what both say', () => {
  const base = 'image: a\ndepends_on: [db]\nlinks: [db]\nenvironment: [A=1]\nexpose: [80]\ncommand: x';
  expect(settled(extended(base, 'extends: base\nenvironment: { B: 2 }\nexpose: [81]\ncommand: y'))).toEqual({
    image: 'a',
    depends_on: { db: { condition: 'service_started', required: true } },
    links: ['db'],
    environment: { A: '1', B: '2' },
    expose: ['80', '81'],
    command: ['y'],
  });
});

test('tags of a service act on the one it extends, and again on earlier files', () => {
  const web = extended('expose: [80]\nimage: a', 'extends: base\nexpose: !reset []\nimage: b');
  expect(find(web, ['expose'])?.tag).toBe('reset');
  expect(settled(web)).toEqual({ image: 'b' });
  const other = extended('expose: [80]', 'extends: base\nexpose: !override [81]');
  expect(find(other, ['expose'])?.tag).toBe('override');
  expect(settled(other)).toEqual({ expose: ['81'] });
});

test('tags of the extended service are its own affair', () => {
  const web = extended('expose: !override [80]\nimage: !reset a', 'extends: base\nexpose: [81]');
  expect(find(web, ['expose'])?.tag).toBeUndefined();
  expect(settled(web)).toEqual({ expose: ['80', '81'] });
});
