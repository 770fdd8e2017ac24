/** `fleet remove`: the plan that takes an app off all hosts: out of the routers first, then its containers. */
import { carriedFolder, HOME_FOLDER } from '../model/labels.ts';
import type { HostUp } from '../model/observed.ts';
import type { RunCommand, Step } from '../model/plan.ts';
import { inOrder, line } from '../model/quote.ts';
import { isRemoval, recordFile } from '../model/release.ts';
import { type Context, indexed, keepersOf, type PlanParts, type Site, sitesOf } from './context.ts';
import { ownNetworks } from './desire/networks.ts';
import { newestContainer } from './desire/rebuild.ts';
import { lastRecord } from './desire/release.ts';
import { type Existing, existingContainers, type World } from './desire/world.ts';
import { routerFolder } from './nginx/main.ts';
import { Books } from './place/order/books.ts';
import { drainStep } from './sequence/cutover.ts';
import { auditCommand, removeStep, stopStep, writeLine } from './sequence/finish.ts';
import { gate, idsOf, run, step } from './sequence/step.ts';
import { silentHosts } from './warnings.ts';

/** Steps and summary of the removal; nothing to do when no host has anything of the app. */
export function removal(world: World, volumes: boolean): PlanParts {
  const context = emptyContext(world, volumes);
  const existing = existingContainers(context.app, world.observed);
  const records = sitesOf(world).flatMap((site) => recordStep(context, site));
  const out = sitesOf(world)
    .filter(({ report }) => report.router.apps[context.app] !== undefined)
    .map((site) => outStep(context, site, idsOf(records)));
  const switched = gateOver('switched removal', 'no router leads to the app any more', out);
  const drains =
    out.length === 0 ? [] : sitesOf(world).map((site) => drainStep(context, site, 'removal', idsOf(switched), []));
  const drained = gateOver('drained removal', 'no old worker knows the app any more', [...records, ...drains]);
  const stops = existing.map((one) => stopStep(context, one, idsOf(drained), false));
  const removes = existing.map((one, index) => removeStep(one, [stops[index]?.id ?? '']));
  const removed = gateOver('removed', 'no container of the app is left', removes);
  const last = idsOf(removed.length > 0 ? removed : drained);
  const tidy = sitesOf(world).flatMap((site) => tidySteps(context, site, volumes, last));
  const steps = [...records, ...out, ...switched, ...drains, ...drained, ...stops, ...removes, ...removed, ...tidy];
  return {
    release: 0,
    previous: context.previous,
    services: changes(existing),
    placements: [],
    vips: {},
    routers: sitesOf(world).flatMap(({ host, report }) => {
      const files = report.router.apps[context.app]?.files ?? {};
      return Object.entries(files).map(([file, before]) => ({ host: host.name, file, before, after: '' }));
    }),
    room: { cpuShare: 0, cpuHost: '', memoryShare: 0, memoryHost: '', withoutOne: { fits: true, worst: '' } },
    warnings: silentHosts(context),
    steps,
    files: {},
    carried: {},
  };
}

/** One gate behind the steps, so that not each of many waits for each of many; none behind none. */
function gateOver(id: string, reason: string, steps: readonly Step[]): Step[] {
  const [first] = steps;
  return first === undefined ? [] : [gate(id, first.host, reason, idsOf(steps))];
}

function emptyContext(world: World, volumes: boolean): Context {
  const { app } = world.playbook;
  const recorded = lastRecord(app, world.observed);
  const made = newestContainer(app, world.observed);
  const nothing = { waves: [], notes: new Map(), problems: [], peak: new Map(), books: new Books([]) };
  return {
    world,
    sites: sitesOf(world),
    app,
    release: 0,
    previous: recorded === undefined || isRemoval(recorded) ? made : recorded.release,
    intent: { kind: 'remove', volumes },
    recorded,
    isNew: false,
    isRebuilt: false,
    replicas: {},
    scaled: {},
    ...indexed([], nothing, []),
    isPartial: false,
    situations: [],
    keepers: [],
  };
}

function outStep({ app }: Context, { host, report }: Site, needs: readonly string[]): Step {
  const commands = inOrder(
    line('cd', routerFolder(report.home)),
    `rm -f ${line(`current/${app}`)}`,
    line('sh', 'reload.sh', 'http'),
    line('sh', 'reload.sh', 'stream'),
  );
  return step(
    `switch removal@${host.name}`,
    host.name,
    { kind: 'switch', generation: 'none' },
    'no traffic for this app any more',
    { needs, commands: [run(commands)] },
  );
}

