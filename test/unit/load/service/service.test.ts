import { expect, test } from 'vitest';
import type { Service } from '../../../../src/model/playbook.ts';
import { playbookFrom } from '../support/memory.ts';

/** The service `web` with these keys beside its image. */
async function web(keys: string, rest = ''): Promise<Service> {
  const { playbook } = await playbookFrom(`services:\n  web:\n    image: nginx:1.30\n${keys}\n${rest}`);
  const found = playbook.services.find(({ name }) => name === 'web');
  if (found === undefined) throw new Error('web is not active');
  return found;
}

test('a service with an image alone is one blue-green replica on the default network', async () => {
  expect(await web('')).toEqual({
    name: 'web',
    image: 'nginx:1.30',
    container: {
      environment: {},
      labels: {},
      init: false,
      readOnly: false,
      capAdd: [],
      capDrop: [],
      ulimits: {},
      stopGraceMs: 10_000,
      restart: 'unless-stopped',
      extraHosts: [],
      dns: [],
    },
    ports: [],
    published: [],
    mounts: [],
    secrets: [],
    configs: [],
    networks: { default: [] },
    dependsOn: [],
    mode: 'replicated',
    replicas: 1,
    reservation: { cpus: 0, memoryBytes: 0 },
    limits: {},
    constraints: [],
    spread: [],
    rollout: { kind: 'blue-green' },
    update: { delayMs: 0, monitorMs: 0, maxFailureRatio: 0, onFailure: 'rollback' },
    ingress: [],
    readTimeoutMs: 60_000,
    retryUnsafe: false,
  });
});

test('all options of a container are read', async () => {
  const service = await web(`
    command: nginx -g 'daemon off;'
    entrypoint: [/entry, "a b"]
    environment: { B: 2, A: "x=y", C: , ON: true }
    labels: [team=shop, empty]
    user: "1000"
    working_dir: /srv
    init: true
    read_only: "true"
    cap_add: [NET_BIND_SERVICE]
    cap_drop: [ALL]
    ulimits: { nofile: 1024, nproc: { soft: 10, hard: 20 } }
    stop_signal: SIGQUIT
    stop_grace_period: 1m30s
    logging: { driver: json-file, options: { max-size: 10m, max-file: 3 } }
    restart: on-failure:3
    extra_hosts: ["b=10.0.0.2", "a:10.0.0.1", "v6:[::1]"]
    dns: 10.0.0.53`);
  expect(service.container).toEqual({
    command: ['nginx', '-g', 'daemon off;'],
    entrypoint: ['/entry', 'a b'],
    environment: { A: 'x=y', B: '2', ON: 'true' },
    labels: { empty: '', team: 'shop' },
    user: '1000',
    workingDir: '/srv',
    init: true,
    readOnly: true,
    capAdd: ['NET_BIND_SERVICE'],
    capDrop: ['ALL'],
    ulimits: { nofile: { soft: 1024, hard: 1024 }, nproc: { soft: 10, hard: 20 } },
    stopSignal: 'SIGQUIT',
    stopGraceMs: 90_000,
    logging: { driver: 'json-file', options: { 'max-file': '3', 'max-size': '10m' } },
    restart: 'on-failure:3',
    extraHosts: ['a:10.0.0.1', 'b:10.0.0.2', 'v6:::1'],
    dns: ['10.0.0.53'],
  });
});

test('environment as a list says the same as a map', async () => {
  const list = await web('    environment: [A=1, "B=x=y", C=]');
  const map = await web('    environment: { A: 1, B: "x=y", C: "" }');
  expect(list).toEqual(map);
});

