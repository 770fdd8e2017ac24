/** Part `deploy`: the same containers on 6 practice hosts, from nothing and once more, by fleet, the floor and the peers. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { labDown, labUp } from '../../../src/lab/index.ts';
import { Masters } from '../../support/bench/masters.ts';
import { TOP } from '../../support/real/fleet.ts';
import { LabView } from '../../support/view/lab-view.ts';
import type { BenchContext, BenchPart, BenchTable } from '../parts/part.ts';
import { ansible } from './ansible.ts';
import { compose } from './compose.ts';
import { fleetCommand, fleetFromNothing, fleetOpen } from './fleet.ts';
import { floor, floorInNetwork } from './floor.ts';
import { emptyHosts, mustRun, pullImages } from './hosts.ts';
import { installPeers } from './peers.ts';
import { againTable, deployTable, inTurn, type Series, spansTable } from './rounds.ts';
import { CONTAINER, type Site, type Subject, timed } from './subject.ts';
import { swarm } from './swarm.ts';

const LAB = 'speed';

/** How much is deployed on how many hosts, and how many rounds that is worth. */
interface Size {
  readonly hosts: number;
  readonly replicas: number;
  readonly mostRuns: number;
  /** All subjects, each as often; else only one run of what takes long, and none of what takes minutes. */
  readonly thorough: boolean;
}

const SIZES: readonly Size[] = [
  { hosts: 6, replicas: 24, mostRuns: 3, thorough: true },
  { hosts: 6, replicas: 100, mostRuns: 2, thorough: false },
];
const BRIEF: readonly Size[] = [{ hosts: 2, replicas: 4, mostRuns: 1, thorough: false }];

/** Questions with nothing to do after each deployment. */
const AGAINS = 3;

export const deployPart: BenchPart = {
  name: 'deploy',
  question: 'How long does a deploy take, and one with nothing to do, beside a shell script and beside others?',
  needsRoot: true,
  skip: () => (existsSync(`${TOP}dist/main.js`) ? undefined : 'dist/main.js is missing: npm run build'),
  measure: async (context) => {
    const sizes = context.brief ? BRIEF : SIZES;
    const noPeers = context.brief ? 'a short try has no peers' : await installPeers(context.say);
    // Its path is part of the sockets' names.
    const folder = mkdtempSync(join(tmpdir(), 'fb-'));
    try {
      const lab = await labUp({
        name: LAB,
        hosts: sizes[0]?.hosts ?? 6,
        edges: 2,
        inventory: join(folder, 'lab.yaml'),
      });
      const view = new LabView(lab.shape);
      await using masters = await Masters.open(lab, folder);
      await pullImages(view, [CONTAINER.image, 'nginx:1.30']);
      const tables: BenchTable[] = [];
      for (const size of sizes) {
        const site = { view, masters, inventory: lab.inventoryFile, folder, replicas: size.replicas };
        tables.push(...(await measureSize(site, size, { context, noPeers })));
      }
      return tables;
    } finally {
      rmSync(folder, { recursive: true, force: true });
      await labDown({ name: LAB });
    }
  },
};

interface Setting {
  readonly context: BenchContext;
  /** Why there are none. */
  readonly noPeers: string | undefined;
}

async function measureSize(site: Site, size: Size, { context, noPeers }: Setting): Promise<readonly BenchTable[]> {
  const { runs, say } = context;
  const fleetWithin = await fleetOpen(site);
  const own = fleets(site, size, fleetWithin);
  const others = noPeers === undefined ? peers(site, size) : [];
  const terms = {
    runs: Math.min(runs, size.mostRuns),
    agains: AGAINS,
    check: (who: string) => mustRun(site, who),
    say,
  };
  say(`${size.replicas} containers on ${size.hosts} hosts`);
  const all = await inTurn([...floors(site, size), ...own, ...others], terms).finally(() => fleetWithin.end?.());
  await emptyHosts(site);
  const cold = await coldQuestion(site);
  const title = `${size.replicas} containers on ${size.hosts} hosts`;
  const deployed = deployTable(`${title}, deployed`, all);
  const again = againTable(`${title}, with nothing to do`, all);
  const left = noPeers === undefined ? composeLeftOut(size) : [`No peers: ${noPeers}.`];
  return [
    { ...deployed, notes: [...NOTES, ...left, ...deployed.notes] },
    {
      ...again,
      notes: [`One docker ps a host over a new OpenSSH connection each: ${cold.toFixed(2)} s.`, ...again.notes],
    },
    ...all
      .filter(({ name }) => name === own[1]?.name)
      .map((one: Series) => spansTable(`${title}: where the time goes, ${one.name}`, one)),
  ];
}

const NOTES = [
  'The floor is the quickest raw shell on the default bridge: its SSH connections are open, images are on the hosts, and nothing is checked. ' +
    'fleet and docker-compose start containers in networks of their own, where Docker gives each a resolver; what that costs tells the raw shell with an own network. ' +
    'A fleet command is a whole process with its own handshakes; with connections open it is the same code in a process that keeps them.',
  'Starting: from the begin of the first docker run to the end of the last. The hosts share the cores of one machine, so all of them together start only so many a second.',
];

function composeLeftOut({ thorough, replicas }: Size): readonly string[] {
  return thorough ? [] : [`docker-compose is left out at ${replicas}: it takes minutes.`];
}

function floors(site: Site, { thorough }: Size): readonly Subject[] {
  return [floor(site, 2), ...(thorough ? [floor(site, 4)] : []), floorInNetwork(site, 2)];
}

function fleets(site: Site, { thorough }: Size, within: Subject): readonly Subject[] {
  const first = fleetFromNothing(site);
  return [thorough ? first : { ...first, mostRuns: 1 }, fleetCommand(site), within];
}

function peers(site: Site, { thorough }: Size): readonly Subject[] {
  const service = swarm(site);
  return thorough ? [service, ansible(site), compose(site)] : [{ ...service, mostRuns: 1 }, ansible(site)];
}

/** What a process that has no connections yet can not be quicker than, by OpenSSH. */
async function coldQuestion({ masters }: Site): Promise<number> {
  return (await timed(() => masters.onAllCold('docker ps --quiet'))) / 1_000;
}
