/** Before anything starts: the router's main files and container, networks, volumes and images on each host. */
import type { ImageFacts } from '../../model/observed.ts';
import type { Step } from '../../model/plan.ts';
import { inOrder, line } from '../../model/quote.ts';
import { type Context, desiredOf, type Site } from '../context.ts';
import { hasImage, pinned } from '../desire/images.ts';
import type { Desired } from '../desire/spec.ts';
import { networkLine, volumeLine } from '../docker.ts';
import { routerSpec } from '../nginx/swap.ts';
import { once } from '../pairwise.ts';
import { isRouterReplaced, routerSteps } from './router.ts';
import { idsByHost, idsOf, MINUTE, needing, run, step } from './step.ts';

/** Time limit of one image pull. */
const PULL_MS = 15 * MINUTE;

/** Pulls of images that hosts lack; the router's own image too. */
export function pulls(context: Context): Step[] {
  const facts = context.world.observed.images;
  const pullOf = once((image: string) => pulling(image, facts[image]));
  return context.sites.flatMap((site) => {
    const { host, report } = site;
    const missing = imagesFor(context, site, context.startingOn.get(host.name) ?? []).filter(
      (image) => !hasImage(report, image, facts[image]),
    );
    return missing.map((image) => pullOf(image)(host.name));
  });
}

/** Pulls of one image on one host or another, by digest where that is known: all but the host is the same. */
export function pulling(image: string, facts: ImageFacts | undefined): (host: string) => Step {
  const name = pinned(image, facts);
  const action = { kind: 'pull', image: name } as const;
  const commands = [run(`${line('docker', 'pull', '--quiet', name)} >/dev/null`, { timeoutMs: PULL_MS })];
  return (host) => step(`pull ${image}@${host}`, host, action, 'the host does not have it', { commands });
}

/** Router container and main files, where they are missing or not as they should be. */
export function routers(context: Context, pulled: readonly Step[]): Step[] {
  let before: string[] = [];
  const pullsOn = idsByHost(pulled);
  return context.sites.flatMap((site) => {
    const needs = pullsOn.get(site.host.name) ?? [];
    const steps = routerSteps(context.world, { ...site, needs, sameness: 'by-name' });
    if (!isRouterReplaced(context.world.inventory, site.report)) return steps;
    // One host after the other: the others serve meanwhile.
    const inTurn = steps.map((one) => needing(one, before));
    before = idsOf(inTurn);
    return inTurn;
  });
}

/** Networks and named volumes of the replicas and jobs that will run on each host. */
export function grounds(context: Context): Step[] {
  const { app, sites, world } = context;
  const origins = world.playbook.volumeOrigins ?? {};
  const networkOf = once((desired: Desired) => networkLine(app, desired));
  return sites.flatMap(({ host, report }) => {
    const services = (context.startingOn.get(host.name) ?? []).map((name) => desiredOf(context, name));
    const networks = services
      .filter(({ network, addresses }) => report.networks[network] !== addresses.subnet)
      .map(networkOf);
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

function imagesFor(context: Context, { report }: Site, starting: readonly string[]): string[] {
  const images = starting.map((service) => desiredOf(context, service).service.image);
  const { routerImage } = context.world.inventory.network;
  const spec = report.router.container?.spec;
  const router = spec !== undefined && spec === routerSpec(routerImage) ? [] : [routerImage];
  return [...new Set([...images, ...router])].sort();
}
