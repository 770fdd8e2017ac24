import { expect, test } from 'vitest';
import type { Question } from '../../../../src/compile/index.ts';
import type { HostUp, ReleaseRecord } from '../../../../src/model/observed.ts';
import type { Plan } from '../../../../src/model/plan.ts';
import { deployed, now, planOf } from '../../../support/compile/deployed.ts';
import { runPlan } from '../../../support/compile/run-plan.ts';
import { Simulator } from '../../../support/compile/simulator.ts';
import {
  emptyHost,
  facts,
  MIB,
  type ServiceShape,
  service,
  type WorldShape,
  world,
} from '../../../support/compile/worlds.ts';
import { aRecord } from '../../../support/releases.ts';

const REFERENCE = (image: string): string => `${image.split(':')[0]}@${facts(image).digest}`;

/** Release N runs web:N on vm1. */
function webAt(version: number, more: Partial<WorldShape> = {}, shape: ServiceShape = {}): Question {
  return world({ hosts: 1, services: [service('web', { image: `web:${version}`, ...shape })], ...more });
}

/** A fleet on which releases 1 to the last were deployed, one after the other. */
function releasedTo(last: number, more: Partial<WorldShape> = {}): Simulator {
  const fleet = deployed(webAt(1, more));
  for (let version = 2; version <= last; version++) runPlan(planOf(now(webAt(version, more), fleet)), fleet);
  return fleet;
}

/** A host that has images web:1 to the last, and records and bodies of as many releases. */
function hostWith(last: number, more: Partial<HostUp> = {}, records: Partial<ReleaseRecord> = {}): HostUp {
  const numbers = Array.from({ length: last }, (_, index) => index + 1);
  const made = numbers.map((number) =>
    aRecord(number, { web: `w${number} web:${number} ${facts(`web:${number}`).digest}` }, records),
  );
  const names = numbers.map((number) => String(number).padStart(6, '0'));
  return emptyHost({
    images: numbers.map((number) => REFERENCE(`web:${number}`)),
    releases: { shop: made },
    recordFiles: { shop: names.flatMap((name) => [`${name}.body.json.gz`, `${name}.json`]) },
    ...more,
  });
}

function sweeps(plan: Plan): string[] {
  return plan.steps.flatMap(({ id, action, reason }) =>
    action.kind === 'sweep' && /images|records/.test(id) ? [`${id}: ${action.what} (${reason})`] : [],
  );
}

function versions({ images }: { readonly images: Iterable<string> }): number[] {
  const all = [...images];
  return Array.from({ length: 30 }, (_, index) => index + 1).filter((number) =>
    all.includes(REFERENCE(`web:${number}`)),
  );
}

test('of seven releases the last five keep their images, and the plan says what goes', () => {
  const fleet = releasedTo(6);
  const plan = planOf(now(webAt(7), fleet));
  expect(sweeps(plan)).toEqual(['sweep images@vm1: 1 image of release 2 (nobody goes back so far)']);
  runPlan(plan, fleet);
  expect(versions(fleet.machine('vm1'))).toEqual([3, 4, 5, 6, 7]);
});

test('the playbook says how many releases keep their images', () => {
  const fleet = releasedTo(4, { playbook: { keepReleases: 2 } });
  expect(versions(fleet.machine('vm1'))).toEqual([3, 4]);
});

test('images are swept after the commit and after blue is gone', () => {
  const plan = planOf(now(webAt(7), releasedTo(6)));
  const { needs = [] } = plan.steps.find(({ id }) => id === 'sweep images@vm1') ?? {};
  expect(needs).toEqual(expect.arrayContaining(['commit', 'remove web.6.1@vm1']));
});

test('a plan without any other step sweeps nothing', () => {
  const fleet = releasedTo(3, { playbook: { keepReleases: 2 } });
  fleet.machine('vm1').images.add(REFERENCE('web:1'));
  expect(planOf(now(webAt(3, { playbook: { keepReleases: 2 } }), fleet)).steps).toEqual([]);
});