test('ports of expose, ports, ingress and x-fleet.protocol are one list', async () => {
  const service = await web(`
    expose: [9000, "9100-9101/udp"]
    ports:
      - "8080:80"
      - "8443-8444:443-444"
      - "53:53/udp"
      - { target: 3000, published: "3001", app_protocol: http }
    x-fleet:
      ingress: { port: 80 }
      protocol: { 9000: http, 5432: tcp }`);
  expect(service.ports).toEqual([
    { port: 53, protocol: 'udp' },
    { port: 80, protocol: 'http' },
    { port: 443, protocol: 'tcp' },
    { port: 444, protocol: 'tcp' },
    { port: 3000, protocol: 'http' },
    { port: 5432, protocol: 'tcp' },
    { port: 9000, protocol: 'http' },
    { port: 9100, protocol: 'udp' },
    { port: 9101, protocol: 'udp' },
  ]);
  expect(service.published).toEqual([
    { published: 53, target: 53, protocol: 'udp' },
    { published: 3001, target: 3000, protocol: 'http' },
    { published: 8080, target: 80, protocol: 'http' },
    { published: 8443, target: 443, protocol: 'tcp' },
    { published: 8444, target: 444, protocol: 'tcp' },
  ]);
});

test('one word of x-fleet.protocol is for all ports but UDP', async () => {
  const service = await web('    expose: [80, "53/udp"]\n    x-fleet: { protocol: http }');
  expect(service.ports).toEqual([
    { port: 53, protocol: 'udp' },
    { port: 80, protocol: 'http' },
  ]);
});

test('a port for 127.0.0.1 is reached by services and not published', async () => {
  const { playbook, notes } = await playbookFrom('services: { web: { image: nginx, ports: ["127.0.0.1:8080:80"] } }');
  expect(playbook.services[0]).toMatchObject({ ports: [{ port: 80, protocol: 'tcp' }], published: [] });
  expect(notes).toEqual([
    'services.web.ports: 8080 is for 127.0.0.1 only, so it is not published; services reach web:80',
  ]);
});

test('mounts are volumes, absolute host paths and memory', async () => {
  const service = await web(
    `
    tmpfs: ["/run", "/tmp:size=64m"]
    volumes:
      - data:/var/lib/data:ro
      - /etc/ssl:/etc/ssl:ro
      - { type: volume, source: data, target: /b, read_only: true }
      - { type: bind, source: /srv, target: /a }
      - { type: tmpfs, target: /c, tmpfs: { size: 1k } }`,
    'volumes: { data: }',
  );
  expect(service.mounts).toEqual([
    { kind: 'bind', source: '/srv', target: '/a', readOnly: false },
    { kind: 'volume', volume: 'data', target: '/b', readOnly: true },
    { kind: 'tmpfs', target: '/c', sizeBytes: 1024 },
    { kind: 'bind', source: '/etc/ssl', target: '/etc/ssl', readOnly: true },
    { kind: 'tmpfs', target: '/run' },
    { kind: 'tmpfs', target: '/tmp', sizeBytes: 67_108_864 },
    { kind: 'volume', volume: 'data', target: '/var/lib/data', readOnly: true },
  ]);
});

test('a health check in any form is what Docker gets', async () => {
  const line = await web('    healthcheck: { test: curl -f localhost, interval: 2s, retries: 5, start_period: 1m }');
  expect(line.healthcheck).toEqual({
    test: ['CMD-SHELL', 'curl -f localhost'],
    intervalMs: 2000,
    timeoutMs: 30_000,
    retries: 5,
    startPeriodMs: 60_000,
  });
  expect((await web('    healthcheck: { test: [CMD, a, "1"] }')).healthcheck?.test).toEqual(['CMD', 'a', '1']);
  expect((await web('    healthcheck: { disable: true }')).healthcheck?.test).toEqual(['NONE']);
});

