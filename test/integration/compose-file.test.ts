/**
 * A Compose file as a team has it, with what lies beside it: mounted files and folders, a port that only the image
 * knows, jobs of every kind, env_file, configs, nameless volumes, and options that somebody needed once.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { rootExec } from '../../src/lab/index.ts';
import { expectedOptions, type Inspected, optionsOf } from '../support/real/container-options.ts';
import { type FleetRun, fleet, fleetOk, TOP } from '../support/real/fleet.ts';
import { containers, edgeUrls, LAB_NAME, onEachHost, theLab } from '../support/real/lab.ts';
import { countAnswers } from '../support/real/web-port.ts';

const PORT = 8085;
const APP = 'team';

let folder = '';
let othersVolumes: readonly string[] = [];

function args(more: readonly string[]): string[] {
  return [...more, '--inventory', theLab().inventory, '--file', join(folder, 'compose.yaml')];
}

function deploy(...more: readonly string[]): Promise<FleetRun> {
  return fleetOk(args(['deploy', '--yes', ...more]));
}

/** Changes the playbook or a file beside it. */
function change(file: string, edit: (text: string) => string): void {
  const path = join(folder, file);
  writeFileSync(path, edit(readFileSync(path, 'utf8')));
}

/** The same until the end of the test. */
function changeForNow(file: string, edit: (text: string) => string): void {
  const path = join(folder, file);
  const before = readFileSync(path, 'utf8');
  onTestFinished(() => writeFileSync(path, before));
  change(file, edit);
}

async function ask(path: string): Promise<string> {
  const answer = await fetch(`${edgeUrls()[0]}:${PORT}${path}`, { signal: AbortSignal.timeout(5_000) });
  return (await answer.text()).trim();
}

/** Replicas of a service, by name. */
async function replicas(service: string): Promise<readonly { readonly host: string; readonly name: string }[]> {
  return (await containers()).filter(({ name }) => name.startsWith(`${APP}.${service}.`));
}

async function names(): Promise<readonly string[]> {
  return (await containers()).map(({ name }) => name).filter((name) => name.startsWith(`${APP}.`));
}

/** Runs a line in a container of the service. */
async function inside(service: string, line: string): Promise<string> {
  const [one] = await replicas(service);
  if (one === undefined) throw new Error(`${service} has no container`);
  const { stdout } = await rootExec(one.host, ['docker', 'exec', one.name, 'sh', '-c', line], { labName: LAB_NAME });
  return stdout.trim();
}

/** What a shell line says on each host, without those where it says nothing. */
async function onHosts(line: string): Promise<readonly (readonly [string, readonly string[]])[]> {
  const said = [...(await onEachHost(['sh', '-c', `${line} 2>/dev/null; true`]))];
  return said
    .map(([host, text]) => [host, text.split('\n').filter(Boolean)] as const)
    .filter(([, all]) => all.length > 0);
}

/** Host and digest of each carried file or folder of the app. */
async function carried(): Promise<readonly string[]> {
  const found = await onHosts(`ls /home/deploy/.fleet/${APP}/files`);
  return found.flatMap(([host, digests]) => digests.map((digest) => `${host} ${digest}`));
}

/** Names of all volumes that are on any host. */
async function volumes(): Promise<readonly string[]> {
  const found = await onHosts('docker volume ls -q');
  return [...new Set(found.flatMap(([, all]) => all))].sort();
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fleet-team-'));
  cpSync(`${TOP}test/integration/playbooks/team`, folder, { recursive: true, verbatimSymlinks: true });
  othersVolumes = await volumes();
  await deploy();
});
afterAll(async () => {
  await fleetOk(args(['remove', '--yes', '--volumes']));
  rmSync(folder, { recursive: true, force: true });
});

test('what the file mounts, hands over and declares is what the containers find', async () => {
  expect([await ask('/'), await ask('/home.html'), await ask('/deep/page.html')]).toEqual([
    ...['page one', 'page one', 'deep page'],
  ]);
  expect(JSON.parse(await ask('/api/'))).toEqual({
    environment: { GREETING: 'hello', TIER: 'production', QUOTED: 'two words', FROM_OTHER: 'production-tier' },
    limits: '{ "most": 5 }',
    banner: 'hello from a file',
    cache: ['+PONG', '+PONG'],
  });
  expect(
    await inside('api', 'id -G; hostname; cat /proc/1/oom_score_adj; stat -c %a:%u /etc/api/banner.txt /limits'),
  ).toBe(['1000 2000', 'api-inside', '300', '440:1000', '444:0'].join('\n'));
  expect(await inside('api', 'touch /srv/api/x 2>/dev/null || touch /srv/memory/x /run/api/x && ls /srv/scratch')).toBe(
    '',
  );
});

test('every option of a container is what Docker was told', async () => {
  const [api] = await replicas('api');
  const { stdout } = await rootExec(api?.host ?? '', ['docker', 'inspect', api?.name ?? ''], { labName: LAB_NAME });
  const [found] = JSON.parse(stdout) as Inspected[];
  expect(found === undefined ? {} : optionsOf(found)).toEqual(expectedOptions);
});

