import { expect, test } from 'vitest';
import type { Plan, RunCommand, Step } from '../../../src/model/plan.ts';
import { planOf } from '../../support/compile/deployed.ts';
import { commandsOf } from '../../support/compile/words.ts';
import { container, host, MIB, type ServiceShape, service, world } from '../../support/compile/worlds.ts';

/** The plan for one service on one host. */
function planFor(shape: ServiceShape, configs: Readonly<Record<string, string>> = {}): Plan {
  const question = world({ hosts: [host('vm1', { roles: ['edge', 'worker'] })], services: [service('web', shape)] });
  return planOf({ ...question, playbook: { ...question.playbook, configs, secrets: { token: 'abc' } } });
}

function stepOf(plan: Plan, kind: Step['action']['kind']): Step {
  const found = plan.steps.find(({ action }) => action.kind === kind);
  if (found === undefined) throw new Error(`no ${kind} step`);
  return found;
}

function firstLine(step: Step): string {
  const [command] = step.commands;
  return command?.kind === 'run' ? command.line : '';
}

/** Words of `docker run` without the labels, whose digests are of no interest here. */
function words(shape: ServiceShape): string[] {
  const [found = []] = commandsOf(firstLine(stepOf(planFor(shape), 'start')), 'docker', 'run');
  return found.filter((word) => !word.startsWith('--label=fleet.') && !word.startsWith('web:1@'));
}

test('a container gets its name, network, port on the private address, restart policy and nothing else', () => {
  expect(words({ ports: ['8080'] })).toEqual([
    '--detach',
    '--name',
    'shop.web.1.1',
    '--network',
    'fleet-shop.web',
    expect.stringMatching(/^--add-host=web:10\.96\./),
    '--stop-timeout=10',
    '--restart=unless-stopped',
    expect.stringMatching(/^--publish=10\.0\.0\.1:2\d{4}:8080$/),
  ]);
});

test('the labels say what the container is, in the form that observing reads', () => {
  const reservation = { cpus: 0.25, memoryBytes: 96 * MIB };
  const line = firstLine(stepOf(planFor({ ports: ['8080', '53/udp'], reservation }), 'start'));
  const labels = [...line.matchAll(/--label='?fleet\.([a-z]+)=([^\s']*)/g)].map(
    ([, name, value]) => `${name} ${value}`,
  );
  expect(labels).toEqual([
    'app shop',
    'service web',
    expect.stringMatching(/^spec [0-9a-f]{12}$/),
    'kind replica',
    'image web:1',
    expect.stringMatching(/^digest sha256:[0-9a-f]{64}$/),
    'cpus 0.25',
    `memory ${96 * MIB}`,
    'slot 1',
    'release 1',
    expect.stringMatching(/^ports 8080\/http=2\d{4},53\/udp=2\d{4}$/),
  ]);
});

test('every option of a service is one word of docker run, whatever it contains', () => {
  const nasty = `it's "quoted" $(touch /tmp/x) \`id\` \\ ; && é`;
  const found = words({
    container: container({
      command: ['serve', nasty],
      entrypoint: ['/bin/sh', '-c', 'exec "$0"'],
      environment: { B: 'two\nlines', A: nasty },
      labels: { team: nasty },
      user: '1000:1000',
      workingDir: '/srv/a b',
      init: true,
      readOnly: true,
      capAdd: ['NET_ADMIN'],
      capDrop: ['ALL'],
      ulimits: { nofile: { soft: 1, hard: 2 } },
      stopSignal: 'SIGQUIT',
      stopGraceMs: 1500,
      logging: { driver: 'json-file', options: { 'max-size': '1m' } },
      restart: 'no',
      extraHosts: ['box:10.1.1.1'],
      dns: ['10.1.1.53'],
    }),
    healthcheck: { test: ['CMD', 'check', nasty], intervalMs: 500, timeoutMs: 1000, retries: 2, startPeriodMs: 0 },
    mounts: [
      { kind: 'volume', volume: 'data', target: '/data,1', readOnly: true },
      { kind: 'bind', source: '/etc/a b', target: '/b', readOnly: false },
      { kind: 'tmpfs', target: '/tmp', sizeBytes: 4096 },
    ],
    limits: { cpus: 1.5, memoryBytes: 1024, pids: 10 },
  });
  expect(found).toEqual([
    ...['--detach', '--name', 'shop.web.1.1', `--label=team=${nasty}`, '--network', 'fleet-shop.web'],
    ...[
      '--add-host=web:127.0.0.1',
      '--add-host=box:10.1.1.1',
      `--env=A=${nasty}`,
      '--env=B=two\nlines',
      '--user=1000:1000',
      '--workdir=/srv/a b',
    ],
    ...['--init', '--read-only', '--cap-add=NET_ADMIN', '--cap-drop=ALL', '--ulimit=nofile=1:2'],
    ...['--stop-signal=SIGQUIT', '--stop-timeout=2', '--log-driver=json-file', '--log-opt=max-size=1m'],
    ...['--restart=no', '--dns=10.1.1.53'],
    `--health-cmd=check 'it'\\''s "quoted" $(touch /tmp/x) \`id\` \\ ; && é'`,
    ...['--health-interval=500ms', '--health-timeout=1000ms', '--health-retries=2', '--health-start-period=0ms'],
    '--mount=type=volume,source=data,"target=/data,1",readonly',
    '--mount=type=bind,source=/etc/a b,target=/b',
    '--mount=type=tmpfs,target=/tmp,tmpfs-size=4096',
    ...['--cpus=1.5', '--memory=1024', '--pids-limit=10', '--entrypoint=/bin/sh', '-c', 'exec "$0"', 'serve', nasty],
  ]);
});