function tidySteps(context: Context, { host, report }: Site, volumes: boolean, needs: readonly string[]): Step[] {
  const { app, world } = context;
  const networks = ownNetworks(app, world.observed)(host.name);
  const { volumes: named, volumeOrigins: origins = {} } = world.playbook;
  const own = new Set(Object.values(named).filter((name) => origins[name]?.isExternal !== true));
  const gone = volumes ? report.volumes.filter((name) => own.has(name)).sort() : [];
  const isKeeper = keepersOf(world.inventory).includes(host);
  const old = oldRecords(context, report, isKeeper);
  const hasRouter = report.router.apps[app] !== undefined;
  const carried = report.carried[app] ?? [];
  if (networks.length + gone.length + carried.length + old.length === 0 && !hasRouter) return [];
  const home = `${report.home}/${HOME_FOLDER}/${app}`;
  const lines = [
    ...(networks.length > 0
      ? [
          `{ ${line('docker', 'network', 'rm', ...networks)} >/dev/null || ! ${line('docker', 'network', 'inspect', ...networks)} >/dev/null 2>&1; }`,
        ]
      : []),
    ...(gone.length > 0 ? [`${line('docker', 'volume', 'rm', '--force', ...gone)} >/dev/null`] : []),
    // Also where it is empty by now: the folder itself was made for what was carried.
    line('rm', '-rf', carriedFolder(report.home, app)),
    `{ ${line('rmdir', home)} 2>/dev/null; true; }`,
    `{ find ${line(`${routerFolder(report.home)}/generations`)} -maxdepth 1 -name ${line(`${app}.*`)} -exec rm -rf {} + 2>/dev/null; true; }`,
  ];
  const audit = old.length > 0 || isKeeper ? [auditCommand(context)] : [];
  const files = carried.length > 0 ? ['carried files'] : [];
  const what = [...networks, ...gone.map((name) => `volume ${name}`), ...files].join(', ');
  return [
    step(`tidy ${app}@${host.name}`, host.name, { kind: 'sweep', what }, 'nothing of the app stays', {
      needs,
      commands: [...old, run(inOrder(...lines)), ...audit],
    }),
  ];
}

/**
 * First of all, on every keeper: killed at any point after it, the removal is what is wanted, and a watcher carries it
 * through instead of starting again what is gone. None where it is on record already.
 */
function recordStep(context: Context, { host, report }: Site): Step[] {
  const { app, world } = context;
  const removal = removalOf(context);
  const isThere = (report.releases[app] ?? []).some((one) => isRemoval(one) && one.release === removal?.release);
  if (removal === undefined || isThere || !keepersOf(world.inventory).includes(host)) return [];
  const write = writeLine(`${recordFolder(app, report)}/${recordFile(removal.release)}`);
  return [
    step(
      `record removal@${host.name}`,
      host.name,
      { kind: 'record', release: removal.release },
      'kept on every edge host',
      { commands: [run(write, { stdin: { kind: 'stamped', text: removal.text } })] },
    ),
  ];
}

function recordFolder(app: string, { home }: HostUp): string {
  return `${home}/${HOME_FOLDER}/${app}/releases`;
}

/** Takes away all records but that of the removal; where it is not kept, all of them. None when that is so already. */
function oldRecords(context: Context, report: HostUp, isKeeper: boolean): RunCommand[] {
  const { app } = context;
  const folder = recordFolder(app, report);
  const files = report.recordFiles?.[app] ?? (report.releases[app] ?? []).map(({ release }) => recordFile(release));
  const removal = removalOf(context);
  if (!isKeeper || removal === undefined) return files.length === 0 ? [] : [run(line('rm', '-rf', folder))];
  const file = recordFile(removal.release);
  if (files.every((name) => name === file)) return [];
  return [run(`${line('find', folder, '-type', 'f', '!', '-name', file, '-exec', 'rm', '-f', '{}', '+')}`)];
}

/** The record of the removal: the one that is there, or one after all releases that are known; undefined for no app. */
function removalOf({ app, recorded, world }: Context): { readonly release: number; readonly text: string } | undefined {
  const made = newestContainer(app, world.observed);
  const known = recorded?.release ?? 0;
  if (known + made === 0) return undefined;
  const rest = { planDigest: '@PLAN@', specs: {}, images: {}, removed: true };
  if (recorded !== undefined && isRemoval(recorded) && made <= known) {
    const { release, at, by, planDigest } = recorded;
    return { release, text: `${JSON.stringify({ at, by, app, release, ...rest, planDigest })}\n` };
  }
  const release = Math.max(known, made) + 1;
  return { release, text: `{"at":@AT@,"by":"@BY@",${JSON.stringify({ app, release, ...rest }).slice(1)}\n` };
}

function changes(existing: readonly Existing[]): PlanParts['services'] {
  const names = [...new Set(existing.map(({ container }) => container.service))].sort();
  return names.map((service) => ({
    service,
    change: 'remove',
    reasons: ['the app is removed'],
    replicas: 0,
    rollout: '',
    image: '',
    starts: [],
    stops: existing
      .filter(({ container }) => container.service === service)
      .map(({ container, host }) => ({ replica: container.name, host })),
    stays: [],
    notes: [],
  }));
}
