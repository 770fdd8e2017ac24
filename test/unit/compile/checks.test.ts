import { expect, test } from 'vitest';
import { compile, type Question } from '../../../src/compile/index.ts';
import { deployed, now, planOf } from '../../support/compile/deployed.ts';
import {
  container,
  emptyHost,
  host,
  numbered,
  type ServiceShape,
  SILENT,
  service,
  world,
} from '../../support/compile/worlds.ts';

function codes(question: Question): string[] {
  const compiled = compile(question);
  return compiled.ok ? [] : compiled.problems.map(({ code, message }) => `${code} ${message}`);
}

const WEB = service('web', {
  ports: ['80', '5432/tcp'],
  ingress: [{ host: 'shop.test' }],
  published: ['5432:5432/tcp'],
});

test('with fewer than half of the hosts nothing is planned', () => {
  const reports = { vm2: SILENT, vm3: SILENT };
  expect(codes(world({ hosts: 3, reports, services: [WEB] }))).toEqual([
    'E_QUORUM only 1 of 3 hosts answer: nothing is changed',
  ]);
  expect(codes(world({ hosts: 4, reports, services: [WEB] }))).toEqual([]);
});

test('when no host that keeps the records answers nothing is planned', () => {
  const hosts = numbered(3);
  expect(codes(world({ hosts, reports: { vm1: SILENT }, services: [service('work')] }))).toEqual([
    'E_QUORUM no host that keeps the records answers (vm1): nothing is changed',
  ]);
});

test('two apps can not have the same host name, path or port on the edges', () => {
  const blog = { ...world({ services: [WEB] }) };
  const fleet = deployed({ ...blog, playbook: { ...blog.playbook, app: 'blog' } });
  const question = world({ services: [WEB] });
  const clashing = { ...question, observed: fleet.observed(question.observed.images) };
  expect(codes(clashing)).toEqual([
    'E_CLASH shop/web wants 5432/tcp on the edges, which blog/web has',
    'E_CLASH shop/web wants shop.test/ on the edges, which blog/web has',
  ]);
  expect(codes({ ...clashing, intent: { kind: 'remove', volumes: false } })).toEqual([]);
});

test('a port of an edge that something else listens on is named', () => {
  const reports = { vm1: emptyHost({ listening: ['tcp/22', 'tcp/80', 'udp/5432'] }) };
  expect(codes(world({ hosts: 2, reports, services: [WEB] }))).toEqual([
    "E_CLASH vm1: something that is not fleet's already listens on tcp/80",
  ]);
});

test('what takes traffic from outside needs an edge', () => {
  expect(codes(world({ hosts: [host('vm1')], services: [WEB] }))).toEqual([
    'E_REFERENCE web takes traffic from outside, but no edge host answers',
  ]);
});

test('a host with an address in a range that is handed out could never be reached', () => {
  expect(codes(world({ hosts: [host('vm1', { private: '10.96.3.4' })], services: [service('work')] }))).toEqual([
    'E_CLASH vm1: its address 10.96.3.4 lies in 10.96.0.0/16, which fleet hands out',
  ]);
});

test('a read-only service can not take a file right below the root', () => {
  const configs = [{ source: 'page', target: '/page', uid: 0, gid: 0, mode: 0o444 }];
  const services = [service('web', { container: container({ readOnly: true }), configs })];
  expect(codes(world({ services }))).toEqual([
    'E_UNSUPPORTED web is read_only: the file /page can not be put right below /',
  ]);
});

test('when the ranges of the inventory are used up, the services that get nothing are named', () => {
  const services = ['a', 'b', 'c'].map((name) => service(name));
  expect(codes(world({ services, network: { subnetRange: '10.97.0.0/24' } }))).toEqual([
    'E_CLASH c: no network in 10.97.0.0/24 is left, other services have them all',
  ]);
});

test('a host name on the edges belongs to one app, whatever the paths, and so does port 80 without a name', () => {
  const blog = world({
    services: [
      service('blog', { ports: ['80/tcp'], ingress: [{ host: 'a.test', path: '/b' }], published: ['80:80/tcp'] }),
    ],
    playbook: { app: 'blog' },
  });
  const fleet = deployed(blog);
  const other = (ingress: { host?: string; path: string }) =>
    codes({
      ...world({ services: [service('web', { ports: ['80'], ingress: [ingress] })] }),
      observed: fleet.observed(),
    });
  expect(other({ host: 'a.test', path: '/x' })).toEqual([
    'E_CLASH shop/web wants a.test/x on the edges, which blog/blog has',
  ]);
  expect(other({ path: '/x' })).toEqual(['E_CLASH shop/web wants */x on the edges, which blog/blog has']);
  expect(other({ host: 'b.test', path: '/' })).toEqual([]);
});

