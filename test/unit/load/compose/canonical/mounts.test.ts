import { expect, test } from 'vitest';
import { attribute, complaints } from './read.ts';

const bind = (source: string, target: string, more = {}) => ({
  type: 'bind',
  source,
  target,
  bind: { create_host_path: true },
  ...more,
});

test.each<[string, unknown]>([
  ['data:/data', { type: 'volume', source: 'data', target: '/data', volume: {} }],
  ['d:/data', { type: 'volume', source: 'd', target: '/data', volume: {} }],
  ['data:/data:ro', { type: 'volume', source: 'data', target: '/data', read_only: true, volume: {} }],
  ['data:/data:rw,nocopy', { type: 'volume', source: 'data', target: '/data', volume: { nocopy: true } }],
  ['data:/data:cached', { type: 'volume', source: 'data', target: '/data', consistency: 'cached', volume: {} }],
  ['/data', { type: 'volume', target: '/data', volume: {} }],
  ['./conf:/conf/', bind('/work/shop/conf', '/conf')],
  ['./:/src', bind('/work/shop', '/src')],
  ['../a/../b:/x/../y', bind('/work/b', '/y')],
  ['~/h:/h', bind('/home/ann/h', '/h')],
  ['~:/h', bind('/home/ann', '/h')],
  ['/a/:/b:ro', bind('/a/', '/b', { read_only: true })],
  [
    './a:/b:z,rslave',
    bind('/work/shop/a', '/b', { bind: { selinux: 'z', propagation: 'rslave', create_host_path: true } }),
  ],
])('the mount %s has a long form', (text, long) => {
  expect(attribute(`volumes: ["${text}"]`)).toEqual([long]);
});

test.each<[string, unknown]>([
  [
    '{ type: bind, source: a, target: /b/, read_only: "true" }',
    { type: 'bind', source: '/work/shop/a', target: '/b', read_only: true },
  ],
  ['{ type: volume, target: /b }', { type: 'volume', target: '/b' }],
  [
    '{ type: tmpfs, target: /b, tmpfs: { size: 64m, mode: 0755 } }',
    { type: 'tmpfs', target: '/b', tmpfs: { size: '67108864', mode: 0o755 } },
  ],
  [
    '{ type: bind, source: /a, target: /b, bind: { create_host_path: "no" } }',
    { type: 'bind', source: '/a', target: '/b', bind: { create_host_path: false } },
  ],
])('the mount %s is normalised', (text, long) => {
  expect(attribute(`volumes: [${text}]`)).toEqual([long]);
});

test.each([
  ['"data:data"', '"data" is not a path in the container'],
  ['"/a:ro"', '"ro" is not a path in the container'],
  ['"data:/a:ro:z"', 'is not a mount'],
  ['":/a"', 'is not a mount'],
  ['""', 'is not a mount'],
  ['"data:/a:readonly"', 'it has no option "readonly" (ro, rw, nocopy, z or Z)'],
  ['"C:\\\\data:/a"', 'is a path of Windows'],
  ['{ type: volume, source: a }', 'has no target'],
  ['{ type: bind, target: /a }', 'a bind mount without source'],
  ['{ type: tmpfs, target: /a, tmpfs: { size: much } }', '"much" is not a size'],
])('the mount %s is refused once', (text, reason) => {
  const [first, ...rest] = complaints(`volumes: [${text}]`);
  expect(first).toContain(reason);
  expect(first).toContain('E_VALUE services.web.volumes[0]');
  expect(rest).toEqual([]);
});
