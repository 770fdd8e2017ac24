/** Hosts become Observed: one script a host and Docker asked beside it, all hosts at once, and the images that the plan will name. */
import { FleetError } from '../model/error.ts';
import type { Host, Inventory } from '../model/inventory.ts';
import type { Observed } from '../model/observed.ts';
import type { CommandResult, Shell } from '../model/shell.ts';
import { Contents, type Texts } from './contents.ts';
import { dockerReport } from './docker-report.ts';
import { unreachable } from './host-down.ts';
import { resolveImages } from './image/resolve.ts';
import { type HostReport, parseReport } from './parse-host.ts';
import { OWN_PROBE, PROBE } from './probe.ts';
import { Turns } from './turns.ts';
import { Unanswered } from './watch/engine.ts';

/** What observing needs from the outside. */
export interface ObserveOptions {
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Base64 of "user:password" by registry (~/.docker/config.json `auths`); for Docker Hub the key is "docker.io". */
  readonly credentials?: Readonly<Record<string, string>>;
  /** Limit of the report of one host; default 20 s. */
  readonly hostMs?: number;
  /** Limit of each request to a registry; default 3 s. */
  readonly registryMs?: number;
}

/** Default limit of a host's report. */
const HOST_MS = 20_000;

/** Looks at one time: each takes 1 to 2 ms of our own CPU, so that none is late through others. */
const AT_ONCE = 64;

/**
 * The world now. A host that can not report is a HostDown, an image that nobody knows has a `problem`; neither rejects.
 * `images` are names as written in playbooks and inventory.
 */
export async function observe(
  shell: Shell,
  inventory: Inventory,
  images: readonly string[],
  options: ObserveOptions,
): Promise<Observed> {
  const hosts = [...inventory.hosts].sort((left, right) => (left.name < right.name ? -1 : 1));
  const turns = new Turns(AT_ONCE);
  const contents = new Contents();
  const look = (host: Host): Promise<[string, HostReport]> => observeHost({ shell, host, turns, contents }, options);
  const byHost = new Map(await Promise.all(hosts.map(look)));
  const up = new Map([...byHost].filter(([, report]) => report.state.reachable));
  const { credentials = {}, registryMs = 3_000 } = options;
  return {
    hosts: Object.fromEntries([...byHost].map(([name, report]) => [name, report.state])),
    images: await resolveImages(images, { shell, reports: up, credentials, timeoutMs: registryMs }),
  };
}

interface Look {
  readonly shell: Shell;
  readonly host: Host;
  readonly turns: Turns;
  readonly contents: Contents;
}

async function observeHost(
  { shell, host, turns, contents }: Look,
  options: ObserveOptions,
): Promise<[string, HostReport]> {
  try {
    await shell.connect(host.name);
    const { result, at, large } = await turns.take(() => reportOf({ shell, host: host.name, contents }, options));
    return [host.name, parseReport(host, result, at, large)];
  } catch (error) {
    return [host.name, { state: unreachable(host, error), images: [] }];
  }
}

interface Received {
  readonly result: CommandResult;
  /** When the host's clock had been read. */
  readonly at: number;
  /** Files of which the result has digests only; undefined when they can not be read. */
  readonly large: Texts | undefined;
}

interface Asked extends Pick<Look, 'shell' | 'contents'> {
  readonly host: string;
}

/** Where Docker's socket can not be used, the docker command tells what Docker knows, or why it does not. */
async function reportOf(
  { shell, host, contents }: Asked,
  { now, hostMs = HOST_MS }: ObserveOptions,
): Promise<Received> {
  const run = async (line: string): Promise<Received> => {
    const result = await shell.run(host, line, { timeoutMs: hostMs });
    const at = now();
    return { result, at, large: await contents.of(result.stdout, ask) };
  };
  const ask = async (line: string): Promise<string> => {
    const { code, stdout } = await shell.run(host, line, { timeoutMs: hostMs });
    return code === 0 ? stdout : '';
  };
  const asking = dockerReport(shell, host, hostMs).catch((error: unknown) => {
    if (error instanceof Unanswered) return new FleetError('E_TIMEOUT', `${host}: Docker gives no answer in time`);
    return error;
  });
  const { result, at, large } = await run(OWN_PROBE);
  const docker = await asking;
  if (docker instanceof Error) throw docker;
  if (typeof docker !== 'string') return run(PROBE);
  return { result: { ...result, stdout: docker + result.stdout }, at, large };
}
