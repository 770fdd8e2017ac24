import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { bytesOf } from '../../../../src/execute/stdin.ts';
import type { Plan, Step } from '../../../../src/model/plan.ts';
import type { Service } from '../../../../src/model/playbook.ts';
import { CARRIED } from '../../../support/compile/arbitrary-worlds.ts';
import { deployed, now, planOf } from '../../../support/compile/deployed.ts';
import { runPlan } from '../../../support/compile/run-plan.ts';
import type { Simulator } from '../../../support/compile/simulator.ts';
import { emptyHost, service, world } from '../../../support/compile/worlds.ts';

function mounts(digest: string, target = '/etc/web'): Service['mounts'] {
  return [{ kind: 'carried', digest, target }];
}

function shop(services: readonly Service[], hosts = 3) {
  return world({ hosts, services, playbook: { carried: CARRIED } });
}

function stepsOf(plan: Plan, start: string): Step[] {
  return plan.steps.filter(({ id }) => id.startsWith(start));
}

function lying(fleet: Simulator): string[] {
  return [...fleet.machines].flatMap(([host, { carried }]) => [...carried].sort().map((key) => `${host} ${key}`));
}

test('carried files are laid only where something mounts them, once a host, before it starts', () => {
  const plan = planOf(shop([service('web', { replicas: 2, mounts: mounts('a1') }), service('db')]));
  const hosts = plan.placements.filter((one) => one.service === 'web').map(({ host }) => host);
  expect(stepsOf(plan, 'carry').map(({ host }) => host)).toEqual(hosts.sort());
  for (const start of stepsOf(plan, 'start web')) expect(start.needs).toContain(`carry shop@${start.host}`);
});

test('a plan that records its playbook has all that is carried once, beside the body; one that does not has what it lays', () => {
  const question = shop([service('web', { mounts: mounts('a1') })], 1);
  const plan = planOf(question);
  expect(plan.carried).toEqual(CARRIED);
  expect(plan.body?.playbook.carried).toEqual({ a1: [], a2: [], b0: [] });
  const fleet = deployed(question);
  for (const machine of fleet.machines.values()) machine.containers.clear();
  expect(planOf(now(question, fleet))).toMatchObject({ carried: {} });
});

test('the folder is unpacked beside its place, moved there when it is whole, and left alone when it is there', () => {
  const plan = planOf(shop([service('web', { mounts: mounts('a1') })], 1));
  const [step] = stepsOf(plan, 'carry');
  const folder = '/home/deploy/.fleet/shop/files/a1';
  expect(step?.commands).toEqual([
    {
      kind: 'run',
      line: `if [ -d ${folder} ]; then cat >/dev/null; else rm -rf ${folder}.new && mkdir -p ${folder}.new && tar -xpf - -C ${folder}.new --no-same-owner && mv ${folder}.new ${folder}; fi`,
      stdin: { kind: 'carried', digest: 'a1' },
      timeoutMs: 600_000,
    },
  ]);
  expect(step?.undo).toMatchObject([{ line: `rm -rf ${folder} ${folder}.new` }]);
});

test('the container mounts it read-only from the home folder of its host', () => {
  const plan = planOf(shop([service('web', { mounts: mounts('a1', '/etc/a,b') })], 1));
  expect(JSON.stringify(stepsOf(plan, 'start'))).toContain(
    `--mount=type=bind,source=/home/deploy/.fleet/shop/files/a1/data,\\"target=/etc/a,b\\",readonly`,
  );
});

test('other content is another spec, and what it replaces goes when nobody mounts it any more', () => {
  const web = (digest: string) => service('web', { mounts: mounts(digest) });
  const other = service('other', { mounts: mounts('b0') });
  const fleet = deployed(shop([web('a1'), other], 1));
  expect(lying(fleet)).toEqual(['vm1 shop/a1', 'vm1 shop/b0']);
  const plan = planOf(now(shop([web('a2'), other], 1), fleet));
  expect(plan.services.find((one) => one.service === 'web')?.reasons).toEqual(['files /etc/web changed']);
  runPlan(plan, fleet);
  expect(lying(fleet)).toEqual(['vm1 shop/a2', 'vm1 shop/b0']);
  expect(planOf(now(shop([web('a2'), other], 1), fleet)).steps).toEqual([]);
});

