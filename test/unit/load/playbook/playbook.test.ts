import { expect, test } from 'vitest';
import { appNameOf } from '../../../../src/load/playbook/name.ts';
import { FleetErrors } from '../../../../src/model/error.ts';
import { playbookFrom } from '../support/memory.ts';

test.each([
  ['shop.yaml', '/srv/x', 'shop'],
  ['compose.yaml', '/srv/My Shop!', 'my-shop'],
  ['docker-compose.yml', '/srv/a_b', 'a-b'],
  ['Web Shop.prod.yml', '/', 'web-shop-prod'],
  ['---.yaml', '/', 'app'],
])('the app of %s in %s is %s', (file, folder, name) => {
  expect(appNameOf(file, folder)).toBe(name);
});

test('volumes are named as Compose names them', async () => {
  const { playbook } = await playbookFrom(`
name: shop-2
services: { web: { image: nginx } }
volumes: { data: , log: { name: logs }, old: { external: true }, far: { external: true, name: else }, l: { driver: local } }
`);
  expect(playbook.volumes).toEqual({ data: 'shop-2_data', far: 'else', l: 'shop-2_l', log: 'logs', old: 'old' });
});

test('internal networks are named, as far as a service uses them', async () => {
  const { playbook } = await playbookFrom(`
services: { web: { image: nginx, networks: [front, back] } }
networks: { front: , back: { internal: true }, spare: { internal: true } }
`);
  expect(playbook).toMatchObject({ networks: ['back', 'front'], internalNetworks: ['back'] });
});

test('volumes that are made in their own way, or by others, say so by their name in Docker', async () => {
  const { playbook } = await playbookFrom(`
name: shop
services: { web: { image: nginx } }
volumes:
  plain: { driver: local }
  nfs: { name: far, driver_opts: { type: nfs, o: addr=x }, labels: { team: a } }
  old: { external: true }
  plug: { driver: rexray }
`);
  const none = { options: {}, labels: {}, isExternal: false };
  expect(playbook.volumeOrigins).toEqual({
    far: { ...none, options: { o: 'addr=x', type: 'nfs' }, labels: { team: 'a' } },
    old: { ...none, isExternal: true },
    shop_plug: { ...none, driver: 'rexray' },
  });
});

test('variables come from the environment, then from .env, and change no location', async () => {
  const text = 'services:\n  web:\n    image: ${IMAGE}:${TAG:-1}\n    deploy: { replicas: "$COUNT" }\n';
  const { playbook } = await playbookFrom(text, {
    env: { COUNT: '3' },
    more: { '.env': 'IMAGE="nginx" # comment\nCOUNT=2\n' },
  });
  expect(playbook.services[0]).toMatchObject({ image: 'nginx:1', replicas: 3 });
  expect(playbook.locations['services.web.image']).toEqual({
    file: 'shop.yaml',
    line: 3,
    column: 12,
    text: '    image: ${IMAGE}:${TAG:-1}',
    length: 18,
  });
});

test('named env files take the place of .env, later ones win', async () => {
  const { playbook } = await playbookFrom('services: { web: { image: "$A:$B" } }', {
    envFiles: ['a.env', 'b.env'],
    more: { '.env': 'A=no\n', 'a.env': 'A=x\nB=1\n', 'b.env': 'B=2\n' },
  });
  expect(playbook.services[0]?.image).toBe('x:2');
});

test('keys and ignored extensions are not interpolated', async () => {
  const text = 'x-note: ${NOT_SET}\nservices: { web: { image: nginx, x-more: $NOT, environment: { "A$B": x } } }';
  const { playbook } = await playbookFrom(text);
  expect(playbook.services[0]?.container.environment).toEqual({ A$B: 'x' });
});

test('env_file is read first, environment wins, names without a value come from the environment', async () => {
  const { playbook, notes } = await playbookFrom(
    `
services:
  web:
    image: nginx
    env_file: [a.env, { path: none.env, required: false }]
    environment: [B=3, HERE, NOT_HERE]
`,
    { env: { HERE: 'yes' }, more: { 'a.env': 'A=1\nB=2\nexport C="x y"\n' } },
  );
  expect(playbook.services[0]?.container.environment).toEqual({ A: '1', B: '3', C: 'x y', HERE: 'yes' });
  expect(notes).toEqual(['services.web.environment.NOT_HERE: not set where fleet runs, left out']);
});

const PROFILES = `
services:
  web: { image: nginx, depends_on: { debug: { condition: service_started, required: false } } }
  debug: { image: busybox, profiles: [debug, all] }
`;

test('a service with profiles is left out, and what need not wait for it does not', async () => {
  const { playbook } = await playbookFrom(PROFILES);
  expect(playbook.services.map(({ name, dependsOn }) => [name, dependsOn])).toEqual([['web', []]]);
  expect(Object.keys(playbook.locations).some((key) => key.startsWith('services.debug'))).toBe(false);
});

test.each([
  ['a profile', { profiles: ['debug'] }],
  ['COMPOSE_PROFILES', { env: { COMPOSE_PROFILES: 'x,all' } }],
  ['every profile', { profiles: ['*'] }],
  ['its name', { services: ['debug'] }],
])('a service becomes active by %s', async (_, options) => {
  const { playbook } = await playbookFrom(PROFILES, options);
  expect(playbook.services.map(({ name }) => name)).toEqual(['debug', 'web']);
});

