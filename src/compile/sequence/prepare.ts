/** Before anything starts: the router's main files and container, networks, volumes and images on each host. */
import { ROUTER_NAME } from '../../model/labels.ts';
import type { HostUp } from '../../model/observed.ts';
import type { Step } from '../../model/plan.ts';
import { inOrder, line } from '../../model/quote.ts';
import { type Context, desiredOf, type Site, sitesOf, startsAndJobs } from '../context.ts';
import { hasImage, pinned } from '../desire/images.ts';
import type { World } from '../desire/world.ts';
import { networkLine, volumeLine } from '../docker.ts';
import { mainFiles, routerFolder, routerLine, routerSpec } from '../nginx/main.ts';
import { idsOf, MINUTE, needing, ROUTER_LOGS, run, step, textFiles } from './step.ts';

/** Time limit of one image pull. */
const PULL_MS = 15 * MINUTE;

/** Pulls of images that hosts lack; the router's own image too. */
export function pulls(context: Context): Step[] {
  return sitesOf(context.world).flatMap((site) => {
    const { host, report } = site;
    const facts = context.world.observed.images;
    const missing = imagesFor(context, site).filter((image) => !hasImage(report, image, facts[image]));
    return missing.map((image) => {
      const name = pinned(image, facts[image]);
      return step(`pull ${image}@${host.name}`, host.name, { kind: 'pull', image: name }, 'the host does not have it', {
        commands: [run(`${line('docker', 'pull', '--quiet', name)} >/dev/null`, { timeoutMs: PULL_MS })],
      });
    });
  });
}

/** Router container and main files, where they are missing or not as they should be. */
export function routers(context: Context, pulled: readonly Step[]): Step[] {
  let before: string[] = [];
  return sitesOf(context.world).flatMap((site) => {
    const steps = routerStep(context, site, pulled);
    if (!isRouterReplaced(context.world, site.report)) return steps;
    // One host after the other: the others serve meanwhile.
    const inTurn = steps.map((one) => needing(one, before));
    before = idsOf(inTurn);
    return inTurn;
  });
}

/** True when the host has a router of another kind than wanted, which is stopped for the new one. */
export function isRouterReplaced({ inventory }: World, { router }: HostUp): boolean {
  return router.container !== undefined && router.container.spec !== routerSpec(inventory.network.routerImage);
}

/** Networks and named volumes of the replicas and jobs that will run on each host. */
export function grounds(context: Context): Step[] {
  const { app, world } = context;
  const origins = world.playbook.volumeOrigins ?? {};
  return sitesOf(world).flatMap(({ host, report }) => {
    const here = startsAndJobs(context).filter((start) => start.host === host.name);
    const services = [...new Set(here.map(({ service }) => service))].sort().map((name) => desiredOf(context, name));
    const networks = services
      .filter(({ network, addresses }) => report.networks[network] !== addresses.subnet)
      .map((one) => networkLine(app, one));
    const volumes = services
      .flatMap(({ service }) => service.mounts.flatMap((mount) => (mount.kind === 'volume' ? [mount.volume] : [])))
      .filter((volume) => !report.volumes.includes(volume) && origins[volume]?.isExternal !== true);
    const create = (volume: string): string => volumeLine(app, volume, origins[volume]);
    const lines = [...networks, ...[...new Set(volumes)].sort().map(create)];
    if (lines.length === 0) return [];
    const what = `${networks.length} networks, ${lines.length - networks.length} volumes`;
    return [
      step(`ground ${app}@${host.name}`, host.name, { kind: 'prepare', what }, 'replicas will run here', {
        commands: [run(inOrder(...lines))],
      }),
    ];
  });
}

function imagesFor(context: Context, { host, report }: Site): string[] {
  const here = startsAndJobs(context).filter((start) => start.host === host.name);
  const images = here.map(({ service }) => desiredOf(context, service).service.image);
  const { routerImage } = context.world.inventory.network;
  const spec = routerSpec(routerImage);
  const router = report.router.container?.spec === spec ? [] : [routerImage];
  return [...new Set([...images, ...router])].sort();
}

function routerStep(context: Context, { host, report }: Site, pulled: readonly Step[]): Step[] {
  const { inventory, observed } = context.world;
  const { routerImage } = inventory.network;
  const facts = observed.images[routerImage];
  const main = mainFiles(host, inventory, observed);
  const { container, mainDigest } = report.router;
  const same = container?.running === true && container.spec === routerSpec(routerImage);
  if (same && mainDigest === main.digest) return [];
  const folder = routerFolder(report.home);
  const lay = `mkdir -p ${line(`${folder}/current`, `${folder}/generations`)} && ${line('tar', '-xf', '-', '-C', folder, '--no-same-owner')}`;
  const after = same
    ? [GUARD, line('sh', `${folder}/reload.sh`, 'http'), line('sh', `${folder}/reload.sh`, 'stream')]
    : [routerLine(report.home, routerImage, facts)];
  const what = same ? 'new main files' : container === undefined ? 'nginx container' : 'nginx container again';
  return [
    step(
      `router@${host.name}`,
      host.name,
      { kind: 'prepare', what: `router: ${what}` },
      same ? 'its settings changed' : 'there is none as wanted',
      {
        needs: idsOf(pulled.filter((pull) => pull.host === host.name)),
        commands: [
          run(lay, { stdin: textFiles(main.files) }),
          ...after.map((one) => run(one, { timeoutMs: 2 * MINUTE })),
          run(RUNNING),
        ],
        diagnose: [ROUTER_LOGS],
      },
    ),
  ];
}

/** The rules of the firewall may be new, too. */
const GUARD = line('docker', 'exec', ROUTER_NAME, 'sh', '/etc/nginx/fleet/guard.sh');

/** The router must be running, and still be running a moment later. */
const RUNNING =
  'tries=0; until docker top fleet-router -eo pid,args 2>/dev/null | grep -q "nginx: worker"; do tries=$((tries + 1)); [ $tries -lt 50 ] || { echo "the router does not stay up" >&2; exit 1; }; sleep 0.2; done';
