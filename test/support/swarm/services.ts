/**
 * The app of test/integration/playbooks/heal.yaml as services of Docker Swarm: the same 24 replicas of the same program.
 * Pure.
 *
 * Practice hosts have no IPVS, so Swarm's routing mesh does not work on them; its ports of mode `host` do, one task of a
 * service per host. So the 16 replicas of `web` are four services of four, each with a port of its own: of six hosts two are
 * free for the tasks of a lost one. That is kind to Swarm: with the mesh, each host would go on sending a share of its
 * requests to the tasks of a dead host until the manager has counted that host as down.
 */

/** How quick Swarm is told to be. */
export interface SwarmPace {
  readonly name: string;
  /** `docker swarm update --dispatcher-heartbeat`: a host counts as down after three of these, give or take 0.5 s each. */
  readonly heartbeat: string;
  /** `--restart-delay` of every service: how long a lost task waits for its successor. */
  readonly restartDelay: string;
}

/**
 * Swarm's defaults, and the shortest heartbeat that was held here: at 200 ms and 100 ms hosts that were well counted as down
 * again and again, since an agent spreads its heartbeats by up to 500 ms whatever the period.
 */
export const PACES: readonly SwarmPace[] = [
  { name: 'defaults', heartbeat: '5s', restartDelay: '5s' },
  { name: 'heartbeat 0.5 s, restart delay 0', heartbeat: '500ms', restartDelay: '0s' },
];

/** One service. */
export interface SwarmService {
  readonly name: string;
  readonly replicas: number;
  /** On every host that runs a task of it. */
  readonly port?: number;
  /** Words of `docker service create` after its options. */
  readonly words: readonly string[];
  readonly options?: readonly string[];
}

const SERVER = ['node:20', 'node', '/app/server.mjs'];
const WEB_PORTS = [8081, 8082, 8083, 8084];
const API_PORT = 8090;

/** The Docker config that holds the program. */
export const SERVER_CONFIG = 'heal-server';

const CARRIED = ['--config', `source=${SERVER_CONFIG},target=/app/server.mjs`, '--stop-grace-period', '5s'];
const HEALTH = [
  ...['--health-cmd', 'wget -q -O - http://127.0.0.1:8080/up'],
  ...['--health-interval', '2s', '--health-timeout', '3s', '--health-retries', '2', '--health-start-period', '10s'],
];
const IDLE = "process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1_000);";

/** All services. `store` stays on the host that is named, as fleet keeps it with its volume. */
export function swarmServices(storeHost: string): readonly SwarmService[] {
  return [
    ...WEB_PORTS.map((port) => ({ name: `web-${port}`, replicas: 4, port, words: SERVER, options: CARRIED })),
    { name: 'api', replicas: 4, port: API_PORT, words: SERVER, options: [...CARRIED, ...HEALTH] },
    { name: 'worker', replicas: 2, words: ['node:20', 'node', '-e', IDLE] },
    { name: 'counter', replicas: 1, port: 9000, words: SERVER, options: CARRIED },
    {
      ...{ name: 'store', replicas: 1, words: ['redis:7', 'redis-server', '--save', '', '--appendonly', 'yes'] },
      options: ['--mount', 'type=volume,source=store,target=/data', '--constraint', `node.hostname==${storeHost}`],
    },
  ];
}

/** The argv that creates the service. */
export function createArguments(
  { name, replicas, port, words, options = [] }: SwarmService,
  pace: SwarmPace,
): string[] {
  const publish = port === undefined ? [] : ['--publish', `mode=host,published=${port},target=8080`];
  return [
    ...['docker', 'service', 'create', '--detach', '--quiet', '--no-resolve-image', '--name', name],
    ...['--replicas', String(replicas), '--restart-delay', pace.restartDelay, ...publish, ...options, ...words],
  ];
}

/**
 * nginx in front, on the two hosts that are edges for fleet, with the settings that fleet's edges have: the same timeouts,
 * the same passing over of dead replicas. It does not know where tasks run, so it lists each port on each host; where none
 * listens it is refused at once and tries the next. It may try them all, where fleet's edges try three.
 */
export function frontConfig(addresses: readonly string[]): string {
  const group = (name: string, ports: readonly number[]): string => {
    const doors = ports.flatMap((port) => addresses.map((address) => `${address}:${port}`));
    const first = doors.map((door) => `    server ${door} max_fails=1 fail_timeout=5s;`);
    const again = doors.map((door) => `    server ${door} max_fails=0 backup;`);
    const lines = [`    zone ${name} 128k;`, ...first, ...again, '    keepalive 16;', '    keepalive_timeout 1s;'];
    return `  upstream ${name} {\n${lines.join('\n')}\n  }\n`;
  };
  const location = (path: string, name: string): string => `    location ${path} {
      proxy_pass http://${name};
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Connection "";
      proxy_connect_timeout 1s;
      proxy_read_timeout 2s;
      proxy_send_timeout 2s;
      proxy_next_upstream error timeout;
      proxy_next_upstream_tries 0;
    }
`;
  return `worker_processes auto;
error_log stderr warn;
events { worker_connections 8192; }
http {
  access_log off;
  keepalive_min_timeout 3s;
${group('web', WEB_PORTS)}${group('api', [API_PORT])}  server {
    listen 80;
${location('/', 'web')}${location('/api', 'api')}  }
}
`;
}