test.each([
  ['nothing says more', {}, ['a', 'd']],
  ['COMPOSE_PROFILES names one', { env: { COMPOSE_PROFILES: 'p' } }, ['b', 'd']],
  ['COMPOSE_PROFILES has an empty one', { env: { COMPOSE_PROFILES: 'p,' } }, ['a', 'b', 'd']],
  ['--profile wins over COMPOSE_PROFILES', { env: { COMPOSE_PROFILES: 'p' }, profiles: ['q'] }, ['c', 'd']],
])('the profile "" is on and --profile is alone, as in Compose: %s', async (_, options, active) => {
  const text = `
services:
  a: { image: nginx, profiles: ["", x] }
  b: { image: nginx, profiles: [p] }
  c: { image: nginx, profiles: [q] }
  d: { image: nginx }
`;
  const { playbook } = await playbookFrom(text, options);
  expect(playbook.services.map(({ name }) => name)).toEqual(active);
});

test('what is wrong with a fragment is said once, with the services that take it', async () => {
  const text = `
x-c: &c { image: nginx, network_mode: host, restart: sometimes }
services:
  a: { <<: *c }
  b: { <<: *c }
  c: { <<: *c }
`;
  const error = await playbookFrom(text).catch((cause: unknown) => cause);
  if (!(error instanceof FleetErrors)) throw new Error('no problem');
  expect(error.problems.map(({ message, notes }) => [message.split(': ')[0], notes])).toEqual([
    ['services.a.network_mode', ['the same in b and c']],
    ['services.a.restart', ['the same in b and c']],
  ]);
});

test('port 443 is refused at its place: the edges have it for all apps', async () => {
  const text = 'services:\n  web: { image: nginx, ports: ["80:80", "443:443", "127.0.0.1:443:1", "443:443/udp"] }\n';
  await expect(playbookFrom(text)).rejects.toMatchObject({
    problems: [
      {
        code: 'E_CLASH',
        location: { line: 2, column: 41 },
        message: 'services.web.ports[1]: on port 443 the edges take HTTPS for all apps',
      },
    ],
  });
});

test('a service that is asked for and not there is an error with the nearest name', async () => {
  await expect(playbookFrom(PROFILES, { services: ['wbe'] })).rejects.toMatchObject({
    problems: [
      { code: 'E_REFERENCE', message: 'there is no service "wbe" in the playbook', hint: 'did you mean "web"?' },
    ],
  });
});

test('a later file adds to the earlier one and its places are kept', async () => {
  const base =
    'services:\n  web:\n    image: nginx:1\n    command: [a, b]\n    environment: { A: 1, B: 2 }\n    ports: ["80:80"]\n';
  const more =
    'services:\n  web:\n    image: nginx:2\n    command: [c]\n    environment: { B: 3 }\n    ports: ["81:81"]\n';
  const { playbook } = await playbookFrom(base, { files: ['shop.yaml', 'more.yaml'], more: { 'more.yaml': more } });
  expect(playbook.services[0]).toMatchObject({
    image: 'nginx:2',
    container: { command: ['c'], environment: { A: '1', B: '3' } },
    published: [{ published: 80 }, { published: 81 }],
  });
  expect(playbook.locations['services.web.image']).toMatchObject({ file: 'more.yaml', line: 3 });
  expect(playbook.locations['services.web.ports[0]']).toMatchObject({ file: 'shop.yaml', line: 6 });
});

test('sorted lists keep the place of each entry', async () => {
  const { playbook } = await playbookFrom(`services:
  web:
    image: nginx
    ports:
      - "90:90"
      - "81:81"
    tmpfs: /b
    volumes: ["/x:/a"]
    x-fleet:
      ingress: [{ host: b.example, port: 1 }, { host: a.example, port: 1 }]
    deploy:
      placement:
        constraints:
          - node.role == worker
          - node.hostname != vm1
`);
  const keys = ['ports[0]', 'ports[1]', 'volumes[0]', 'volumes[1]', 'x-fleet.ingress[0]'];
  const all = [...keys, 'deploy.placement.constraints[0]', 'deploy.replicas'];
  const places = all.map((key) => {
    const location = playbook.locations[`services.web.${key}`];
    return [key, location?.line, location?.column];
  });
  expect(places).toEqual([
    ['ports[0]', 6, 9],
    ['ports[1]', 5, 9],
    ['volumes[0]', 8, 15],
    ['volumes[1]', 7, 12],
    ['x-fleet.ingress[0]', 10, 47],
    ['deploy.placement.constraints[0]', 15, 13],
    ['deploy.replicas', undefined, undefined],
  ]);
});

test('notes say what is accepted and means nothing here', async () => {
  const { notes } = await playbookFrom(`
version: "3.8"
services:
  web:
    image: nginx
    depends_on: { db: { condition: service_started, restart: true } }
  db:
    image: postgres
    volumes: ["data:/data"]
    deploy: { update_config: { order: start-first }, rollback_config: { parallelism: 0 } }
volumes: { data: }
`);
  expect(notes).toEqual([
    'services.db.deploy.rollback_config: a rollback goes the same way as an update: see update_config',
    'services.db.deploy.update_config.order: a service with a named volume is recreated, so it stops first',
    'services.web.depends_on.db.restart: names and addresses of services do not change, so nobody has to start again',
    'version: Compose ignores it too',
  ]);
});