test('deploy says how many, how big and where', async () => {
  const service = await web(`
    deploy:
      replicas: "3"
      labels: { a: b }
      resources:
        limits: { cpus: "1.5", memory: 512m, pids: 100 }
        reservations: { cpus: 0.5, memory: 256MiB }
      placement:
        constraints: [node.labels.zone != b, "node.role==worker", node.hostname == vm1]
        preferences: [{ spread: node.labels.zone }, { spread: node.labels.rack }]
        max_replicas_per_node: 2
      restart_policy: { condition: on-failure, max_attempts: 4 }`);
  expect(service).toMatchObject({
    mode: 'replicated',
    replicas: 3,
    reservation: { cpus: 0.5, memoryBytes: 268_435_456 },
    limits: { cpus: 1.5, memoryBytes: 536_870_912, pids: 100 },
    constraints: [
      { key: 'hostname', operator: '==', value: 'vm1' },
      { key: 'labels.zone', operator: '!=', value: 'b' },
      { key: 'role', operator: '==', value: 'worker' },
    ],
    spread: ['zone', 'rack'],
    maxPerHost: 2,
    container: { labels: { a: 'b' }, restart: 'on-failure:4' },
  });
});

test.each([
  ['', { kind: 'blue-green' }],
  ['    volumes: ["data:/d"]', { kind: 'recreate' }],
  ['    deploy: { update_config: { parallelism: 2 } }', { kind: 'rolling', parallelism: 2, order: 'start-first' }],
  ['    deploy: { update_config: { order: stop-first } }', { kind: 'rolling', parallelism: 1, order: 'stop-first' }],
  [
    '    deploy: { replicas: 4, update_config: { parallelism: 0 } }',
    { kind: 'rolling', parallelism: 4, order: 'start-first' },
  ],
  ['    deploy: { update_config: { delay: 1s } }', { kind: 'blue-green' }],
  ['    x-fleet: { rollout: rolling }', { kind: 'rolling', parallelism: 1, order: 'start-first' }],
  ['    x-fleet: { rollout: recreate }', { kind: 'recreate' }],
  [
    '    x-fleet: { rollout: { canary: { percent: 10%, time: 5m } } }',
    { kind: 'canary', percent: 10, holdMs: 300_000 },
  ],
  ['    volumes: ["data:/d:ro"]\n    x-fleet: { rollout: blue-green }', { kind: 'blue-green' }],
])('with "%s" the rollout is %j', async (keys, rollout) => {
  expect((await web(keys, 'volumes: { data: }')).rollout).toEqual(rollout);
});

test.each([
  ['{ bake: 10m }', { kind: 'blue-green' }, 600_000],
  ['{ kind: rolling, bake: 90s }', { kind: 'rolling', parallelism: 1, order: 'start-first' }, 90_000],
  ['{ canary: { percent: 10, time: 5m }, bake: 1h }', { kind: 'canary', percent: 10, holdMs: 300_000 }, 3_600_000],
  ['{ kind: recreate }', { kind: 'recreate' }, undefined],
  ['{ bake: "0" }', { kind: 'blue-green' }, undefined],
])('with x-fleet.rollout: %s the rollout is %j, and replicas before stay warm for %s ms', async (said, rollout, ms) => {
  const service = await web(`    x-fleet: { rollout: ${said} }`);
  expect([service.rollout, service.bakeMs]).toEqual([rollout, ms]);
});

test('update_config beside the rollout', async () => {
  const update = '{ delay: 2s, monitor: 10s, max_failure_ratio: 0.1, failure_action: pause }';
  expect((await web(`    deploy: { update_config: ${update} }`)).update).toEqual({
    delayMs: 2000,
    monitorMs: 10_000,
    maxFailureRatio: 0.1,
    onFailure: 'pause',
  });
});

test('an ingress takes what it leaves out from its service', async () => {
  const service = await web(`
    x-fleet:
      read_timeout: 5m
      retry_unsafe: true
      ingress:
        - { host: Shop.example, path: /api, port: 80, probe: "/up?full=1", retry_unsafe: false }
        - { port: 81, read_timeout: 10s }`);
  expect(service).toMatchObject({ readTimeoutMs: 300_000, retryUnsafe: true });
  expect(service.ingress).toEqual([
    { path: '/', port: 81, readTimeoutMs: 10_000, retryUnsafe: true },
    { host: 'shop.example', path: '/api', port: 80, probe: '/up?full=1', readTimeoutMs: 300_000, retryUnsafe: false },
  ]);
});

