/** The routers of practice hosts as they really are: the files that are live, and the nginx workers that have read them. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { rootExec } from '../../../src/lab/index.ts';
import { networkInode } from '../../../src/lab/process.ts';
import { hostNamespace } from '../../../src/lab/shape.ts';
import { attempted, type LabView } from './lab-view.ts';

/** Folder of the router's files on a practice host. */
export const ROUTER_FOLDER = '/home/deploy/.fleet/router';

/** The router's two masters, and the file that each has read. */
type Half = 'http' | 'stream';
const HALVES: readonly Half[] = ['http', 'stream'];

/** One app's live files on one host, one behind the other; "" when there are none or the host is off. */
export function liveFiles(view: LabView, host: string, app: string): string {
  return HALVES.map((half) => liveFile(view, { host, app, half })).join('');
}

/** The main files of the router, one behind the other. */
export function mainFiles(view: LabView, host: string): string {
  return HALVES.map((half) => view.read(host, `${ROUTER_FOLDER}/${half}.conf`) ?? '').join('');
}

/** "10.88.0.14:20011" of all replicas that the files lead to. */
export function upstreamsIn(files: string): ReadonlySet<string> {
  const servers = [...files.matchAll(/^ {2}server ([\d.]+:\d+) (?!down)/gm)].map(([, address = '']) => address);
  return new Set(servers);
}

/** The address at which routers take calls for a group: "10.96.0.5:8080" for "shop.backend.8080". */
export function vipIn(files: string, group: string): string | undefined {
  const [, after = ''] = files.split(`upstream ${group} {`);
  return /^ {2}listen ([\d.]+:\d+)/m.exec(after)?.[1];
}

/**
 * Watches for the moment when no router sends anything to the address any more. The result, asked often, is true from the
 * first time on when the live files of all these hosts are without it and no worker that had read them before takes new
 * connections.
 */
export function departure(view: LabView, app: string, address: string, hosts: readonly string[]): () => boolean {
  const waiting = hosts.flatMap((host) => {
    const masters = routerMasters(view, host);
    return HALVES.map((half) => ({ host, half, master: masters[half], before: new Set<number>() }));
  });
  return () => {
    const left = waiting.filter((one) => {
      const now = servingWorkers(one.master);
      if (liveFile(view, { ...one, app }).includes(`${address}:`)) {
        one.before = now;
        return true;
      }
      return [...one.before].some((pid) => now.has(pid));
    });
    waiting.splice(0, waiting.length, ...left);
    return waiting.length === 0;
  };
}

/** The HTTP workers of a host's router that take new connections, by their ids here. Costs a walk of /proc. */
export function currentWorkers(view: LabView, host: string): ReadonlySet<number> {
  return servingWorkers(routerMasters(view, host).http);
}

/** When an nginx last said, in epoch milliseconds, that it had tried in vain to reach that address; 0 when never. */
export async function lastTry(
  view: LabView,
  { host, container, to }: { readonly host: string; readonly container: string; readonly to: string },
): Promise<number> {
  const { stdout, stderr } = await rootExec(host, ['docker', 'logs', '--timestamps', container], {
    labName: view.shape.name,
  });
  const line = `${stdout}\n${stderr}`.split('\n').findLast((one) => one.includes(`upstream: "http://${to}:`));
  return line === undefined ? 0 : Date.parse(line.slice(0, line.indexOf(' ')));
}

function liveFile(
  view: LabView,
  { host, app, half }: { readonly host: string; readonly app: string; readonly half: Half },
): string {
  const target = view.readLink(host, `${ROUTER_FOLDER}/current/${app}`);
  const generation = target?.split('/').at(-1);
  return view.read(host, `${ROUTER_FOLDER}/generations/${generation}/${half}.conf`) ?? '';
}

function routerMasters(view: LabView, host: string): Readonly<Partial<Record<Half, number>>> {
  const inode = networkInode(hostNamespace(view.shape.name, host));
  if (inode === undefined) return {};
  const pids = readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && titleOf(pid).includes('nginx: master process'))
    .filter((pid) => attempted(() => statSync(`/proc/${pid}/ns/net`).ino) === inode);
  const of = (half: Half) => pids.find((pid) => titleOf(pid).includes(`/fleet/${half}.conf`));
  return Object.fromEntries(HALVES.map((half) => [half, of(half)]));
}

function servingWorkers(master: number | undefined): Set<number> {
  const path = `/proc/${master}/task/${master}/children`;
  const children = (attempted(() => readFileSync(path, 'utf8')) ?? '').split(' ').filter(Boolean).map(Number);
  return new Set(children.filter((pid) => /worker process(?! is shutting down)/.test(titleOf(pid))));
}

function titleOf(pid: number): string {
  return attempted(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8')) ?? '';
}