test('a job gets its files, and they go with it', () => {
  const fleet = deployed(shop([service('migrate', { job: 'pre-deploy', mounts: mounts('a1') })], 1));
  expect(fleet.jobs).toEqual(['shop.migrate.1.1']);
  expect(lying(fleet)).toEqual([]);
});

test('a service that is not deployed keeps the files that its containers mount', () => {
  const first = shop([service('web', { mounts: mounts('a1') }), service('other')], 1);
  const fleet = deployed(first);
  const later = shop([service('web', { mounts: mounts('a2') }), service('other', { image: 'other:2' })], 1);
  runPlan(planOf({ ...now(later, fleet), intent: { kind: 'deploy', services: ['other'] } }), fleet);
  expect(lying(fleet)).toEqual(['vm1 shop/a1']);
});

test('what a killed run left half laid is removed by the next one, and so is what nobody mounts', () => {
  const question = shop([service('web', { mounts: mounts('a1') })], 1);
  const fleet = deployed(question);
  fleet.machine('vm1').carried.add('shop/a2.new').add('shop/b0').add('blog/b0');
  const plan = planOf(now(question, fleet));
  expect(stepsOf(plan, 'sweep').map(({ id }) => id)).toEqual(['sweep carried@vm1']);
  runPlan(plan, fleet);
  expect(lying(fleet)).toEqual(['vm1 blog/b0', 'vm1 shop/a1']);
});

test('remove takes the carried files of the app with it, and no others', () => {
  const question = shop([service('web', { mounts: mounts('a1') })], 1);
  const fleet = deployed(question);
  fleet.machine('vm1').carried.add('blog/b0');
  const plan = planOf({ ...now(question, fleet), intent: { kind: 'remove', volumes: false } });
  runPlan(plan, fleet);
  expect(lying(fleet)).toEqual(['vm1 blog/b0']);
  // The app's folder is kept where records lie in it, and is nothing but a leftover elsewhere.
  expect(JSON.stringify(stepsOf(plan, 'tidy'))).toMatch(
    /files && .*\{ rmdir \S+\/\.fleet\/shop 2>\/dev\/null; true; \}/,
  );
});

test('the plan is the same to its digest wherever the playbook lies, and holds each content once', () => {
  const services = [service('web', { replicas: 3, mounts: mounts('a1') }), service('api', { mounts: mounts('a1') })];
  const plan = planOf(shop(services));
  expect(JSON.stringify(plan).split('b25l')).toHaveLength(2);
  expect(planOf(shop(services)).digest).toBe(plan.digest);
});

test('a real shell and tar make of the step what was carried, once, whatever lies half laid there', async () => {
  const home = mkdtempSync(join(tmpdir(), 'fleet-unit-carry-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const carried: Plan['carried'] = {
    c0: [
      { kind: 'folder', path: '', mode: 0o755 },
      { kind: 'folder', path: 'sub', mode: 0o700 },
      { kind: 'file', path: 'sub/run me', mode: 0o755, content: Buffer.from('x').toString('base64') },
      { kind: 'link', path: 'there', to: 'sub/run me' },
    ],
  };
  const reports = { vm1: emptyHost({ home }) };
  const plan = planOf(
    world({ hosts: 1, reports, services: [service('web', { mounts: mounts('c0') })], playbook: { carried } }),
  );
  const [command] = stepsOf(plan, 'carry')[0]?.commands ?? [];
  if (command?.kind !== 'run' || command.stdin === undefined) throw new Error('no command');
  const input = await bytesOf(command.stdin, { ...plan, secrets: new Map(), by: '', plan: '', run: '', at: 0 });
  const data = join(home, '.fleet/shop/files/c0/data');
  mkdirSync(join(home, '.fleet/shop/files/c0.new/data'), { recursive: true });
  writeFileSync(join(home, '.fleet/shop/files/c0.new/data/half'), '');
  execFileSync('/bin/sh', ['-c', `umask 077; ${command.line}`], { input });
  expect(readdirSync(data).sort()).toEqual(['sub', 'there']);
  expect(readFileSync(join(data, 'there'), 'utf8')).toBe('x');
  expect([data, join(data, 'sub'), join(data, 'sub/run me')].map((path) => statSync(path).mode & 0o777)).toEqual([
    0o755, 0o700, 0o755,
  ]);
  const { ino } = statSync(data);
  execFileSync('/bin/sh', ['-c', command.line], { input });
  expect(statSync(data).ino).toBe(ino);
  expect(readdirSync(join(home, '.fleet/shop/files'))).toEqual(['c0']);
});
