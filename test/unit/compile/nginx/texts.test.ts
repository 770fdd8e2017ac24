import { expect, test } from 'vitest';
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