test('port 443 is not published: it is for ingresses, which have names', () => {
  expect(codes(world({ services: [service('web', { ports: ['443/tcp'], published: ['443:443/tcp'] })] }))).toEqual([
    'E_CLASH web is published on port 443, where the edges take HTTPS for all apps',
  ]);
});

test('a port to be published that a replica on an edge has is named with the replica, one that the router has is fine', () => {
  const fleet = deployed(world({ hosts: 1, services: [service('db', { ports: ['5432/tcp'] })] }));
  const port = fleet.container('vm1/shop.db.1.1')?.ports[0]?.hostPort;
  const question = world({ hosts: 1, services: [service('web', { ports: ['80'], published: [`${port}:80`] })] });
  expect(codes({ ...question, observed: fleet.observed(question.observed.images) })).toEqual([
    `E_CLASH vm1: the replica shop.db.1.1 has port ${port}, which is to be published`,
  ]);
  const edge = deployed(world({ hosts: 1, services: [WEB] }));
  const { observed } = now(world({ hosts: 1, services: [WEB] }), edge);
  const vm1 = observed.hosts.vm1;
  if (!vm1?.reachable) throw new Error('no host');
  const listening = [...vm1.listening, 'tcp/80', 'tcp/443', 'tcp/5432', 'tcp/9000'];
  const hosts = { vm1: { ...vm1, listening } };
  expect(codes({ ...world({ hosts: 1, services: [WEB] }), observed: { ...observed, hosts } })).toEqual([]);
  const more = service('more', { ports: ['1/tcp'], published: ['9000:1/tcp'] });
  expect(codes({ ...world({ hosts: 1, services: [WEB, more] }), observed: { ...observed, hosts } })).toEqual([
    "E_CLASH vm1: something that is not fleet's already listens on tcp/9000",
  ]);
});

test('replicas on an edge get no host port that is published there', () => {
  const published = ['20000:80', '20001:80'];
  const services = [service('web', { ports: ['80', '81', '82'], published })];
  const plan = planOf(world({ hosts: 1, services, network: { portRange: [20_000, 20_004] } }));
  expect(plan.placements[0]?.ports.map(({ hostPort }) => hostPort).sort()).toEqual([20_002, 20_003, 20_004]);
});

test('a file can not be put below a mount that is read-only', () => {
  const configs = [{ source: 'page', target: '/etc/web/page', uid: 0, gid: 0, mode: 0o444 }];
  const web = (mounts: ServiceShape['mounts']) =>
    world({ services: [service('web', { configs, ...(mounts && { mounts }) })] });
  expect(codes(web([{ kind: 'carried', digest: 'a1', target: '/etc/web' }]))).toEqual([
    'E_UNSUPPORTED web: the file /etc/web/page can not be put into /etc/web, which is mounted read-only',
  ]);
  expect(codes(web([{ kind: 'bind', source: '/x', target: '/', readOnly: true }]))).toHaveLength(1);
  expect(codes(web([{ kind: 'bind', source: '/x', target: '/etc/web', readOnly: false }]))).toEqual([]);
  expect(codes(web([{ kind: 'carried', digest: 'a1', target: '/etc/we' }]))).toEqual([]);
});

test('a service whose volumes lie on different hosts is refused: it would begin with empty ones', () => {
  const db = service('db', { volumes: ['data', 'logs'] });
  const reports = { vm1: emptyHost({ volumes: ['data'] }), vm2: emptyHost({ volumes: ['logs'] }) };
  expect(codes(world({ hosts: 2, reports, services: [db] }))).toEqual([
    'E_UNPLACEABLE db: no host has all of its volumes: data is on vm1; logs is on vm2',
  ]);
  const both = { vm1: emptyHost({ volumes: ['data'] }), vm2: emptyHost({ volumes: ['data', 'logs'] }) };
  expect(codes(world({ hosts: 2, reports: both, services: [db] }))).toEqual([]);
});
