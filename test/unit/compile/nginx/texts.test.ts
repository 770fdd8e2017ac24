import { expect, test } from 'vitest';
import { guardScript } from '../../../../src/compile/nginx/scripts.ts';
import type { Plan } from '../../../../src/model/plan.ts';
import { deployed, now, planOf } from '../../../support/compile/deployed.ts';
import { complaintsOf } from '../../../support/compile/nginx-check.ts';
import { facts, host, service, world } from '../../../support/compile/worlds.ts';

const golden = (name: string): string => `../../../golden/compile/${name}`;
const HOSTS = [host('vm1', { roles: ['edge', 'worker'] }), host('vm2')];

/** A web service with TLS and a published UDP port of its name server, over an API that only web may call. */
const SHOP = world({
  hosts: HOSTS,
  services: [
    service('web', {
      replicas: 2,
      ports: ['8080'],
      published: ['8000:8080'],
      networks: ['front'],
      ingress: [
        {
          host: 'shop.test',
          port: 8080,
          probe: '/up',
          readTimeoutMs: 5000,
          tls: { certificate: 'crt', key: 'key', redirect: true },
        },
        { host: 'shop.test', path: '/img', port: 8080, retryUnsafe: true },
      ],
    }),
    service('dns', {
      ports: ['53/udp', '5432/tcp'],
      published: ['53:53/udp', '5432:5432/tcp'],
      networks: ['back', 'front'],
    }),
    service('job', { networks: ['back'] }),
  ],
});

/** A file of the last generation that the plan lays on the host. */
function fileOf(plan: Plan, hostName: string, path: string): string {
  const lays = plan.steps.filter(({ action, host: at }) => action.kind === 'lay' && at === hostName);
  const [command] = lays.at(-1)?.commands ?? [];
  const entries = command?.kind === 'run' && command.stdin?.kind === 'archive' ? command.stdin.entries : [];
  const content = entries.find((entry) => entry.path === path)?.content;
  return content?.kind === 'text' ? content.text : '';
}

test('an edge has its host names with TLS and redirect, its published ports, and every VIP', async () => {
  const plan = planOf(SHOP);
  await expect(fileOf(plan, 'vm1', 'http.conf')).toMatchFileSnapshot(golden('edge-http.conf'));
  await expect(fileOf(plan, 'vm1', 'stream.conf')).toMatchFileSnapshot(golden('edge-stream.conf'));
  expect(complaintsOf([fileOf(plan, 'vm1', 'http.conf')])).toEqual([]);
});

test('a router that is no edge has the VIPs only, open to the subnets of callers', async () => {
  const plan = planOf(SHOP);
  await expect(fileOf(plan, 'vm2', 'http.conf') + fileOf(plan, 'vm2', 'stream.conf')).toMatchFileSnapshot(
    golden('router.conf'),
  );
});

test('certificate and key travel as secrets to edges only', () => {
  const plan = planOf(SHOP);
  const secrets = plan.steps.map(({ id, commands: [command] }) => {
    const entries = command?.kind === 'run' && command.stdin?.kind === 'archive' ? command.stdin.entries : [];
    return entries.flatMap(({ path, mode, content }) =>
      content.kind === 'secret' ? [`${id} ${path.slice(-3)} ${mode.toString(8)} ${content.name}`] : [],
    );
  });
  expect(secrets.flat()).toEqual(['lay cutover-1@vm1 crt 644 crt', 'lay cutover-1@vm1 key 600 key']);
});

test('the generation is answered on the status address and named in the first line', () => {
  const plan = planOf(SHOP);
  const id = plan.steps
    .flatMap(({ action, host: at }) => (action.kind === 'switch' && at === 'vm2' ? [action.generation] : []))
    .at(-1);
  expect(fileOf(plan, 'vm2', 'status.conf')).toBe(
    `# shop, generation ${id}. Written by fleet: changes by hand are undone by the next deploy.\nlocation = /generation/shop { return 200 "${id}\\n"; }\n`,
  );
  expect(fileOf(plan, 'vm2', 'http.conf').split('\n')[0]).toContain(`generation ${id}`);
});

test('files that name hundreds of replicas are marked as large', () => {
  const marks = (replicas: number): number => {
    const plan = planOf(world({ hosts: HOSTS, services: [service('web', { replicas, ports: ['80'] })] }));
    return plan.steps
      .flatMap(({ commands }) => commands)
      .flatMap((one) => (one.kind === 'run' && one.stdin?.kind === 'archive' ? one.stdin.entries : []))
      .filter(({ path }) => path === 'large').length;
  };
  expect(marks(10)).toBe(0);
  expect(marks(500)).toBeGreaterThan(0);
});

test('a service without replicas has a server that is down, so that nginx takes the file', () => {
  const plan = planOf(world({ hosts: 1, services: [service('web', { replicas: 0, ports: ['8080'] })] }));
  expect(fileOf(plan, 'vm1', 'http.conf')).toContain('  server 127.0.0.1:9 down;\n');
});

