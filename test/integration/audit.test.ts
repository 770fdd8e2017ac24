/** What keepers remember, on real hosts: audit logs that show every hand in them, lost records, pruned images, the way back. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MANIFEST_TYPE } from '../../src/lab/image/manifest.ts';
import { rootExec } from '../../src/lab/index.ts';
import { type FleetRun, fleet, fleetOk } from '../support/real/fleet.ts';
import { containers, LAB_NAME, onEachHost, theLab } from '../support/real/lab.ts';
import { pushStandIns } from '../support/real/stand-ins.ts';

const APP = 'annals';
const REPOSITORY = 'annals/web';
const HOME = `/home/deploy/.fleet/${APP}`;
const VERSIONS = ['1', '2', '3', '4'];

let folder = '';
let digests: Readonly<Record<string, string>> = {};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fleet-audit-'));
  const { registry } = theLab();
  await pushStandIns(
    registry,
    VERSIONS.map((tag) => ({ repository: REPOSITORY, tag, ports: [80], says: `version ${tag}` })),
  );
  digests = Object.fromEntries(await Promise.all(VERSIONS.map(async (tag) => [tag, await digestOf(tag)] as const)));
});

afterAll(async () => {
  await fleetOk(['remove', '--yes', ...filesFor('1')]);
  rmSync(folder, { recursive: true, force: true });
});

/** The playbook with this version of its image, and the lab's inventory. */
function filesFor(version: string): readonly string[] {
  const playbook = join(folder, 'annals.json');
  const update_config = { monitor: '1s' };
  const services = {
    web: { image: `${REPOSITORY}:${version}`, expose: ['80'], deploy: { replicas: 3, update_config } },
    once: { image: 'busybox:1', command: ['true'], 'x-fleet': { job: 'pre-deploy' } },
  };
  writeFileSync(playbook, JSON.stringify({ name: APP, 'x-fleet': { keep_releases: 2 }, services }));
  return ['--inventory', theLab().inventory, '--file', playbook];
}

function deploy(version: string): Promise<FleetRun> {
  return fleetOk(['deploy', '--yes', ...filesFor(version)]);
}

/** What only looks needs no playbook. */
function see(...args: readonly string[]): Promise<FleetRun> {
  return fleet([...args, '-p', APP, '--inventory', theLab().inventory]);
}

async function digestOf(tag: string): Promise<string> {
  const headers = { accept: MANIFEST_TYPE };
  const answer = await fetch(`${theLab().registry}/v2/${REPOSITORY}/manifests/${tag}`, { headers });
  return answer.headers.get('docker-content-digest') ?? '';
}

const keepers = (): string[] => theLab().hosts.flatMap(({ name, roles }) => (roles.includes('edge') ? [name] : []));

async function onKeeper(keeper: string, script: string): Promise<string> {
  const { exitCode, stdout, stderr } = await rootExec(keeper, ['sh', '-c', script], { labName: LAB_NAME });
  if (exitCode !== 0) throw new Error(`${keeper}: ${script} ended with ${exitCode}: ${stderr}`);
  return stdout;
}

/** Versions whose image any host has. */
async function versionsOnHosts(): Promise<string[]> {
  const lists = await onEachHost(['docker', 'image', 'ls', '--digests', '--format', '{{.Digest}}', REPOSITORY]);
  const here = [...lists.values()].join('\n');
  return VERSIONS.filter((version) => here.includes(digests[version] ?? 'none'));
}

test('two deploys and a failed one stand on all keepers, and every line follows the one before it', async () => {
  await deploy('1');
  await deploy('2');
  const failed = await fleet(['deploy', '--yes', ...filesFor('missing')]);
  expect(failed.code, failed.stdout + failed.stderr).toBe(1);
  const run = await see('audit', '--verify', '--format', 'json');
  expect(run.code, run.stderr).toBe(0);
  const entries: readonly Record<string, unknown>[] = JSON.parse(run.stdout).entries;
  expect(
    entries.map(({ what, previous, release, result, keepers: on }) => [what, previous, release, result, on]),
  ).toEqual([
    ['deploy', 0, 1, 'done', keepers()],
    ['deploy', 1, 2, 'done', keepers()],
    ['deploy', 2, 3, 'failed', keepers()],
  ]);
  expect(entries[2]?.detail).toMatch(/^failed: pull annals\/web:missing@vm\d/);
  expect(entries.map(({ seen }) => seen)).toEqual([1, 2, 3].map(() => expect.stringMatching(/^10\./)));
});

