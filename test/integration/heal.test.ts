/**
 * `fleet watch` brings the fleet back. Limits are such that a machine whose two cores are shared holds them: how quick it
 * is on a quiet one, with its defaults, is measured by `npm run bench:heal`.
 */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { requireLab } from '../../src/lab/index.ts';
import { LAB_NAME, theLab } from '../support/real/lab.ts';
import { startWatcher, type Watcher } from '../support/real/watcher.ts';
import { HEAL, HEAL_DECLARED, healFleet } from '../support/repairs/app.ts';
import { cutAndMend } from '../support/repairs/cut-and-mend.ts';
import { hostLoss } from '../support/repairs/host-loss.ts';
import { deviationsNow, type Subject } from '../support/repairs/repair.ts';
import { BRIEF, type Run } from '../support/repairs/run.ts';
import { type AimedFault, MORE_FAULTS, SMALL_FAULTS, smallFaults } from '../support/repairs/small-faults.ts';
import { cutOff, killedInRepair } from '../support/repairs/watchers.ts';
import { LabView } from '../support/view/lab-view.ts';
import { firstTime } from '../support/view/signs.ts';

/** Shorter than the defaults of 30 s and 10 s. */
const SETTINGS = ['--every', '8s', '--grace', '6s'];

let subject: Subject;
let watcher: Watcher;

beforeAll(async () => {
  subject = { view: new LabView(requireLab(LAB_NAME)), app: HEAL, declared: HEAL_DECLARED, effort: BRIEF };
  await healFleet(theLab().inventory, ['deploy', '--yes']);
  watcher = await watch();
});
afterAll(async () => {
  await watcher.stop();
  await healFleet(theLab().inventory, ['remove', '--yes', '--volumes']);
});

beforeEach(async () => {
  const isSo = async () => (await deviationsNow(subject)).length === 0;
  expect(await firstTime(Date.now(), { everyMs: 200, isSo }, BRIEF.limitMs), 'all is as declared').toBeDefined();
});
afterEach(async ({ task }) => {
  if (task.result?.state !== 'fail') return;
  const said = watcher.lines.filter(({ at }) => at >= (task.result?.startTime ?? 0)).map((one) => JSON.stringify(one));
  process.stderr.write(`${[...said, ...(await deviationsNow(subject))].join('\n')}\n`);
});

test('containers that are killed or removed, a router that is removed and one that was edited are put back', async () => {
  const { run } = await smallFaults(subject, [
    aimed('process of a web replica killed'),
    aimed('web replica stopped by docker kill'),
    aimed('singleton removed'),
    aimed('router removed on a worker'),
    aimed('live router file of an edge edited and reloaded'),
  ]);
  say('killed, removed, edited', run);
  expect(run.repairedMs).toBeLessThan(BRIEF.limitMs);
  // A POST that is under way in a container that dies can not be sent again; a page can. A POST that a busy machine does not
  // answer within the 2 s that the playbook allows is not sent again, either.
  expectLosses(run, { post: 20, reasons: ['POST status 502', 'POST status 504'] });
});

test('a hung replica, an unhealthy one and a main router file that was edited are replaced', async () => {
  const { run } = await smallFaults(subject, [
    aimed('web replica hung, which has no health check'),
    aimed('api replica unhealthy'),
    aimed('main router file of an edge edited and left'),
  ]);
  say('hung, unhealthy, edited', run);
  expect(run.repairedMs).toBeLessThan(BRIEF.limitMs);
  // The hung one takes a POST now and then, until it is out of the routers.
  expectLosses(run, { post: 60, reasons: ['POST status 504'] });
});

test('a lost host is out of all routers, its replicas run elsewhere, and all is as declared when it is back', async () => {
  const run = await hostLoss(subject, watcher);
  say('power loss of a host', run);
  expect(run.outOfRoutersMs).toBeLessThan(12_000);
  expect(run.allElsewhereMs).toBeLessThan(45_000);
  expect(run.asDeclaredMs).toBeLessThan(50_000);
  expect(run.asDeclaredAgainMs).toBeLessThan(BRIEF.limitMs);
  expectLosses(run, { post: 60, reasons: ['POST status 502', 'POST status 504'] });
});

test.each([
  { when: 'before the grace is over', ms: 4_000 },
  { when: 'after it', ms: 16_000 },
])('the host of a singleton is cut off and mended $when: the singleton never answers twice', async ({ ms }) => {
  const run = await cutAndMend(subject, ms);
  say(`cut off for ${ms} ms`, run);
  expect(run.double).toBe(0);
  // Until the watcher has reached the host again, its own router knows nobody but the old one.
  expect(run.oldAtItsHostMs).toBeLessThan(30_000);
  expect(run.asDeclaredAgainMs).toBeLessThan(BRIEF.limitMs);
  expectLosses(run, { post: 60, reasons: ['POST status 502', 'POST status 504'] });
});

test('a watcher that is cut off from four of six hosts changes nothing, and says so', async () => {
  const run = await cutOff(subject, watcher);
  say('cut off', run);
  expect(run.toldMs).toBeLessThan(30_000);
  expect(run).toMatchObject({ changesWhileCut: 0, changesOnceMended: 0 });
});

test('of two watchers one repairs; killed in the middle, its repair is finished once, by the other', async () => {
  await using other = await watch();
  const run = await killedInRepair(subject, [watcher, other]);
  say('killed in mid-repair', run);
  expect(run.repairedMs).toBeLessThan(BRIEF.limitMs);
  expect(run).toMatchObject({ killed: 1, deviations: 0 });
  // The successor that the killed one had started is kept, or taken away and started anew, but never there twice.
  expect(run.startedInAll).toBe(1);
});

function watch(): Promise<Watcher> {
  return startWatcher({ inventory: theLab().inventory, app: HEAL, args: SETTINGS });
}

function aimed(title: string): AimedFault {
  const found = [...SMALL_FAULTS, ...MORE_FAULTS].find((one) => one.title === title);
  if (found === undefined) throw new Error(`no such fault: ${title}`);
  return found;
}

/** No page failed; so many POSTs at most did, and for no other reasons. */
function expectLosses(
  run: Run,
  { post, reasons }: { readonly post: number; readonly reasons: readonly string[] },
): void {
  const seen = Object.keys(run).filter((name) => name.startsWith('failed: '));
  expect(reasons.map((reason) => `failed: ${reason}`)).toEqual(expect.arrayContaining(seen));
  expect(run.failedGet).toBe(0);
  expect(run.failedPost).toBeLessThan(post);
}

function say(title: string, run: Run): void {
  process.stderr.write(`  ${title}: ${JSON.stringify(run)}\n`);
}
