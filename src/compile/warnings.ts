/** What a reviewer should know beside the steps. No warning changes what runs. */
import type { Warning } from '../model/plan.ts';
import { type Context, sitesOf } from './context.ts';
import { atLeast, routerVersion } from './desire/images.ts';
import { portWarnings } from './desire/ports.ts';
import { LOSSLESS_NGINX } from './nginx/main.ts';
import { LOW_DISK_BYTES } from './sequence/prune.ts';
import { isRouterReplaced, swapWords } from './sequence/router.ts';

/** Clocks further apart than this make logs and leases hard to read. */
const SKEW_MS = 5000;

/** All warnings, in a fixed order. */
export function warningsOf(context: Context): Warning[] {
  return [
    ...silentHosts(context),
    ...oldNginx(context),
    ...routerRestarts(context),
    ...unresolved(context),
    ...portWarnings(context.world),
    ...longGrace(context),
    ...hostFacts(context),
    ...brokenRecords(context),
  ];
}

/** Hosts that do not answer, and that no order speaks of. */
export function silentHosts({ world }: Pick<Context, 'world'>): Warning[] {
  return world.inventory.hosts.flatMap(({ name, roles }) => {
    const state = world.observed.hosts[name];
    if (state?.reachable !== false || state.before !== undefined) return [];
    const edge = roles.includes('edge') ? ' It is an edge: whatever it serves stays as it was.' : '';
    return [
      {
        code: 'W_HOST_SILENT',
        message: `${name} does not answer (${state.message}): planned without it, what runs there is unknown.${edge}`,
      },
    ];
  });
}

function oldNginx({ world }: Context): Warning[] {
  const image = world.inventory.network.routerImage;
  const version = routerVersion(image, world.observed);
  if (atLeast(version, LOSSLESS_NGINX)) return [];
  const which = version === undefined ? `the nginx version of ${image} is not known` : `${image} is nginx ${version}`;
  return [
    {
      code: 'W_NGINX_OLD',
      message: `${which}: keep-alive clients may see a reset on reload (${LOSSLESS_NGINX} or newer prevents it)`,
    },
  ];
}

function routerRestarts({ world }: Context): Warning[] {
  const hosts = sitesOf(world).filter(({ report }) => isRouterReplaced(world.inventory, report));
  if (hosts.length === 0) return [];
  const names = hosts.map(({ host }) => host.name).join(', ');
  return [
    {
      code: 'W_ROUTER_RESTART',
      message: `the router container is made anew on ${names}, one after the other: ${swapWords(world.inventory)}`,
    },
  ];
}

function unresolved({ world, desired }: Context): Warning[] {
  const { routerImage } = world.inventory.network;
  const router = world.observed.images[routerImage]?.digest === undefined ? [routerImage] : [];
  const others = desired.filter(({ facts }) => facts?.digest === undefined).map(({ service }) => service.image);
  const images = [...new Set([...others, ...router])].sort();
  return images
    .filter((image) => !image.includes('@'))
    .map((image) => ({
      code: 'W_IMAGE_UNRESOLVED',
      message: `${image}: no registry or host told its digest${because(world.observed.images[image]?.problem)}; hosts may run different images`,
    }));
}

function because(problem: string | undefined): string {
  return problem === undefined ? '' : ` (${problem})`;
}

function longGrace({ world, desired }: Context): Warning[] {
  const limit = world.inventory.network.shutdownTimeoutMs;
  return desired
    .filter(
      ({ service }) =>
        service.ports.some(({ protocol }) => protocol === 'http') && service.container.stopGraceMs > limit,
    )
    .map(({ service }) => ({
      code: 'W_GRACE_CUT',
      message: `${service.name}: stop_grace_period is longer than the router's shutdown_timeout of ${limit / 1000} s, which cuts requests first`,
    }));
}

function hostFacts({ world }: Context): Warning[] {
  return sitesOf(world).flatMap(({ host, report }) => [
    ...(report.diskFreeBytes < LOW_DISK_BYTES
      ? [
          {
            code: 'W_DISK_LOW',
            message: `${host.name} has only ${Math.floor(report.diskFreeBytes / 2 ** 20)} MiB of disk free for images`,
          },
        ]
      : []),
    ...(Math.abs(report.clockSkewMs) > SKEW_MS
      ? [
          {
            code: 'W_CLOCK_SKEW',
            message: `the clock of ${host.name} is ${Math.round(report.clockSkewMs / 1000)} s off this machine's`,
          },
        ]
      : []),
  ]);
}

/** One that is the newest is written again by the plan; older ones stay as they are, and hide no other. */
function brokenRecords({ world, app, keepers }: Context): Warning[] {
  const isKeeper = new Set(keepers.map(({ name }) => name));
  return sitesOf(world).flatMap(({ host, report }) =>
    (report.brokenRecords ?? [])
      .filter((path) => isKeeper.has(host.name) && path.startsWith(`${app}/`))
      .map((path) => ({
        code: 'W_RECORD_BROKEN',
        message: `${host.name}: the record ~/.fleet/${path} can not be read; it is taken as not there`,
      })),
  );
}
