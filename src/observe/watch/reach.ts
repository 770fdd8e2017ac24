/** Whether what runs on a host that does not answer us still answers other hosts. */
import type { Shell } from '../../model/shell.ts';
import type { Reach } from '../../model/watch.ts';
import { Askers, type Said, type Way } from './asker.ts';

/** How many hosts are asked to try one replica. */
const ASKERS = 2;

/** How many replicas of a host are tried: connections to a dead host stay with the asking sshd for two minutes. */
const REPLICAS = 6;

/** A replica of a host that does not answer. */
export interface ReachTarget {
  readonly host: string;
  readonly container: string;
  readonly address: string;
  readonly port: number;
}

/** Whom to ask about what. */
export interface ReachOrder {
  readonly shell: Shell;
  /** Hosts that answer us. Those that are asked about are never asked themselves. */
  readonly from: readonly string[];
  readonly targets: readonly ReachTarget[];
  /** Limit of each question. */
  readonly timeoutMs: number;
}

/**
 * One Reach for each host of the targets, by name. A replica counts as asked only when somebody who is there could try
 * it, and as answering when a connection to it opened for anyone. Never rejects. Takes up to `timeoutMs` and two seconds.
 */
export async function reachOf(order: ReachOrder): Promise<readonly Reach[]> {
  const askers = new Askers(order.shell);
  const hosts = [...new Set(order.targets.map(({ host }) => host))].sort();
  const from = order.from.filter((host) => !hosts.includes(host));
  return Promise.all(hosts.map((host) => reachOfHost(host, { ...order, from }, askers)));
}

async function reachOfHost(host: string, order: ReachOrder, askers: Askers): Promise<Reach> {
  const targets = order.targets.filter((target) => target.host === host);
  const replicas = [...new Set(targets.map(({ container }) => container))].sort().slice(0, REPLICAS);
  const answers = await Promise.all(
    replicas.map((container, index) => {
      const ports = targets.filter((target) => target.container === container);
      const chosen = inTurn(order.from, index).slice(0, ASKERS);
      const ways = chosen.flatMap((from) => ports.map(({ address, port }) => ({ from, address, port })));
      return isReached(ways, order.timeoutMs, askers);
    }),
  );
  const asked = answers.filter((answer) => answer !== 'unknown').length;
  return { host, asked, answered: answers.filter((answer) => answer === 'answer').length };
}

async function isReached(ways: readonly Way[], timeoutMs: number, askers: Askers): Promise<Said> {
  const said = await Promise.all(ways.map((way) => askers.ask(way, timeoutMs, async () => true)));
  return (['answer', 'silence'] as const).find((one) => said.includes(one)) ?? 'unknown';
}

/** The list from an index on, and round: so that not all questions go through the same two hosts. */
function inTurn<T>(list: readonly T[], index: number): readonly T[] {
  const first = list.length === 0 ? 0 : index % list.length;
  return [...list.slice(first), ...list.slice(0, first)];
}
