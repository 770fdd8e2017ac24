/**
 * Files that are carried to hosts for bind mounts: laid before anything that mounts them starts, one folder per content,
 * and removed when no container of the app mounts them any more.
 */
import { carriedFolder } from '../../model/labels.ts';
import type { RunCommand, Stdin, Step } from '../../model/plan.ts';
import type { CarriedEntry, Service } from '../../model/playbook.ts';
import { inOrder, line } from '../../model/quote.ts';
import { type Context, type Site, servicesByHost } from '../context.ts';
import { type Existing, keyOf } from '../desire/world.ts';
import { MINUTE, run, step } from './step.ts';

/** Ends the name of a folder that is not complete. */
const HALF = '.new';

/** What the service's containers mount of it, sorted. */
function carriedBy(service: Service): string[] {
  return [...new Set(service.mounts.flatMap((mount) => (mount.kind === 'carried' ? [mount.digest] : [])))].sort();
}

/** Lays what replicas and jobs of each host need and the host does not have. */
export function carries(context: Context): Step[] {
  const { app } = context;
  const mounted = mountedByHost(context, context.startingOn);
  return context.sites.flatMap((site) => {
    const missing = missingOn(site, app, mounted);
    if (missing.length === 0) return [];
    const folder = carriedFolder(site.report.home, app);
    const what = `${missing.length} carried ${missing.length === 1 ? 'folder or file' : 'folders and files'}`;
    return [
      step(
        `carry ${app}@${site.host.name}`,
        site.host.name,
        { kind: 'prepare', what },
        'mounted by what will run here',
        {
          commands: missing.map((digest) => layCommand(folder, digest)),
          // The host did not have them, so whoever mounts them was started by this plan and is gone by then.
          undo: [run(dropLine(folder, missing))],
        },
      ),
    ];
  });
}

/** Removes what no container of the app mounts once the plan is done; `going` are the containers that it removes. */
export function carrySweeps(context: Context, going: readonly Existing[], needs: readonly string[]): Step[] {
  const { app } = context;
  const gone = new Set(going.map(keyOf));
  const mounted = mountedByHost(context, context.startingOn);
  const staying = mountedByHost(
    context,
    context.jobs.length === 0 ? context.startingOn : servicesByHost(context.starts),
  );
  return context.sites.flatMap((site) => {
    const { host, report } = site;
    const laid = missingOn(site, app, mounted);
    const half = new Set(laid.map((digest) => `${digest}${HALF}`));
    const kept = report.containers.filter(
      (container) => container.app === app && !gone.has(`${host.name}/${container.name}`),
    );
    const used = new Set([...kept.flatMap(({ carried }) => carried), ...(staying.get(host.name) ?? [])]);
    const unused = [...new Set([...(report.carried[app] ?? []), ...laid])].filter(
      (name) => !used.has(name) && !half.has(name),
    );
    if (unused.length === 0) return [];
    const what = `${unused.length} carried ${unused.length === 1 ? 'folder' : 'folders'}`;
    return [
      step(`sweep carried@${host.name}`, host.name, { kind: 'sweep', what }, 'no container mounts it any more', {
        needs,
        commands: [run(dropLine(carriedFolder(report.home, app), unused.sort()))],
      }),
    ];
  });
}

/** The entries that are laid, by digest. */
export function carriedIn(
  stdins: Iterable<Stdin>,
  carried: Readonly<Record<string, readonly CarriedEntry[]>>,
): Record<string, readonly CarriedEntry[]> {
  const digests = new Set<string>();
  for (const stdin of stdins) if (stdin.kind === 'carried') digests.add(stdin.digest);
  return Object.fromEntries([...digests].sort().map((digest) => [digest, carried[digest] ?? []]));
}

/** Host -> digests of what those that start there mount, each once. */
type Mounted = ReadonlyMap<string, readonly string[]>;

/** Empty at once where nothing is carried at all. */
function mountedByHost({ desired }: Context, services: ReadonlyMap<string, readonly string[]>): Mounted {
  const carried = new Map(desired.map(({ service }) => [service.name, carriedBy(service)] as const));
  if ([...carried.values()].every((digests) => digests.length === 0)) return new Map();
  const hosts = [...services].map(([host, services]) => {
    return [host, [...new Set(services.flatMap((service) => carried.get(service) ?? []))]] as const;
  });
  return new Map(hosts);
}

function missingOn({ host, report }: Site, app: string, mounted: Mounted): string[] {
  return (mounted.get(host.name) ?? []).filter((digest) => !report.carried[app]?.includes(digest)).sort();
}

/** Unpacked beside its place and moved there, so that a folder with its own name is always whole. */
function layCommand(folder: string, digest: string): RunCommand {
  const target = `${folder}/${digest}`;
  const half = `${target}${HALF}`;
  const lay = inOrder(
    line('rm', '-rf', half),
    line('mkdir', '-p', half),
    line('tar', '-xpf', '-', '-C', half, '--no-same-owner'),
    line('mv', half, target),
  );
  return run(`if [ -d ${line(target)} ]; then cat >/dev/null; else ${lay}; fi`, {
    stdin: { kind: 'carried', digest },
    timeoutMs: 10 * MINUTE,
  });
}

function dropLine(folder: string, names: readonly string[]): string {
  return line('rm', '-rf', ...names.flatMap((name) => [`${folder}/${name}`, `${folder}/${name}${HALF}`]));
}