test('grants have their defaults, and modes are octal however written', async () => {
  const { playbook } = await playbookFrom(
    `services:
  web:
    image: nginx
    secrets: [pw, { source: pw, target: db/pw, uid: "70", gid: "70", mode: 0440 }, { source: pw, target: /abs, mode: 0o400 }]
    configs: [main, { source: main, target: /etc/main.conf, mode: "0644" }]
secrets: { pw: { file: pw.txt } }
configs: { main: { content: "x" } }`,
    { more: { 'pw.txt': 'secret' } },
  );
  expect(playbook.services[0]).toMatchObject({
    secrets: [
      { source: 'pw', target: '/abs', uid: 0, gid: 0, mode: 0o400 },
      { source: 'pw', target: '/run/secrets/db/pw', uid: 70, gid: 70, mode: 0o440 },
      { source: 'pw', target: '/run/secrets/pw', uid: 0, gid: 0, mode: 0o444 },
    ],
    configs: [
      { source: 'main', target: '/etc/main.conf', uid: 0, gid: 0, mode: 0o644 },
      { source: 'main', target: '/main', uid: 0, gid: 0, mode: 0o444 },
    ],
  });
});

test('networks as a list or a map, with sorted aliases', async () => {
  expect(
    (await web('    networks: [front, back]', 'networks: { front: , back: { driver: bridge } }')).networks,
  ).toEqual({
    back: [],
    front: [],
  });
  expect(
    (await web('    networks: { front: { aliases: [z, a] }, default: }', 'networks: { front: }')).networks,
  ).toEqual({
    default: [],
    front: ['a', 'z'],
  });
});

test('a port without a published port is for services only, of a range the first is published', async () => {
  const text = 'services: { web: { image: nginx, ports: ["53", "8000-8010:80", "127.0.0.1::90"] } }';
  const { playbook, notes } = await playbookFrom(text);
  expect(playbook.services[0]).toMatchObject({
    ports: [{ port: 53 }, { port: 80 }, { port: 90 }],
    published: [{ published: 8000, target: 80 }],
  });
  expect(notes).toEqual([
    'services.web.ports: 53 has no published port, so it is not published; services reach web:53',
    'services.web.ports: 90 has no published port, so it is not published; services reach web:90',
    'services.web.ports: of the ports 8000-8010 the first is taken',
  ]);
});

test('older attributes are the limits, reservation and replicas of deploy', async () => {
  const service = await web(
    '    scale: 3\n    cpus: 1.5\n    mem_limit: 1g\n    mem_reservation: 512m\n    pids_limit: 9',
  );
  expect(service).toMatchObject({
    replicas: 3,
    limits: { cpus: 1.5, memoryBytes: 2 ** 30, pids: 9 },
    reservation: { cpus: 0, memoryBytes: 2 ** 29 },
  });
  const both = await web('    mem_limit: 1g\n    deploy: { replicas: 2, resources: { limits: { memory: 1024m } } }');
  expect(both).toMatchObject({ replicas: 2, limits: { memoryBytes: 2 ** 30 } });
  expect((await web('    mem_limit: 0\n    cpus: 0\n    pids_limit: 0')).limits).toEqual({});
});

test("a health check without a test changes numbers of the image's own", async () => {
  expect((await web('    healthcheck: { retries: 7 }')).healthcheck).toEqual({
    test: [],
    intervalMs: 0,
    timeoutMs: 0,
    retries: 7,
    startPeriodMs: 0,
  });
});

