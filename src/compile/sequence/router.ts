/** The router of one host: its main files and its container, where they are missing or not as they should be. */
import type { Inventory, Role } from '../../model/inventory.ts';
import { ROUTER_NAME } from '../../model/labels.ts';
import type { HostUp, Observed } from '../../model/observed.ts';
import type { RunCommand, Stdin, Step } from '../../model/plan.ts';
import { line } from '../../model/quote.ts';
import type { Site } from '../context.ts';
import { pinned } from '../desire/images.ts';
import { mainFiles, routerFolder } from '../nginx/main.ts';
import { routerLine, routerSpec, type Sameness } from '../nginx/swap.ts';
import { once, pairwise } from '../pairwise.ts';
import { EXPLAIN_ROUTER, MINUTE, run, step, textFiles } from './step.ts';

/** What a router is made by. */
export interface RouterWorld {
  readonly inventory: Inventory;
  readonly observed: Observed;
}

/** True when the host has a router of another kind than wanted, which makes place for the new one. */
export function isRouterReplaced({ network }: Inventory, { router }: HostUp): boolean {
  return router.container !== undefined && router.container.spec !== routerSpec(network.routerImage);
}

/** A host with its report, after which steps its router may be made, and what counts as the wanted one. */
export interface RouterPlace extends Site {
  readonly needs: readonly string[];
  readonly sameness: Sameness;
}

/** The step; none when all is as wanted. */
export function routerSteps(world: RouterWorld, place: RouterPlace): Step[] {
  const { host, report, needs, sameness } = place;
  const recipe = recipeOf(world);
  const main = recipe.main(host.roles.includes('edge') ? 'edge' : 'worker');
  const same = hasWantedRouter(world, place);
  if (same && report.router.mainDigest === main.digest) return [];
  const { container } = report.router;
  const what = same ? 'new main files' : container === undefined ? 'nginx container' : 'nginx container again';
  return [
    step(
      `router@${host.name}`,
      host.name,
      { kind: 'prepare', what: `router: ${what}` },
      same ? 'its settings changed' : reasonOf(world, place),
      {
        needs,
        commands: [
          run(recipe.lay(report.home), { stdin: main.stdin }),
          ...(same ? recipe.reload(report.home) : [recipe.container(report.home, sameness)]),
          run(ROUTER_RUNS),
        ],
        diagnose: EXPLAIN_ROUTER,
      },
    ),
  ];
}

/** What routers are made by: the same on all hosts of one role and home folder. */
interface Recipe {
  readonly main: (role: Role) => { readonly digest: string; readonly stdin: Stdin };
  readonly lay: (home: string) => string;
  readonly reload: (home: string) => readonly RunCommand[];
  readonly container: (home: string, sameness: Sameness) => RunCommand;
}

/** Made once for each world. */
const recipes = new WeakMap<RouterWorld, Recipe>();

function recipeOf(world: RouterWorld): Recipe {
  const recipe = recipes.get(world) ?? makeRecipe(world);
  recipes.set(world, recipe);
  return recipe;
}

function makeRecipe({ inventory, observed }: RouterWorld): Recipe {
  const timeoutMs = endMs(inventory) + 2 * MINUTE;
  const image = inventory.network.routerImage;
  const shape = { image, facts: observed.images[image], endMs: endMs(inventory) };
  return {
    main: once((role) => {
      const { files, digest } = mainFiles({ roles: [role] }, inventory, observed);
      return { digest, stdin: textFiles(files) };
    }),
    lay: once((home) => {
      const folder = routerFolder(home);
      return `mkdir -p ${line(`${folder}/current`, `${folder}/generations`)} && ${line('tar', '-xf', '-', '-C', folder, '--no-same-owner')}`;
    }),
    reload: once((home) => {
      const reloads = ['http', 'stream'].map((kind) => line('sh', `${routerFolder(home)}/reload.sh`, kind));
      return [GUARD, ...reloads].map((one) => run(one, { timeoutMs }));
    }),
    container: pairwise((home, sameness) => run(routerLine({ ...shape, home, sameness }), { timeoutMs })),
  };
}

/** "nginx:1.30 -> nginx:1.31", or what else is not as wanted. */
function reasonOf({ inventory }: RouterWorld, { report }: RouterPlace): string {
  const { container } = report.router;
  if (container === undefined) return 'there is none as wanted';
  const { routerImage } = inventory.network;
  const now = container.image.replace(/@.*/, '');
  if (now !== routerImage) return `${now} -> ${routerImage}`;
  return container.running ? 'its image or its settings are older ones' : 'it does not run';
}

/** Whether the router container runs as wanted, whatever its main files. */
export function hasWantedRouter(
  { inventory, observed }: RouterWorld,
  { report, sameness }: Pick<RouterPlace, 'report' | 'sameness'>,
): boolean {
  const { routerImage } = inventory.network;
  const { container } = report.router;
  if (container?.running !== true || container.spec !== routerSpec(routerImage)) return false;
  return sameness === 'by-name' || container.image === pinned(routerImage, observed.images[routerImage]);
}

/** What the change from one router container to the next costs. */
export function swapWords(inventory: Inventory): string {
  return `HTTP goes on without a gap, TCP connections through it that are open after ${endMs(inventory) / 1000} s are cut`;
}

/** Old HTTP workers end by themselves at the shutdown timeout; a moment later what is still open is cut. */
export function endMs({ network }: Inventory): number {
  return network.shutdownTimeoutMs + 2000;
}

/** The rules of the firewall may be new, too. */
const GUARD = line('docker', 'exec', ROUTER_NAME, 'sh', '/etc/nginx/fleet/guard.sh');

/** The router must be running, and still be running a moment later. */
export const ROUTER_RUNS =
  'tries=0; until docker top fleet-router -eo pid,args 2>/dev/null | grep -q "nginx: worker"; do tries=$((tries + 1)); [ $tries -lt 50 ] || { echo "the router does not stay up" >&2; exit 1; }; sleep 0.2; done';
