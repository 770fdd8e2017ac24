/** The demo: makes practice hosts, deploys a shop, changes its version under traffic, and says what the clients saw. */
import { type FleetRun, fleet } from '../support/real/fleet.ts';
import { formatTraffic, startTraffic } from '../support/traffic/process.ts';
import type { TrafficSummary } from '../support/traffic/tally.ts';

interface LabStatus {
  readonly hosts: readonly { readonly name: string; readonly address: string; readonly roles: readonly string[] }[];
}

const INVENTORY = 'inventory/lab.yaml';
const FILES = ['--inventory', INVENTORY, '--file', 'playbooks/shop.yaml'];
const RATE = 80;
const STEADY_MS = 3_000;
/** Why the bad version is refused, as its own health check says it. */
const CAUSE = 'column "discount_cents" does not exist';

const startedAt = performance.now();
const broken: string[] = [];

title('1. Six practice hosts on this machine, two of them edges');
const up = await fleet(['lab', 'up', '--hosts', '6', '--edges', '2', '--inventory', INVENTORY], {
  limitMs: 600_000,
  onLine: (line) => say(`   ${line}`),
});
if (up.code !== 0) giveUp('the practice hosts did not come up', up);
const edges = await edgeUrls();

title('2. The shop, version 1: 3 frontends, 3 backends, a cache, a database, a migration');
const first = await deploy('1');
if (first.code !== 0) giveUp('version 1 was not deployed', first);

title(`3. ${RATE} requests a second through both edges (half on kept connections, a third orders), and version 2`);
const traffic = await startTraffic({ urls: edges, rate: RATE });
await wait(STEADY_MS);
const second = await deploy('2');
const secondDoneAt = Date.now();
if (second.code !== 0) giveUp('version 2 was not deployed', second);
await wait(STEADY_MS);

title('4. A bad version, released without its migration, under the same traffic');
const bad = await deploy('bad');
if (bad.code === 1) say(indent(explanationOf(bad)));
await wait(STEADY_MS);
const seen = await traffic.stop();

title('What the clients saw');
say(formatTraffic(seen));
judge(seen, bad, secondDoneAt);
if (broken.length > 0) {
  say(`\nNOT as promised:\n${broken.map((text) => `  - ${text}`).join('\n')}`);
  say('\nThe hosts stay for a look; fleet lab down removes them.');
  process.exit(1);
}
say('  all as promised: no request failed, version 2 took over, the bad version never answered anyone');
say(`\nThe whole took ${seconds(performance.now() - startedAt)} s. The fleet is still running:

  alias fleet="node $PWD/dist/main.js"; export SHOP_VERSION=2

  look      fleet status          fleet ps          fleet logs --tail 5 backend
            fleet hosts           curl -i ${edges[0] ?? ''}/api/products
  try next  SHOP_VERSION=1 fleet plan         what going back would do; fleet deploy carries it out
            fleet lab kill vm4                a host loses power: curl on; fleet lab boot vm4 brings it back
            fleet exec backend -- node --version
            edit playbooks/shop.yaml (replicas: 5), then fleet plan and fleet deploy
  remove    fleet remove --volumes            the shop and its data
            fleet lab down                    the practice hosts`);

function deploy(version: string): Promise<FleetRun> {
  return runTimed(['deploy', '--yes', ...FILES], version);
}

async function runTimed(args: readonly string[], version: string): Promise<FleetRun> {
  const shown = args.filter((word) => !FILES.includes(word)).join(' ');
  say(`   $ SHOP_VERSION=${version} fleet ${shown}`);
  const run = await fleet(args, { env: { SHOP_VERSION: version } });
  say(`   exit code ${run.code} after ${seconds(run.ms)} s`);
  return run;
}

async function edgeUrls(): Promise<string[]> {
  const status = await fleet(['lab', 'status', '--json']);
  const { hosts } = JSON.parse(status.stdout) as LabStatus;
  return hosts.filter((host) => host.roles.includes('edge')).map((host) => `http://${host.address}`);
}

/** Notes everything that is not as this demo promises. */
function judge(seen: TrafficSummary, bad: FleetRun, secondDoneAt: number): void {
  if (seen.failed > 0) broken.push(`${seen.failed} of ${seen.sent} requests failed`);
  for (const header of ['x-frontend-version', 'x-shop-version']) {
    const versions = seen.versions[header] ?? {};
    for (const version of ['1', '2'])
      if (versions[version] === undefined) broken.push(`${header}: ${version} never seen`);
    if (versions.bad !== undefined) broken.push(`${header}: the bad version answered clients`);
    if ((versions['1']?.lastSentAt ?? 0) > secondDoneAt) broken.push(`${header}: 1 answered after it was drained`);
  }
  const output = bad.stdout + bad.stderr;
  if (bad.code !== 1) broken.push(`the bad version was not refused: exit code ${bad.code}`);
  else if (!output.includes(CAUSE)) broken.push('the refusal does not show its cause');
}

/** The end of what fleet said about the refusal: from the first line that shows a failure. */
function explanationOf(run: FleetRun): string {
  const lines = run.stderr.trimEnd().split('\n');
  const start = lines.findIndex((line) => line.includes('E_HEALTH'));
  return lines.slice(start === -1 ? -12 : start, start === -1 ? undefined : start + 12).join('\n');
}

function giveUp(why: string, run: FleetRun): never {
  say(`\n${run.stdout}\n${run.stderr}\nNOT as promised: ${why}`);
  process.exit(1);
}

function title(text: string): void {
  say(`\n${text}`);
}

function indent(text: string): string {
  return text.replace(/^/gm, '   | ');
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(1);
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
