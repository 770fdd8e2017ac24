import { expect, test } from 'vitest';
import { locate, plain } from '../../../../../src/load/tree.ts';
import { merge, web } from './project.ts';

test.each<[string, string, unknown]>([
  // Maps by key.
  ['environment: [A=1, B=2]', 'environment: { B: 3, C: 4 }', { environment: { A: '1', B: '3', C: '4' } }],
  ['environment: [A=1]', 'environment: [A]', { environment: { A: null } }],
  ['environment: [A=1]', 'environment:', { environment: { A: '1' } }],
  ['labels: { a: 1 }', 'labels: [a]', { labels: { a: '' } }],
  ['sysctls: { a: 1 }', 'sysctls: [a=2, b=3]', { sysctls: { a: '2', b: '3' } }],
  ['x-a: { b: 1, c: [1] }', 'x-a: { b: 2, c: [2] }', { 'x-a': { b: 2, c: [1, 2] } }],
  ['storage_opt: { a: 1 }', 'storage_opt: { a: , b: }', { storage_opt: { a: '1', b: '' } }],
  // One value for another.
  ['image: a', 'image: b', { image: 'b' }],
  ['image: a', 'image:', { image: 'a' }],
  ['command: a b', 'command: [c]', { command: ['c'] }],
  ['command: a b', 'command:', {}],
  ['entrypoint: a', 'entrypoint: []', { entrypoint: [] }],
  [
    'healthcheck: { test: a, interval: 5s }',
    'healthcheck: { test: [CMD, b] }',
    { healthcheck: { test: ['CMD', 'b'], interval: '5s' } },
  ],
  ['ulimits: { a: { soft: 1, hard: 2 } }', 'ulimits: { a: 3, b: 4 }', { ulimits: { a: 3, b: 4 } }],
  // Texts that mean nothing when empty; an empty one takes away what was there before.
  ['platform: linux/amd64', 'platform: ""', {}],
  ['network_mode: ""', 'hostname: ""', {}],
  ['logging: { driver: "", options: { a: } }', 'deploy: { mode: "" }', { logging: { options: { a: '' } }, deploy: {} }],
  // Lists, one after the other.
  ['security_opt: [a]', 'security_opt: [b, a]', { security_opt: ['a', 'b'] }],
  ['provider: { options: { a: 1 } }', 'provider: { options: { a: 2 } }', { provider: { options: { a: ['2'] } } }],
  ['gpus: all', 'gpus: [{ count: 1 }]', { gpus: [{ count: -1 }, { count: 1 }] }],
  [
    'deploy: { placement: { constraints: [a==b] }, replicas: 1 }',
    'deploy: { placement: { constraints: [c==d] } }',
    { deploy: { placement: { constraints: ['a==b', 'c==d'] }, replicas: 1 } },
  ],
  // Lists, each entry once.
  ['dns: 1.1.1.1', 'dns: [2.2.2.2, 1.1.1.1]', { dns: ['1.1.1.1', '2.2.2.2'] }],
  ['dns_opt: [a=1]', 'dns_opt: [a=2]', { dns_opt: ['a=2'] }],
  ['expose: [80]', 'expose: ["80", 81]', { expose: ['80', '81'] }],
  ['tmpfs: "/a:size=1m"', 'tmpfs: [/b, "/a:size=2m"]', { tmpfs: ['/a:size=2m', '/b'] }],
  ['cap_add: [A]', 'cap_add: [B, A]', { cap_add: ['A', 'B'] }],
  [
    'extra_hosts: ["a:1.1.1.1"]',
    'extra_hosts: ["a=1.1.1.1", "a=2.2.2.2"]',
    { extra_hosts: ['a=1.1.1.1', 'a=2.2.2.2'] },
  ],
  [
    'env_file: [a, b]',
    'env_file: [{ path: ./a, required: false }]',
    {
      env_file: [
        { path: '/work/shop/a', required: false },
        { path: '/work/shop/b', required: true },
      ],
    },
  ],
  [
    'volumes: ["a:/a:ro", "b:/b"]',
    'volumes: ["c:/a/"]',
    {
      volumes: [
        { type: 'volume', source: 'c', target: '/a', volume: {} },
        { type: 'volume', source: 'b', target: '/b', volume: {} },
      ],
    },
  ],
  [
    'secrets: [a]',
    'secrets: [{ source: b, target: /run/secrets/a }]',
    { secrets: [{ source: 'b', target: '/run/secrets/a' }] },
  ],
  ['configs: [a]', 'configs: [{ source: b, target: /a }]', { configs: [{ source: 'b', target: '/a' }] }],
  ['devices: ["/a:/b"]', 'devices: ["/c:/b:r"]', { devices: [{ source: '/c', target: '/b', permissions: 'r' }] }],
  ['networks: [a]', 'networks: { a: { aliases: [x, x] }, b: }', { networks: { a: { aliases: ['x'] }, b: null } }],
  ['networks: { a: { aliases: [x] } }', 'networks: [a]', { networks: { a: { aliases: ['x'] } } }],
])('%s with %s', (base, over, result) => {
  expect(web(base, over)).toEqual(result);
});

