import { expect, test } from 'vitest';
import { attribute, complaints } from './read.ts';

test('lists and maps of variables say the same', () => {
  const all = { A: '1', B: null, C: '', D: 'x=y' };
  expect(attribute('environment: ["A=1", "B", "C=", "D=x=y"]')).toEqual(all);
  expect(attribute('environment: { A: 1, B: , C: "", D: x=y }')).toEqual(all);
});

test.each(['labels', 'annotations', 'sysctls'])('%s without a value have the empty text', (key) => {
  expect(attribute(`${key}: ["a=1", "b", "c="]`)).toEqual({ a: '1', b: '', c: '' });
  expect(attribute(`${key}: { a: 1, b: , c: "" }`)).toEqual({ a: '1', b: '', c: '' });
});

test('numbers and switches become the text that Compose makes of them', () => {
  expect(attribute('environment: { a: 1.50, b: 1e3, c: 0x10, d: true, e: 1e21, f: .inf, g: 0.00001 }')).toEqual({
    a: '1.5',
    b: '1000',
    c: '16',
    d: 'true',
    e: '1e+21',
    f: '+Inf',
    g: '1e-05',
  });
});

test('a variable without a name is refused, the others stay', () => {
  expect(complaints('environment: ["=x", "A=1"]')).toEqual([
    '3:19 E_VALUE services.web.environment: "" can not be a name (a name without "=" and without a blank before it, such as NAME=VALUE)',
  ]);
});

test.each(['dns', 'dns_search', 'tmpfs'])('%s is a list, also where it is one text', (key) => {
  expect(attribute(`${key}: /a`)).toEqual(['/a']);
  expect(attribute(`${key}: [/a, /b]`)).toEqual(['/a', '/b']);
});

test('hosts are lines of name and address, however they are written', () => {
  expect(attribute('extra_hosts: ["a:1.2.3.4", "b=::1", "c:[::2]", "d=host-gateway"]')).toEqual([
    'a=1.2.3.4',
    'b=::1',
    'c=::2',
    'd=host-gateway',
  ]);
  expect(attribute('extra_hosts: { a: [1.1.1.1, 2.2.2.2], b: "::1" }')).toEqual(['a=1.1.1.1', 'a=2.2.2.2', 'b=::1']);
});

test('a host without a true address is refused', () => {
  expect(complaints('extra_hosts: ["a", "b:there", "c:1.1.1.1"]')).toEqual([
    '3:19 E_VALUE services.web.extra_hosts[0]: "a" is not a host entry (name=address)',
    '3:24 E_VALUE services.web.extra_hosts[1]: "there" is not an IP address (an IP address such as 127.0.0.1 or [::1])',
  ]);
  expect(complaints('extra_hosts: { a: there }')).toHaveLength(1);
});

test('names of networks, models and services become maps', () => {
  expect(attribute('networks: [front, back]')).toEqual({ front: null, back: null });
  expect(attribute('networks: { front: { aliases: [x], driver_opts: { a: 1 } } }')).toEqual({
    front: { aliases: ['x'], driver_opts: { a: '1' } },
  });
  expect(attribute('models: [small]')).toEqual({ small: null });
  expect(attribute('depends_on: [db]')).toEqual({ db: { condition: 'service_started', required: true } });
  expect(attribute('depends_on: { db: { condition: service_healthy, restart: "true" } }')).toEqual({
    db: { condition: 'service_healthy', restart: true },
  });
});
