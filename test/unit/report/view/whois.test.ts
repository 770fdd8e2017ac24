import { expect, test } from 'vitest';
import { PLAIN } from '../../../../src/report/palette.ts';
import { type Question, whois } from '../../../../src/report/view/whois.ts';
import { formatWhois } from '../../../../src/report/view/whois-text.ts';
import { recordsInventory, recordsObserved } from '../../../support/records.ts';

function ask(address: string, port?: number): string {
  const question: Question = port === undefined ? { address } : { address, port };
  return formatWhois(whois(question, recordsInventory(), recordsObserved()), PLAIN);
}

test.each([
  [
    'a VIP',
    '10.96.0.5',
    undefined,
    'VIP 10.96.0.5 of service backend of shop, ports 8080/http, served by 2 replicas: shop.backend.6.1@vm1, shop.backend.6.3@vm3',
  ],
  ['a VIP without replicas', '10.96.0.9', undefined, 'VIP 10.96.0.9 of service cache of shop, served by no replica'],
  ['the name of a VIP', 'cache.shop', undefined, 'VIP 10.96.0.9 of service cache of shop, served by no replica'],
  ["the router's own address", '10.96.0.1', undefined, "fleet's own router, the same address 10.96.0.1 on every host"],
  [
    'a replica',
    '10.0.0.1',
    20_011,
    'replica shop.backend.6.1 on vm1, 10.0.0.1:20011 to its port 8080/http, healthy, VIP 10.96.0.5',
  ],
  [
    'a replica on a silent host',
    '10.0.0.3',
    20_011,
    'replica shop.backend.6.3 on vm3, 10.0.0.3:20011 to its port 8080/http, unknown, VIP 10.96.0.5',
  ],
  [
    "a service's network",
    '10.97.0.70',
    undefined,
    'network of service backend of shop, 10.97.0.64/26 on each host, gateway 10.97.0.65: its containers call from there',
  ],
  [
    'a network that it had before, at any port',
    '10.97.0.130',
    40_000,
    'network of service backend of shop, 10.97.0.128/26 on each host, gateway 10.97.0.129: its containers call from there',
  ],
  [
    'a network that only the hosts know',
    '10.97.200.2',
    undefined,
    'network of service cache of shop, 10.97.200.0/26 on each host, gateway 10.97.200.1: its containers call from there',
  ],
  ['a host', '10.0.0.1', undefined, 'host vm1 (edge, worker), ssh 10.0.0.1:22, 1 replica: shop.backend.6.1'],
  [
    'the outer address of a host',
    '203.0.113.2',
    2222,
    'host vm2 (edge), ssh 203.0.113.2:2222, private 10.0.0.2, 2 replicas: shop.backend.6.2, shop.cache.6.1',
  ],
  [
    'a published port of an edge',
    '203.0.113.2',
    5432,
    'published port 5432/tcp on the edges vm1, vm2, led to service backend of shop',
  ],
  [
    'an ingress by its name',
    'plain.example',
    undefined,
    'ingress plain.example/ on the edges vm1, vm2, led to service backend of shop',
  ],
  [
    'port 443 of an edge, where only one name has TLS',
    'vm1',
    443,
    'ingress shop.example/api on the edges vm1, vm2, led to service backend of shop',
  ],
])('%s has an owner', (_, address, port, words) => {
  const asked = port === undefined ? address : `${address}:${port}`;
  expect(ask(address, port)).toBe(`${asked}   ${words}\n`);
});

test('one edge port may have several owners', () => {
  expect(ask('10.0.0.1', 80).split('\n')).toHaveLength(3);
});

test("an edge port that no service takes is the router's", () => {
  const { vm3 } = recordsObserved();
  const empty = vm3 === undefined ? {} : { vm3 };
  const answer = whois({ address: '203.0.113.2', port: 443 }, recordsInventory(), empty);
  expect(formatWhois(answer, PLAIN)).toBe(
    "203.0.113.2:443   fleet's own router on the edges vm1, vm2: no service takes the port\n",
  );
});

test("a worker is no edge: its port 5432 is nobody's", () => {
  expect(ask('10.0.0.3', 5432)).toContain('unknown');
});

test('a port that a VIP does not serve is unknown, and the VIP is the nearest', () => {
  expect(ask('10.96.0.5', 8081)).toBe(`10.96.0.5:8081   unknown: nobody's on this fleet
  in the range of VIPs, 10.96.0.0/16
  nearest: VIP 10.96.0.5 of service backend of shop, ports 8080/http, served by 2 replicas: shop.backend.6.1@vm1, shop.backend.6.3@vm3
`);
  expect(ask('10.96.0.9', 80)).toContain('nearest: VIP 10.96.0.9 of service cache of shop, served by no replica');
});

test('a free replica port of a host is unknown, and the nearest replica is named', () => {
  expect(ask('10.0.0.1', 20_013)).toBe(`10.0.0.1:20013   unknown: nobody's on this fleet
  in the range of replica ports, 20000-29999
  nearest: replica shop.backend.6.1 on vm1, 10.0.0.1:20011 to its port 8080/http, healthy, VIP 10.96.0.5
`);
});

test('a port of a host where another program listens says so', () => {
  expect(ask('10.0.0.1', 9100)).toContain('  something on vm1 listens on tcp/9100, here or at another address\n');
});

test.each([
  ['10.96.0.8', 'VIP 10.96.0.9'],
  ['10.97.0.60', 'network of service backend of shop, 10.97.0.64/26'],
  ['10.0.0.77', 'host vm3'],
])('nearest to the unknown %s is %s', (address, nearest) => {
  expect(ask(address)).toContain(`unknown: nobody's on this fleet\n`);
  expect(ask(address)).toContain(`\n  nearest: ${nearest}`);
});

test('an unknown name has no neighbours', () => {
  expect(ask('other.example')).toBe("other.example   unknown: nobody's on this fleet\n");
});