test('nginx from 1.27.4 on keeps idle connections through a reload; an older or unknown one is warned about', () => {
  const main = (routerImage: string, version?: string): { text: string; warnings: string[] } => {
    const images = { [routerImage]: facts(routerImage, version === undefined ? {} : { nginxVersion: version }) };
    const plan = planOf(world({ hosts: 1, services: [service('web')], network: { routerImage }, images }));
    const [command] = plan.steps.find(({ id }) => id === 'router@vm1')?.commands ?? [];
    const text = command?.kind === 'run' ? JSON.stringify(command.stdin) : '';
    return { text, warnings: plan.warnings.map(({ code, message }) => `${code} ${message}`) };
  };
  expect(main('nginx:1.30').text).toContain('keepalive_min_timeout 3000ms;');
  expect(main('nginx:1.30').warnings).toEqual([]);
  expect(main('router:latest', '1.27.4').text).toContain('keepalive_min_timeout');
  expect(main('nginx:1.22').text).not.toContain('keepalive_min_timeout');
  expect(main('nginx:1.22').warnings).toEqual([
    'W_NGINX_OLD nginx:1.22 is nginx 1.22: keep-alive clients may see a reset on reload (1.27.4 or newer prevents it)',
  ]);
  expect(main('router:latest').text).not.toContain('keepalive_min_timeout');
  expect(main('router:latest').warnings).toEqual([
    'W_NGINX_OLD the nginx version of router:latest is not known: keep-alive clients may see a reset on reload (1.27.4 or newer prevents it)',
  ]);
});

test('only the nginx whose file changes is reloaded, so a web deploy leaves database connections alone', () => {
  const fleet = deployed(SHOP);
  const services = SHOP.playbook.services.map((one) => (one.name === 'web' ? { ...one, readTimeoutMs: 1000 } : one));
  const plan = planOf(now({ ...SHOP, playbook: { ...SHOP.playbook, services } }, fleet));
  const lines = plan.steps
    .filter(({ action }) => action.kind === 'switch')
    .map(({ commands: [command] }) => (command?.kind === 'run' ? command.line : ''));
  expect(lines.length).toBe(2);
  for (const line of lines) expect(line).toMatch(/reload\.sh http$/);
});

test('"80:80" is HTTP for every name that no ingress has, and never a second listener on port 80', () => {
  const web = service('web', { ports: ['8080/tcp'], published: ['80:8080/tcp'] });
  const api = service('api', { ports: ['80'], ingress: [{ host: 'api.test' }] });
  const plan = planOf(world({ hosts: HOSTS, services: [web, api] }));
  const http = fileOf(plan, 'vm1', 'http.conf');
  expect(http).toContain('listen 80;\n  server_name "" ~.;\n  location / {\n    proxy_pass http://shop.web.8080;');
  expect(http).toContain('listen 80;\n  server_name api.test;');
  expect(http).not.toContain('listen 80 reuseport');
  expect(fileOf(plan, 'vm1', 'stream.conf')).not.toContain('listen');
});

test('the guard of the firewall opens VIPs, and closes replica ports to containers and the world to internal ones', () => {
  const { network } = world().inventory;
  const rules = guardScript(network)
    .split('\n')
    .filter((line) => line.startsWith('-A'));
  expect(rules).toEqual([
    '-A FLEET ! -s 10.97.0.0/16 -j RETURN',
    '-A FLEET -m conntrack --ctorigdst 10.96.0.0/16 -j RETURN',
    '-A FLEET -m conntrack --ctorigdst 10.97.0.0/16 -j RETURN',
    '-A FLEET -p tcp -m conntrack --ctstate NEW --ctorigdstport 20000:29999 -j REJECT',
    '-A FLEET -p udp -m conntrack --ctstate NEW --ctorigdstport 20000:29999 -j REJECT',
    '-A FLEET -s 10.97.128.0/17 -m conntrack --ctstate NEW -j REJECT',
  ]);
});

test('other ranges are new main files: the guard runs at once, and no router is made anew', () => {
  const first = world({ hosts: HOSTS, services: [service('web', { ports: ['80'] })] });
  const fleet = deployed(first);
  const second = world({
    hosts: HOSTS,
    services: first.playbook.services.slice(),
    network: { portRange: [20_000, 31_000] },
  });
  const steps = planOf(now(second, fleet)).steps.filter(({ id }) => id.startsWith('router@'));
  expect(steps.map(({ id }) => id)).toEqual(['router@vm1', 'router@vm2']);
  for (const { commands } of steps) {
    const lines = commands.flatMap((one) => (one.kind === 'run' ? [one.line] : []));
    expect(lines).toContain('docker exec fleet-router sh /etc/nginx/fleet/guard.sh');
    expect(lines.join('\n')).not.toContain('docker run');
  }
});

test('the group of a service of hundreds of replicas has a zone that is large enough for nginx', () => {
  const many = service('web', { replicas: 300, ports: ['80', '9000/tcp'] });
  const plan = planOf(world({ hosts: HOSTS, services: [many] }));
  const texts = ['http.conf', 'stream.conf'].map((path) => fileOf(plan, 'vm2', path));
  expect(texts.map((text) => text.match(/^ {2}server /gm)?.length)).toEqual([600, 600]);
  expect(texts.flatMap((text) => complaintsOf([text]))).toEqual([]);
});
