/** Builders of plans by hand: every field has a quiet default, a test names only what matters to it. */
import type { Plan, RunCommand, ServiceChange, Step } from '../../src/model/plan.ts';

/** A plan that does nothing. */
export function aPlan(overrides: Partial<Plan> = {}): Plan {
  return {
    version: 1,
    app: 'shop',
    fleet: 'production',
    intent: { kind: 'deploy', services: [] },
    release: 6,
    previous: 6,
    digest: '9f3c1e7a52b0',
    hosts: 6,
    edges: 2,
    services: [],
    placements: [],
    vips: {},
    routers: [],
    room: { cpuShare: 0, cpuHost: '', memoryShare: 0, memoryHost: '', withoutOne: { fits: true, worst: '' } },
    warnings: [],
    steps: [],
    files: {},
    carried: {},
    keepers: ['vm1', 'vm2'],
    ...overrides,
  };
}

/** A service that nothing happens to. */
export function aChange(service: string, overrides: Partial<ServiceChange> = {}): ServiceChange {
  return {
    service,
    change: 'none',
    reasons: [],
    replicas: 1,
    rollout: 'blue-green',
    image: `${service}:1`,
    starts: [],
    stops: [],
    stays: [],
    notes: [],
    ...overrides,
  };
}

/** A step named `ID@HOST`. */
export function aStep(id: string, host: string, overrides: Partial<Step> = {}): Step {
  return {
    id: `${id}@${host}`,
    host,
    action: { kind: 'prepare', what: id },
    reason: '',
    needs: [],
    commands: [],
    undo: [],
    diagnose: [],
    ...overrides,
  };
}

/** A command with a limit of a minute. */
export function run(line: string, overrides: Partial<RunCommand> = {}): RunCommand {
  return { kind: 'run', line, timeoutMs: 60_000, ...overrides };
}

/** The update of design.md: backend goes from blue to green on three hosts, db pauses, the rest stays. */
export function theUpdate(): Plan {
  return aPlan({
    release: 7,
    services: [
      aChange('backend', {
        change: 'update',
        reasons: ['image 1.4.2 -> 1.5.0 (sha256:9f3c…)'],
        replicas: 3,
        starts: [
          { replica: 'shop.backend.7.1', host: 'vm2', ports: [20011] },
          { replica: 'shop.backend.7.2', host: 'vm4', ports: [20011] },
          { replica: 'shop.backend.7.3', host: 'vm5', ports: [20014, 20015] },
        ],
        stops: [
          { replica: 'shop.backend.6.1', host: 'vm2' },
          { replica: 'shop.backend.6.2', host: 'vm3' },
        ],
        stays: [{ replica: 'shop.backend.6.3', host: 'vm5' }],
      }),
      aChange('cache'),
      aChange('db', {
        change: 'update',
        reasons: ['environment POSTGRES_LOG changed'],
        rollout: 'recreate',
        notes: ['about 4 s without database, volume db-data stays on vm1'],
      }),
      aChange('frontend', { replicas: 4 }),
    ],
    routers: ['vm1', 'vm2'].map((host) => ({ host, file: 'http.conf', before: BEFORE, after: AFTER })),
    room: {
      cpuShare: 0.71,
      cpuHost: 'vm5',
      memoryShare: 0.64,
      memoryHost: 'vm2',
      withoutOne: { fits: true, worst: 'vm2' },
    },
    warnings: [{ code: 'W_NGINX_OLD', message: 'vm1 runs nginx 1.22: keep-alive clients may see a reset on reload' }],
    steps: theSteps(),
  });
}

const BEFORE = 'upstream backend {\n  server 10.0.0.2:20001;\n  server 10.0.0.3:20001;\n}\nserver {\n  listen 80;\n}\n';
const AFTER = 'upstream backend {\n  server 10.0.0.2:20011;\n  server 10.0.0.4:20011;\n}\nserver {\n  listen 80;\n}\n';

function theSteps(): Step[] {
  const replica = 'shop.backend.7.1';
  return [
    aStep('pull backend:1.5.0', 'vm2', {
      action: { kind: 'pull', image: 'backend:1.5.0' },
      reason: 'backend needs it',
      commands: [run('docker pull backend:1.5.0')],
    }),
    aStep('start backend.7.1', 'vm2', {
      action: { kind: 'start', service: 'backend', replica },
      reason: 'image 1.4.2 -> 1.5.0',
      needs: ['pull backend:1.5.0@vm2'],
      commands: [
        run(`docker create --name ${replica} backend:1.5.0`),
        run(`docker cp - ${replica}:/`, {
          stdin: {
            kind: 'archive',
            entries: [
              {
                path: 'run/secrets/key',
                mode: 0o440,
                uid: 0,
                gid: 70,
                content: { kind: 'secret', name: 'key', digest: 'abc' },
              },
            ],
          },
        }),
        run(`docker start ${replica}`),
      ],
      undo: [run(`docker rm -f ${replica}`)],
    }),
    aStep('probe backend', 'vm1', {
      action: { kind: 'probe', replicas: [replica] },
      reason: 'green must answer on the way that traffic takes',
      needs: ['start backend.7.1@vm2'],
      commands: [
        {
          kind: 'probe',
          targets: [
            {
              name: 'backend.7.1',
              address: '10.0.0.2',
              port: 20011,
              http: { path: '/up', tls: false, status: [200, 399] },
            },
          ],
          attemptMs: 1000,
          intervalMs: 200,
          timeoutMs: 30_000,
          monitorMs: 0,
          maxFailureRatio: 0,
        },
      ],
    }),
    ...['vm1', 'vm2'].map((host) =>
      aStep('switch shop', host, {
        action: { kind: 'switch', generation: 'a1b2' },
        reason: 'traffic moves to green',
        needs: ['probe backend@vm1'],
        commands: [run('mv -T next current')],
        undo: [run('mv -T last current')],
      }),
    ),
    aStep('drain backend', 'vm2', {
      action: { kind: 'hold', ms: 10_000 },
      reason: 'what is in flight ends',
      needs: ['switch shop@vm1', 'switch shop@vm2'],
      commands: [{ kind: 'hold', ms: 10_000 }],
    }),
  ];
}