test('links are names for their own service, a container name is one for all', async () => {
  const { playbook, notes } = await playbookFrom(`
services:
  web: { image: nginx, links: [db, "db:database"], networks: { back: { aliases: [front] } } }
  db: { image: postgres, container_name: shop_db, networks: [back] }
networks: { back: }
`);
  const [db, web_] = playbook.services;
  expect(web_).toMatchObject({
    links: [
      { service: 'db', alias: 'database' },
      { service: 'db', alias: 'db' },
    ],
    networks: { back: ['front'] },
    dependsOn: [{ service: 'db', condition: 'started' }],
  });
  expect(db?.networks).toEqual({ back: ['shop_db'] });
  expect(notes.filter((note) => note.includes('container_name'))).toEqual([
    'services.db.container_name: shop_db is a further name on its networks; fleet names containers',
  ]);
});

test.each([
  [
    'a job of Swarm',
    '    deploy: { mode: replicated-job, replicas: 4 }',
    { job: 'pre-deploy', mode: 'replicated', replicas: 4 },
  ],
  ['a job on every host', '    deploy: { mode: global-job }', { job: 'pre-deploy', mode: 'global' }],
  ['a job of fleet', '    scale: 2\n    x-fleet: { job: pre-deploy }', { job: 'pre-deploy', replicas: 2 }],
])('%s', async (_, keys, shape) => {
  expect(await web(`    restart: always\n${keys}`)).toMatchObject({ ...shape, container: { restart: 'no' } });
});

test('a service that another one waits for is a job, and has no ports', async () => {
  const { playbook, notes } = await playbookFrom(`
x-app: &app { image: shop, ports: ["8080:80"], restart: always }
services:
  web: { <<: *app, depends_on: { migrate: { condition: service_completed_successfully } } }
  migrate: { <<: *app, command: migrate, deploy: { replicas: 2 } }
`);
  expect(playbook.services.map(({ name, job, replicas, ports }) => [name, job, replicas, ports.length])).toEqual([
    ['migrate', 'pre-deploy', 2, 0],
    ['web', undefined, 1, 1],
  ]);
  expect(notes).toEqual([
    'services.migrate.ports: not used, a job serves nobody',
    'services.migrate.restart: not used, a job runs once, and its failure stops the deploy',
    'services.migrate: a job, since web waits for its end: it runs before new replicas start, in each deploy that changes something',
  ]);
});

test.each([
  ['restart: "no"', 'services.web.restart'],
  ['restart: on-failure', 'services.web.restart'],
  ['deploy: { restart_policy: { condition: none } }', 'services.web.deploy.restart_policy'],
])('%s is told what a replica that ends means', async (keys, at) => {
  const { notes } = await playbookFrom(`services: { web: { image: nginx, ${keys} } }`);
  expect(notes).toEqual([
    `${at}: a replica that ends counts as lost and the next deploy starts it again; what runs once is a job`,
  ]);
});

test('build beside an image, and a volume without a name, are told', async () => {
  const { notes } = await playbookFrom('services: { web: { image: shop/web, build: ., volumes: [/data] } }');
  expect(notes).toEqual([
    'services.web.build: not used, fleet builds nothing: shop/web must be in its registry',
    'services.web.volumes: /data has no name, so it is new and empty in each new container',
  ]);
});

test('labels of label files are below those of the service', async () => {
  const { playbook } = await playbookFrom(
    'services: { web: { image: nginx, label_file: [a, b], labels: { c: own }, deploy: { labels: { d: own } } } }',
    { more: { a: 'a=1\nb=1\nc=1\nd=1\n', b: 'b=2\n' } },
  );
  expect(playbook.services[0]?.container.labels).toEqual({ a: '1', b: '2', c: 'own', d: 'own' });
});

test('a job restarts never and may write to a volume', async () => {
  const service = await web('    volumes: ["data:/d"]\n    x-fleet: { job: pre-deploy }', 'volumes: { data: }');
  expect(service).toMatchObject({ job: 'pre-deploy', container: { restart: 'no' } });
});
