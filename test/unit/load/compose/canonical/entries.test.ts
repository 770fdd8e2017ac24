import { expect, test } from 'vitest';
import { attribute, complaints } from './read.ts';

test.each<[string, unknown]>([
  ['secrets: [a]', [{ source: 'a', target: '/run/secrets/a' }]],
  ['secrets: [{ source: a, target: b, mode: 0440, uid: "1" }]', [{ source: 'a', target: 'b', mode: '0440', uid: '1' }]],
  ['secrets: [{ source: a, mode: "440" }]', [{ source: 'a', target: '/run/secrets/a', mode: '0440' }]],
  ['configs: [a, { source: b, target: /b }]', [{ source: 'a' }, { source: 'b', target: '/b' }]],
  ['devices: [/dev/a]', [{ source: '/dev/a', target: '/dev/a', permissions: 'rwm' }]],
  ['devices: ["/dev/a:/dev/b:r"]', [{ source: '/dev/a', target: '/dev/b', permissions: 'r' }]],
  ['devices: [{ source: /dev/a }]', [{ source: '/dev/a', target: '/dev/a' }]],
  ['gpus: all', [{ count: -1 }]],
  [
    'gpus: [{ count: "2" }, { device_ids: ["0"] }, { driver: x }]',
    [{ count: 2 }, { device_ids: ['0'] }, { driver: 'x', count: -1 }],
  ],
  ['env_file: a.env', [{ path: '/work/shop/a.env', required: true }]],
  [
    'env_file: [~/a.env, { path: ../b.env, required: "false", format: raw }]',
    [
      { path: '/home/ann/a.env', required: true },
      { path: '/work/b.env', required: false, format: 'raw' },
    ],
  ],
  ['label_file: ./a', ['/work/shop/a']],
  ['extends: base', { service: 'base' }],
  ['extends: { service: base, file: ../x.yaml }', { service: 'base', file: '../x.yaml' }],
  ['provider: { type: x, options: { a: 1, b: [c, 2] } }', { type: 'x', options: { a: ['1'], b: ['c', '2'] } }],
  ['develop: { watch: [{ path: ./a, ignore: x }] }', { watch: [{ path: '/work/shop/a', ignore: ['x'] }] }],
])('%s has a long form', (text, long) => {
  expect(attribute(text)).toEqual(long);
});

test.each<[string, unknown]>([
  ['build: .', { context: '/work/shop' }],
  ['build: https://example.com/x.git', { context: 'https://example.com/x.git' }],
  ['build: git@example.com:x.git', { context: 'git@example.com:x.git' }],
  [
    'build: { context: ./a, args: [A, B=1], labels: [c], shm_size: 1k, secrets: [s], additional_contexts: { d: ./e, f: "docker-image://g" } }',
    {
      context: '/work/shop/a',
      args: { A: null, B: '1' },
      labels: { c: '' },
      shm_size: '1024',
      secrets: [{ source: 's' }],
      additional_contexts: { d: '/work/shop/e', f: 'docker-image://g' },
    },
  ],
])('%s has a long form', (text, long) => {
  expect(attribute(text)).toEqual(long);
});

test.each<[string, unknown]>([
  ['command: sh -c "echo $$HOME \'a b\'"', ['sh', '-c', "echo $HOME 'a b'"]],
  ["command: a  b\\ c 'd e' '' \"f\\\"g\"", ['a', 'b c', 'd e', '', 'f"g']],
  ['command: a `b c` $$(d e)', ['a', '`b c`', '$(d e)']],
  ['command: ""', []],
  ['entrypoint: [a, "b c"]', ['a', 'b c']],
  ['healthcheck: { test: curl -f http://x }', { test: ['CMD-SHELL', 'curl -f http://x'] }],
  [
    'healthcheck: { test: [CMD, a], interval: 90s, retries: "3" }',
    { test: ['CMD', 'a'], interval: '1m30s', retries: 3 },
  ],
  ['post_start: [{ command: a b, environment: [A=1] }]', [{ command: ['a', 'b'], environment: { A: '1' } }]],
])('%s has a long form', (text, long) => {
  expect(attribute(text)).toEqual(long);
});

test.each([
  ['command: a | b', '"|" means something to a shell only'],
  ['command: a http://b?c=1&d=2', '"&" means something to a shell only'],
  ['command: echo "a', 'a quote is opened and not closed'],
  ['healthcheck: { test: [curl, x] }', 'put "CMD" before "curl"'],
  ['devices: ["/a:/b:r:x"]', 'is not a device'],
  ['secrets: [{ source: a, mode: "999" }]', '"999" is not a file mode'],
  ['gpus: [{ count: some }]', 'is not a number of devices, or all'],
])('%s is refused', (text, reason) => {
  const all = complaints(text);
  expect(all).toHaveLength(1);
  expect(all[0]).toContain(reason);
});

test('the certificates of an ingress are paths of this machine', () => {
  const text = 'x-fleet: { ingress: [{ host: a.b, port: 80, tls: { certificate: ./c.pem, key: ~/k.pem } }] }';
  expect(attribute(text)).toEqual({
    ingress: [{ host: 'a.b', port: 80, tls: { certificate: '/work/shop/c.pem', key: '/home/ann/k.pem' } }],
  });
});