test('an empty entrypoint takes the image’s own away, none leaves it', () => {
  const of = (entrypoint: { readonly entrypoint?: readonly string[] }) =>
    words({ container: container({ command: ['serve'], ...entrypoint }) }).slice(-2);
  expect(of({ entrypoint: [] })).toEqual(['--entrypoint=', 'serve']);
  expect(of({})).toEqual(['--restart=unless-stopped', 'serve']);
});

test('a start that is run twice starts the container that is there, and refuses one of another spec', () => {
  const plan = planFor({});
  const line = firstLine(stepOf(plan, 'start'));
  const spec = /fleet\.spec=([0-9a-f]{12})/.exec(line)?.[1];
  expect(line.slice(line.indexOf('>/dev/null'))).toBe(
    `>/dev/null || { [ "$(docker inspect --format '{{index .Config.Labels "fleet.spec"}}' shop.web.1.1 2>/dev/null)" = ${spec} ] && docker start shop.web.1.1 >/dev/null; }`,
  );
});

test('files reach a container through standard input, never on a command line', () => {
  const grant = { uid: 1000, gid: 50, mode: 0o440 };
  const plan = planFor(
    {
      configs: [{ source: 'conf', target: '/etc/web.conf', ...grant }],
      secrets: [{ source: 'token', target: '/run/secrets/token', ...grant }],
    },
    { conf: Buffer.from('level=debug').toString('base64') },
  );
  const [command] = stepOf(plan, 'start').commands as RunCommand[];
  expect(command?.line).toMatch(
    /^\{ docker create .* && docker cp - shop\.web\.1\.1:\/ && docker start shop\.web\.1\.1 >\/dev\/null$/,
  );
  const entries = command?.stdin?.kind === 'archive' ? command.stdin.entries : [];
  const [digest = ''] = Object.keys(plan.files);
  expect(entries).toEqual([
    { path: 'etc/web.conf', ...grant, content: { kind: 'file', digest } },
    { path: 'run/secrets/token', ...grant, content: { kind: 'secret', name: 'token', digest: 'abc' } },
  ]);
  expect(Buffer.from(plan.files[digest] ?? '', 'base64').toString()).toBe('level=debug');
  expect(JSON.stringify(plan.steps)).not.toContain('level=debug');
});

test('stopping and removing what is already gone is no failure', () => {
  const plan = planFor({});
  const [undo] = stepOf(plan, 'start').undo as RunCommand[];
  expect(undo?.line).toBe(
    'docker rm --force --volumes shop.web.1.1 >/dev/null 2>&1 || ! docker inspect shop.web.1.1 >/dev/null 2>&1',
  );
});

test('networks and volumes are made once, with the subnet that the plan chose', () => {
  const step = planFor({ volumes: ['data'] }).steps.find(({ id }) => id === 'ground shop@vm1');
  expect(step === undefined ? '' : firstLine(step)).toMatch(
    /^\{ docker network inspect fleet-shop\.web >\/dev\/null 2>&1 \|\| docker network create --driver bridge --subnet 10\.97\.[\d.]+\/26 '?--label=fleet\.app=shop'? '?--label=fleet\.service=web'? fleet-shop\.web >\/dev\/null; \} && docker volume create '?--label=fleet\.app=shop'? data >\/dev\/null$/,
  );
});

test('a read-only container gets its files through volumes, one stream per folder', () => {
  const grant = (source: string, target: string) => ({ source, target, uid: 0, gid: 0, mode: 0o444 });
  const shape = {
    container: container({ readOnly: true }),
    secrets: [grant('token', '/run/secrets/token')],
    configs: [grant('page', '/srv/page.html'), grant('style', '/srv/style.css')],
  };
  const step = stepOf(planFor(shape, { page: 'cGFnZQ==', style: 'c3R5bGU=' }), 'start');
  const runs = step.commands.filter((command): command is RunCommand => command.kind === 'run');
  expect(runs.map(({ line }) => commandsOf(line, 'docker', 'cp').flat())).toEqual([
    ['-', 'shop.web.1.1:/run/secrets'],
    ['-', 'shop.web.1.1:/srv'],
  ]);
  expect(runs.map(({ stdin }) => (stdin?.kind === 'archive' ? stdin.entries.map(({ path }) => path) : []))).toEqual([
    ['token'],
    ['page.html', 'style.css'],
  ]);
  const [created = []] = commandsOf(runs[0]?.line ?? '', 'docker', 'create');
  expect(created.filter((word) => word.startsWith('--mount='))).toEqual([
    '--mount=type=volume,target=/run/secrets',
    '--mount=type=volume,target=/srv',
  ]);
  expect(commandsOf(runs[1]?.line ?? '', 'docker', 'start')).toEqual([['shop.web.1.1']]);
});