test('releases and their difference are told from the keepers alone', async () => {
  const rows = JSON.parse((await see('releases', '--json')).stdout);
  expect(rows).toMatchObject([
    { release: 2, isCurrent: true, canReturn: true, services: { changed: ['web'] }, lacking: [], lackingBody: [] },
    {
      release: 1,
      isCurrent: false,
      canReturn: true,
      services: { added: ['once', 'web'] },
      lacking: [],
      lackingBody: [],
    },
  ]);
  const { stdout } = await see('diff', '1');
  expect(stdout.replaceAll(/@[0-9a-f]{6}/g, '')).toBe(
    'fleet diff   annals   release 1 -> 2\n\n~ web\n    image  web:1 -> web:2\n'.replaceAll('web:', `${REPOSITORY}:`),
  );
});

test('a line that was changed by hand ends --verify with 1, keeper and line; put back, all is well again', async () => {
  const [keeper = ''] = keepers();
  await onKeeper(keeper, `cp -p ${HOME}/audit.log /tmp/audit.log && sed -i '2s/"done"/"failed"/' ${HOME}/audit.log`);
  const { code, stderr } = await see('audit', '--verify');
  expect([code, stderr]).toEqual([1, expect.stringContaining(`broken: ${keeper} ${APP} line 2 was changed`)]);
  await onKeeper(keeper, `cat /tmp/audit.log >${HOME}/audit.log && rm /tmp/audit.log`);
  expect((await see('audit', '--verify')).code).toBe(0);
});

test('a log that is gone shows as a gap, and what others have is still told', async () => {
  const [, keeper = ''] = keepers();
  await onKeeper(keeper, `rm ${HOME}/audit.log`);
  const { code, stdout, stderr } = await see('audit');
  expect([code, stderr]).toEqual([0, expect.stringContaining(`gap: ${keeper} ${APP} lacks what others have: deploy`)]);
  expect(stdout.match(/ deploy /g)).toHaveLength(3);
  expect((await see('audit', '--verify')).code).toBe(1);
});

test('a record that was half written is told, and written again by the next deploy', async () => {
  const [keeper = ''] = keepers();
  await onKeeper(keeper, `printf '{"app":"an' >${HOME}/releases/000002.json`);
  const plan = await fleetOk(['plan', ...filesFor('2')]);
  expect(plan.stdout).toContain(`${keeper}: the record ~/.fleet/${APP}/releases/000002.json can not be read`);
  expect(plan.stdout).toContain(`record   release 2 on ${keeper}: this keeper had no record of it that can be read`);
  await deploy('2');
  expect(JSON.parse(await onKeeper(keeper, `cat ${HOME}/releases/000002.json`))).toMatchObject({
    app: APP,
    release: 2,
  });
  await fleetOk(['plan', '--detailed-exitcode', ...filesFor('2')]);
});

test('with all records gone the next deploy rebuilds the release; no container restarts, and the job does not run again', async () => {
  const before = await containers();
  for (const keeper of keepers()) await onKeeper(keeper, `rm -r ${HOME}/releases`);
  const { stdout, stderr } = await deploy('2');
  expect(stdout).toContain('rebuilt from containers');
  expect(stderr).not.toContain('job once');
  expect(await containers()).toEqual(before);
  const [row] = JSON.parse((await see('releases', '--json')).stdout);
  expect(row).toMatchObject({ release: 2, isCurrent: true, canReturn: true, lacking: [] });
  await fleetOk(['plan', '--detailed-exitcode', ...filesFor('2')]);
});

test('only images of releases that are kept stay, and the way back needs no registry', async () => {
  await deploy('3');
  expect(await versionsOnHosts()).toContain('2');
  const { stdout } = await deploy('4');
  expect(stdout).toMatch(/sweep {4}1 image of release 2 on vm\d/);
  // Release 1 was on no record any more when its time came: what nobody names is not touched.
  expect(await versionsOnHosts()).toEqual(['1', '3', '4']);
  for (const digest of Object.values(digests)) {
    await fetch(`${theLab().registry}/v2/${REPOSITORY}/manifests/${digest}`, { method: 'DELETE' });
  }
  expect(await digestOf('3')).toBe('');
  await fleetOk(['rollback', '--yes', '-p', APP, '--inventory', theLab().inventory]);
  const images = await onEachHost(['docker', 'ps', '--format', '{{.Image}}', '--filter', `label=fleet.app=${APP}`]);
  const running = [...images.values()].flatMap((text) => text.split('\n').filter(Boolean));
  expect([...new Set(running)]).toEqual([`${REPOSITORY}:3`]);
  const [row] = JSON.parse((await see('releases', '--json')).stdout);
  expect(row).toMatchObject({ release: 5, rollbackTo: 3, isCurrent: true });
});