test('on a host that is nearly full only the current release and the one to go back to stay, before anything is pulled', () => {
  const plan = planOf(webAt(7, { reports: { vm1: hostWith(6, { diskFreeBytes: 500 * MIB }) } }));
  expect(sweeps(plan)).toEqual(['sweep images@vm1: 5 images of releases 1 to 5 (its disk is nearly full)']);
  expect(plan.steps.find(({ id }) => id === 'pull web:7@vm1')?.needs).toEqual(['sweep images@vm1']);
  expect(plan.steps.find(({ id }) => id === 'sweep images@vm1')?.needs).toEqual([]);
});

test('the release that a rollback would go to keeps its images, however long ago it was', () => {
  const host = hostWith(6, { diskFreeBytes: 500 * MIB });
  // Releases 3 and 5 were bad: both times release 2 was brought back.
  const records = (host.releases.shop ?? []).map((one) =>
    one.release === 4 || one.release === 6 ? { ...one, rollback: { from: one.release - 1, to: 2 } } : one,
  );
  const fleet = new Simulator(webAt(7, { reports: { vm1: { ...host, releases: { shop: records } } } }));
  const plan = planOf(now(webAt(7), fleet));
  expect(sweeps(plan)).toEqual(['sweep images@vm1: 5 images of releases 1 to 6 (its disk is nearly full)']);
  runPlan(plan, fleet);
  expect(versions(fleet.machine('vm1'))).toEqual([2, 7]);
});

test('an image stays that another app has on record, that a container runs, or that somebody pulled by name', () => {
  const used = (number: number) => ({ image: `web:${number}`, digest: facts(`web:${number}`).digest ?? '' });
  const host = hostWith(9);
  const blog = aRecord(1, { web: `w1 web:1 ${used(1).digest}` }, { app: 'blog' });
  const { containers } = now(webAt(2), deployed(webAt(2))).observed.hosts.vm1 as HostUp;
  const report = {
    ...host,
    containers: containers.map((one) => ({ ...one, app: 'other', name: 'other.web.1.1' })),
    releases: { ...host.releases, blog: [blog] },
    taggedImages: [REFERENCE('web:3')],
  };
  const plan = planOf(webAt(10, { reports: { vm1: report } }));
  expect(sweeps(plan)).toEqual(['sweep images@vm1: 2 images of releases 4, 5 (nobody goes back so far)']);
});

test('an image that no record names is never touched', () => {
  const stranger = `stranger@sha256:${'0'.repeat(64)}`;
  const fleet = new Simulator(webAt(9, { reports: { vm1: hostWith(8, { images: [stranger] }) } }));
  runPlan(planOf(now(webAt(9), fleet)), fleet);
  expect(fleet.machine('vm1').images).toContain(stranger);
});

test('the last twenty records and bodies stay on the keepers; what is no record is left alone', () => {
  const host = hostWith(22);
  const names = [...(host.recordFiles?.shop ?? []), '000001.json.new', 'notes.txt'];
  const question = webAt(23, { reports: { vm1: { ...host, images: [], recordFiles: { shop: names } } } });
  const plan = planOf(question);
  expect(sweeps(plan)).toEqual(['sweep records@vm1: records of releases 1, 2, 3 (the last 20 are kept)']);
  const command = plan.steps.find(({ id }) => id === 'sweep records@vm1')?.commands[0];
  const folder = '/home/deploy/.fleet/shop/releases';
  const files = [1, 2, 3].flatMap((number) => [`00000${number}.body.json.gz`, `00000${number}.json`]);
  expect(command).toMatchObject({ line: `rm -f ${files.map((name) => `${folder}/${name}`).join(' ')}` });
});

test('a deploy over many releases leaves twenty records, and then nothing to do', () => {
  const fleet = releasedTo(24);
  expect(
    fleet
      .machine('vm1')
      .releases.get('shop')
      ?.map(({ release }) => release),
  ).toEqual(Array.from({ length: 20 }, (_, index) => index + 5));
  expect(planOf(now(webAt(24), fleet)).steps).toEqual([]);
});
