/** The app of the story: a shop of 12 services and, at full size, 200 replicas, made of the images that a lab has. Pure. */

/** Its name. */
export const STORY = 'story';

/** Service -> replicas at full size. */
const FULL: Readonly<Record<string, number>> = {
  frontend: 24,
  api: 16,
  catalog: 24,
  search: 24,
  pricing: 20,
  media: 20,
  worker: 32,
  mailer: 12,
  reports: 12,
  cache: 14,
  scheduler: 1,
  database: 1,
};

/** The same services with so small a share of the replicas; none has fewer than one. */
export function storyReplicas(share: number): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(FULL).map(([name, count]) => [name, Math.max(1, Math.round(count * share))]),
  );
}

/** The playbook. `server` is the path of the program that answers HTTP; STORY_VERSION makes another release of frontend. */
export function storyPlaybook(replicas: Readonly<Record<string, number>>, server: string): unknown {
  const common = (name: string) => ({
    networks: ['shop'],
    stop_grace_period: '3s',
    deploy: {
      replicas: replicas[name] ?? 1,
      resources: { reservations: { cpus: '0.02', memory: '16M' } },
      update_config: { monitor: '1s' },
    },
  });
  const http = (path: string) => ({
    image: 'node:20',
    command: ['node', '/app/server.mjs'],
    configs: [{ source: 'server', target: '/app/server.mjs' }],
    expose: ['8080'],
    'x-fleet': { ingress: { path, port: 8080, probe: `${path === '/' ? '' : path}/up`, read_timeout: '2s' } },
  });
  const page = { image: 'busybox:1', command: ['httpd', '-f', '-p', '8080'], init: true, expose: ['8080'] };
  const idle = { image: 'busybox:1', command: ['sleep', '1000000'], init: true };
  const bodies: Readonly<Record<string, object>> = {
    frontend: { ...http('/'), environment: { HEAL_VERSION: '${STORY_VERSION:-1}' } },
    api: { ...http('/api'), healthcheck: HEALTH },
    catalog: page,
    search: page,
    pricing: page,
    media: { image: 'nginx:1.30', expose: ['80'] },
    worker: idle,
    mailer: idle,
    reports: idle,
    cache: { image: 'redis:7', command: ['redis-server', '--save', ''], expose: ['6379'] },
    scheduler: idle,
    database: {
      image: 'redis:7',
      command: ['redis-server', '--appendonly', 'yes'],
      expose: ['6379'],
      volumes: ['data:/data'],
    },
  };
  const services = Object.entries(bodies).map(([name, body]) => [name, { ...body, ...common(name) }]);
  return {
    name: STORY,
    services: Object.fromEntries(services),
    networks: { shop: {} },
    volumes: { data: {} },
    configs: { server: { file: server } },
  };
}

/** Refused, it is unhealthy after 2 to 4 s; slower than that where 200 containers start on two cores. */
const HEALTH = {
  test: ['CMD', 'wget', '-q', '-O', '-', 'http://127.0.0.1:8080/up'],
  interval: '10s',
  timeout: '8s',
  retries: 2,
  start_period: '60s',
};
