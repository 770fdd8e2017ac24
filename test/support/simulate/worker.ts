/** A process that serves some of the simulated hosts; started and asked by fleet.ts. */
import { simulatedName, simulatedReport } from './sim-host.ts';
import { type Behaviour, noCounts, type SshCounts, SshHost, type SshMeans } from './ssh-hosts.ts';

/** What a worker is asked; each is answered with the same id. */
export type Order = { readonly id: number } & (
  | ({ readonly kind: 'serve'; readonly from: number; readonly to: number; readonly containers: number } & SshMeans)
  | { readonly kind: 'behave'; readonly host: string; readonly behaviour: Behaviour }
  | { readonly kind: 'counts' }
);

/** Ports in order of the hosts, or what was counted; `cpuMs` is what this process used so far. */
export interface Reply {
  readonly id: number;
  readonly ports: readonly number[];
  readonly counts: SshCounts;
  readonly cpuMs: number;
}

const counts = noCounts();
const hosts = new Map<string, SshHost>();

process.on('message', (order: Order) => {
  void carryOut(order).then((ports) => {
    const { user, system } = process.cpuUsage();
    const reply: Reply = { id: order.id, ports, counts, cpuMs: (user + system) / 1000 };
    process.send?.(reply);
  });
});
// The one who started it is gone.
process.on('disconnect', () => process.exit(0));

async function carryOut(order: Order): Promise<number[]> {
  if (order.kind === 'behave') await hosts.get(order.host)?.behave(order.behaviour);
  if (order.kind !== 'serve') return [];
  const ports: number[] = [];
  for (let index = order.from; index < order.to; index++) {
    const { name } = simulatedName(index);
    const host = new SshHost({ name, report: simulatedReport(index, order.containers) }, order, counts);
    hosts.set(name, host);
    ports.push(await host.listen());
  }
  return ports;
}
