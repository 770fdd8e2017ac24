import { expect, test } from 'vitest';
import { canonical } from '../../../../../src/load/compose/canonical.ts';
import { find, locate, plain } from '../../../../../src/load/tree.ts';
import { parseYamlDocuments } from '../../../../../src/load/yaml.ts';
import type { FleetError } from '../../../../../src/model/error.ts';
import { read, service } from './read.ts';

test('networks, volumes, secrets and configs have one form each', () => {
  const { tree, problems } = read(`
networks:
  a: { driver_opts: { x: 1 }, labels: [y], internal: "true", ipam: { options: { z: 2 } } }
  b:
volumes:
  c: { external: { name: old } }
  d: { external: "false", driver: local, driver_opts: { o: bind, device: ./e, type: none } }
secrets:
  f: { file: ./f.txt }
configs:
  g: { file: ~/g.txt, labels: { h: 1 } }
  i: { content: "a" }
`);
  expect(problems).toEqual([]);
  expect(plain(tree)).toEqual({
    networks: {
      a: { driver_opts: { x: '1' }, labels: { y: '' }, internal: true, ipam: { options: { z: '2' } } },
      b: null,
    },
    volumes: {
      c: { external: true, name: 'old' },
      d: { external: false, driver: 'local', driver_opts: { o: 'bind', device: '/work/shop/e', type: 'none' } },
    },
    secrets: { f: { file: '/work/shop/f.txt' } },
    configs: { g: { file: '/home/ann/g.txt', labels: { h: '1' } }, i: { content: 'a' } },
  });
});

test('a name beside the old external name is refused', () => {
  const { problems } = read('volumes:\n  a: { name: b, external: { name: c } }\n');
  expect(problems.map(({ message, location }) => `${location?.line}:${location?.column} ${message}`)).toEqual([
    '2:35 volumes.a.external.name: the name stands twice',
  ]);
});

test('include, name and extensions stay as they are', () => {
  const text = 'name: a\ninclude: [./b.yaml]\nx-c: { ports: ["80:80"] }\nservices: { d: { x-e: [1], image: f } }\n';
  expect(plain(read(text).tree)).toEqual({
    name: 'a',
    include: ['./b.yaml'],
    'x-c': { ports: ['80:80'] },
    services: { d: { 'x-e': [1], image: 'f' } },
  });
});

test('what is made of a short text stands where the text stands', () => {
  const { tree } = read(service('ports: ["80:81"]\nenvironment: [A=1]\ndepends_on: [db]'));
  const at = (...path: (string | number)[]) => {
    const { line, column } = locate(tree, ['services', 'web', ...path]);
    return `${line}:${column}`;
  };
  expect(at('ports', 0, 'published')).toBe('3:13');
  expect(at('environment', 'A')).toBe('4:19');
  expect(at('depends_on', 'db', 'condition')).toBe('5:18');
});

test('all wrong parts are found at once and left out, the right ones stay', () => {
  const { tree, problems } = read(service('ports: ["80:80", "x"]\nmem_limit: x\nimage: a\nvolumes: ["a:b", "a:/b"]'));
  expect(problems.map(({ message }) => message)).toEqual([
    'services.web.ports[1]: "x" is not a port',
    'services.web.mem_limit: "x" is not a size',
    'services.web.volumes[0].target: "b" is not a path in the container',
  ]);
  expect(plain(tree)).toEqual({
    services: {
      web: {
        ports: [{ mode: 'ingress', protocol: 'tcp', target: 80, published: '80' }],
        image: 'a',
        volumes: [{ type: 'volume', source: 'a', target: '/b', volume: {} }],
      },
    },
  });
});

test('tags are kept, and what is reset is not looked at', () => {
  const { tree, problems } = read(
    service('ports: !override ["80:80"]\nmem_limit: !reset x\nvolumes: [!reset 1, "a:/b"]\nenvironment: [!reset A]'),
  );
  const tag = (...path: (string | number)[]) => find(tree, ['services', 'web', ...path])?.tag;
  expect(problems).toEqual([]);
  expect(tag('ports')).toBe('override');
  expect(tag('mem_limit')).toBe('reset');
  expect(tag('volumes', 0)).toBe('reset');
  expect(tag('environment', 'A')).toBe('reset');
});

test('300 services with many short forms take well under a second', () => {
  const one = service(
    'ports: ["8000-8010:80-90"]\nenvironment: [A=1, B=2, C=3]\nvolumes: ["a:/b", "./c:/d"]\ncommand: a b c\nmem_limit: 1g',
  ).replace('services:\n', '');
  const text = `services:\n${Array.from({ length: 300 }, (_, index) => one.replace('web:', `web${index}:`)).join('')}`;
  const [tree] = parseYamlDocuments({ path: 'compose.yaml', text }).trees;
  if (tree === undefined) throw new Error('no tree');
  const problems: FleetError[] = [];
  const started = performance.now();
  canonical(tree, '/work', problems);
  expect(performance.now() - started).toBeLessThan(500);
  expect(problems).toEqual([]);
});