test('each job ran as often as it is declared, where it is declared, and nothing of it is left', async () => {
  const runs = async (volume: string) => onHosts(`cat /var/lib/docker/volumes/${APP}_${volume}/_data/runs`);
  expect((await runs('import-data')).map(([, lines]) => new Set(lines).size)).toEqual([3]);
  const zoneA = (await onHosts(`docker volume ls -q --filter name=${APP}_warm-data`)).map(([host]) => host);
  expect(await runs('warm-data')).toEqual(zoneA.map((host) => [host, ['warm']]));
  expect(zoneA).toHaveLength(theLab().hosts.filter((_, index) => index % 2 === 0).length);
  expect(await inside('cache', 'redis-cli get migrations; redis-cli get limits')).toBe('1\n{ "most": 5 }');
  expect(await names()).toEqual(
    ['api.1.1', 'api.1.2', 'cache.1.1', 'web.1.1', 'web.1.2'].map((name) => `${APP}.${name}`),
  );
});

test('the same again is nothing to do', async () => {
  await fleetOk(args(['plan', '--detailed-exitcode']));
});

test('a changed page rolls its service alone, no request fails, and the old folder is swept', async () => {
  const before = await carried();
  change('html/index.html', () => 'page two\n');
  const counting = countAnswers(edgeUrls().map((url) => `${url}:${PORT}/`));
  await deploy();
  const { failed, answers } = await counting.stop();
  expect(failed).toEqual([]);
  expect(Object.keys(answers).sort()).toEqual(['page one', 'page two']);
  expect(await names()).toEqual(
    ['api.1.1', 'api.1.2', 'cache.1.1', 'web.2.1', 'web.2.2'].map((name) => `${APP}.${name}`),
  );
  const after = await carried();
  const count = (all: readonly string[]) => all.length;
  expect(count(after)).toBe(count(before));
  expect(count(after.filter((one) => before.includes(one)))).toBe(count(before) - (await replicas('web')).length);
});

test('a changed variable of the env_file rolls its service alone', async () => {
  change('api.env', (text) => text.replace('TIER=production', 'TIER=staging'));
  await deploy('--profile', 'debug');
  const api = JSON.parse(await ask('/api/')) as { environment: unknown };
  expect(api.environment).toMatchObject({ TIER: 'staging', FROM_OTHER: 'staging-tier' });
  expect(await names()).toEqual(
    ['api.3.1', 'api.3.2', 'cache.1.1', 'debug.3.1', 'web.2.1', 'web.2.2'].map((name) => `${APP}.${name}`),
  );
  await deploy();
  expect(await replicas('debug')).toEqual([]);
});

test.each([
  {
    what: 'one of three runs of a job fails',
    file: 'compose.yaml',
    from: '>>/out/runs',
    to: '>>/out/runs; ! mkdir /out/first',
    says: /job import\.\d+\.\d failed with exit code 1/,
  },
  {
    what: 'the job that a service waits for fails',
    file: 'steps/last.sh',
    from: 'redis-cli',
    to: 'exit 7; redis-cli',
    says: /job migrate\.\d+\.1 failed with exit code 7/,
  },
])('when $what, the deploy says so, blue serves on, and nothing of green is left', async ({ file, from, to, says }) => {
  const before = { names: await names(), carried: await carried() };
  changeForNow(file, (text) => text.replace(from, to));
  changeForNow('html/index.html', () => 'page three\n');
  const counting = countAnswers(edgeUrls().map((url) => `${url}:${PORT}/`));
  const run = await fleet(args(['deploy', '--yes']));
  const { failed, answers } = await counting.stop();
  expect([run.code, run.stderr + run.stdout]).toEqual([1, expect.stringMatching(says)]);
  expect(run.stderr).toContain('error[E_STEP]');
  expect({ failed, said: Object.keys(answers) }).toEqual({ failed: [], said: ['page two'] });
  expect({ names: await names(), carried: await carried() }).toEqual(before);
});

test('a folder that is too large to be carried is refused before any host is asked', async () => {
  writeFileSync(join(folder, 'html/film'), new Uint8Array(11 * 2 ** 20));
  const run = await fleet(args(['deploy', '--yes']));
  expect(run.code).toBe(2);
  expect(run.stderr).toMatch(
    /^error\[E_VALUE\]: services\.web\.volumes\[1\]\.source: .*at most 10 MiB are carried to hosts\n/,
  );
  expect(run.stderr).not.toContain('lease');
  rmSync(join(folder, 'html/film'));
});

test('remove leaves the named volumes, the log and the record of the removal, and nothing else', async () => {
  await fleetOk(args(['remove', '--yes']));
  expect(await names()).toEqual([]);
  expect(await onHosts(`docker network ls --format '{{.Name}}' | grep fleet-${APP}`)).toEqual([]);
  const kept = await onHosts(`cd /home/deploy/.fleet/${APP} && find . -type f | grep -v -e /.lease -e /audit.log`);
  const record = expect.stringMatching(/^\.\/releases\/\d{6}\.json$/);
  expect(kept).toEqual([
    ['vm1', [record]],
    ['vm2', [record]],
  ]);
  expect(await onHosts(`ls -d /home/deploy/.fleet/router/*/${APP}.* /home/deploy/.fleet/${APP}/files`)).toEqual([]);
  const own = ['cache-data', 'import-data', 'warm-data'].map((name) => `${APP}_${name}`);
  expect(await volumes()).toEqual([...othersVolumes, ...own].sort());
});
