/** A process that serves some of the simulated hosts; started and asked by fleet.ts. */
import { SimulatedHost, type SimulatedState } from './host/host.ts';
import { Turns } from './host/turns.ts';
import { simulatedName, simulatedReport } from './sim-host.ts';
import { type Behaviour, noCounts, type SshCounts, SshHost, type SshMeans } from './ssh-hosts.ts';

/** What a worker is asked, or told of what it asked itself; each order is answered with the same id. */
export type Order = { readonly id: number } & (
  | ({ readonly kind: 'serve'; readonly from: number; readonly to: number; readonly containers: number } & SshMeans)
  | { readonly kind: 'behave'; readonly host: string; readonly behaviour: Behaviour }
  | { readonly kind: 'counts' }
  | { readonly kind: 'listens'; readonly address: string; readonly port: number }
  | { readonly kind: 'state'; readonly host: string }
);

/** Ports in order of the hosts, or what was counted; `cpuMs` is what this process used so far. */
export interface Reply {
  readonly id: number;
  readonly ports: readonly number[];
  /** Answers "listens". */
  readonly isOpen: boolean;
  /** Answers "state". */
  readonly state?: SimulatedState;
  readonly counts: SshCounts;
  readonly cpuMs: number;
}

/** What a worker asks: does a host of another process listen there? Answered with the same id. */
export interface Inquiry {
  readonly inquiry: number;
  readonly address: string;
  readonly port: number;
}

/** The answer. */
export interface Answered {
  readonly inquiry: number;
  readonly isOpen: boolean;
}

const counts = noCounts();
const hosts = new Map<string, { readonly ssh: SshHost; readonly host: SimulatedHost }>();
const byAddress = new Map<string, SimulatedHost>();
const turns = new Turns();
const inquiries = new Map<number, (isOpen: boolean) => void>();
let asked = 0;

process.on('message', (message: Order | Answered) => {
  if ('inquiry' in message) {
    inquiries.get(message.inquiry)?.(message.isOpen);
    inquiries.delete(message.inquiry);
    return;
  }
  void carryOut(message).then((answer) => {
    const { user, system } = process.cpuUsage();
    const reply: Reply = { id: message.id, ports: [], isOpen: false, counts, cpuMs: (user + system) / 1000, ...answer };
    process.send?.(reply);
  });
});
// The one who started it is gone.
process.on('disconnect', () => process.exit(0));

async function carryOut(order: Order): Promise<Partial<Reply>> {
  switch (order.kind) {
    case 'serve':
      return { ports: await serve(order) };
    case 'behave':
      await hosts.get(order.host)?.ssh.behave(order.behaviour);
      return {};
    case 'listens':
      return { isOpen: byAddress.get(order.address)?.listens(order.address, order.port) ?? false };
    case 'state': {
      const host = hosts.get(order.host)?.host;
      return host === undefined ? {} : { state: await host.state() };
    }
    case 'counts':
      return {};
    default:
      return order satisfies never;
  }
}

async function serve(order: Extract<Order, { kind: 'serve' }>): Promise<number[]> {
  const ports: number[] = [];
  for (let index = order.from; index < order.to; index++) {
    const { name, address } = simulatedName(index);
    const host = new SimulatedHost(name, simulatedReport(index, order.containers), address, turns);
    const ssh = new SshHost(host, { means: order, counts, elsewhere });
    hosts.set(name, { ssh, host });
    byAddress.set(address, host);
    ports.push(await ssh.listen());
  }
  return ports;
}

/** Hosts of this process are asked at once, others through the one who started it. */
async function elsewhere(address: string, port: number): Promise<boolean> {
  const host = byAddress.get(address);
  if (host !== undefined) return host.listens(address, port);
  const inquiry: Inquiry = { inquiry: asked++, address, port };
  return new Promise((resolve) => {
    inquiries.set(inquiry.inquiry, resolve);
    process.send?.(inquiry);
  });
}