test('a port is the same when address, both ports and protocol are', () => {
  const ports = (file: string, more: string) =>
    (web(file, more) as { ports: readonly { target: number; published: string }[] }).ports.length;
  expect(ports('ports: ["80:80"]', 'ports: ["80:80"]')).toBe(1);
  expect(ports('ports: ["80:80"]', 'ports: ["0.0.0.0:80:80/tcp"]')).toBe(1);
  expect(ports('ports: ["80-81:80-81"]', 'ports: ["81:81"]')).toBe(2);
  expect(ports('ports: ["80:80"]', 'ports: ["80:80/udp"]')).toBe(2);
  expect(ports('ports: ["80:80"]', 'ports: ["127.0.0.1:80:80"]')).toBe(2);
  expect(ports('ports: ["80:80"]', 'ports: ["81:80"]')).toBe(2);
});

test('options of logging are merged for one driver, and go with another', () => {
  const base = 'logging: { driver: a, options: { x: 1, y: 2 } }';
  expect(web(base, 'logging: { options: { x: 3, y: } }')).toEqual({
    logging: { driver: 'a', options: { x: '3', y: '2' } },
  });
  expect(web(base, 'logging: { driver: a, options: { z: 3 } }')).toEqual({
    logging: { driver: 'a', options: { x: '1', y: '2', z: '3' } },
  });
  expect(web(base, 'logging: { driver: b }')).toEqual({ logging: { driver: 'b' } });
});

test('a dependency keeps what the later long form leaves out, and nothing when the later form is short', () => {
  const base = 'depends_on: { db: { condition: service_healthy, required: false, restart: true } }';
  expect(web(base, 'depends_on: { db: { condition: service_completed_successfully } }')).toEqual({
    depends_on: { db: { condition: 'service_completed_successfully', required: false, restart: true } },
  });
  expect(web(base, 'depends_on: [db]')).toEqual({
    depends_on: { db: { condition: 'service_started', required: true, restart: true } },
  });
});

test('a build has its folder and file when no file named them', () => {
  expect(web('build: { context: a, dockerfile: X }', 'build: b')).toEqual({
    build: { context: '/work/shop/b', dockerfile: 'X' },
  });
  expect(web('build: a', 'build: { target: t, args: [A] }')).toEqual({
    build: { context: '/work/shop/a', dockerfile: 'Dockerfile', target: 't', args: { A: null } },
  });
  expect(web('build: { dockerfile_inline: FROM a }')).toEqual({
    build: { context: '/work/shop', dockerfile_inline: 'FROM a' },
  });
});

test('subnets of a network are merged by their address', () => {
  const network = (config: string) => `networks: { a: { ipam: { config: [${config}] }, labels: [x=1] } }\n`;
  const tree = merge(
    network('{ subnet: 10.1.0.0/16, gateway: 10.1.0.1 }, { subnet: 10.2.0.0/16 }'),
    network('{ subnet: 10.2.0.0/16, gateway: 10.2.0.1 }, { subnet: 10.3.0.0/16 }'),
  );
  expect(plain(tree)).toEqual({
    networks: {
      a: {
        ipam: {
          config: [
            { subnet: '10.1.0.0/16', gateway: '10.1.0.1' },
            { subnet: '10.2.0.0/16', gateway: '10.2.0.1' },
            { subnet: '10.3.0.0/16' },
          ],
        },
        labels: { x: '1' },
      },
    },
  });
});

test('a service is started after those it links to, takes volumes from or shares a namespace with', () => {
  const need = (restart: boolean) => ({
    condition: 'service_started',
    required: true,
    ...(restart ? { restart } : {}),
  });
  expect(web('links: ["a:x"]\nvolumes_from: ["b:ro", "container:c"]\nipc: service:d\npid: host')).toMatchObject({
    depends_on: { a: need(true), b: need(false), d: need(true) },
  });
  expect(web('links: [a]\ndepends_on: { a: { condition: service_healthy } }')).toMatchObject({
    depends_on: { a: { condition: 'service_healthy', required: true } },
  });
});

test('maps stand where they stood first, values where they were said last', () => {
  const tree = merge('services:\n  web:\n    image: a\n    tty: true\n', '\nservices: { web: { image: b } }\n');
  const at = (...path: string[]) => {
    const { file, line } = locate(tree, ['services', 'web', ...path]);
    return `${file}:${line}`;
  };
  expect(at()).toBe('0.yaml:2');
  expect(at('image')).toBe('1.yaml:2');
  expect(at('tty')).toBe('0.yaml:4');
});

test('merging changes neither of the two files, and settling twice is settling once', () => {
  const files = [
    'services: { web: { ports: ["80:80"], build: . } }',
    'services: { web: { ports: !reset [], image: a } }',
  ];
  expect(merge(...files)).toEqual(merge(...files));
  expect(plain(merge(...files))).toEqual({
    services: { web: { build: { context: '/work/shop', dockerfile: 'Dockerfile' }, image: 'a' } },
  });
});
