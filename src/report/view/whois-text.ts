/** The answer of `fleet whois` in sentences. */
import type { PortBinding } from '../../model/observed.ts';
import type { Palette } from '../palette.ts';
import { printableLine } from '../printable.ts';
import { count, listed } from '../units.ts';
import { recordState } from './records-text.ts';
import type { Answer } from './whois.ts';
import type { Owner } from './whois-known.ts';

/** One line for each owner; where there is none, that, and what is nearest. Ends with a newline. */
export function formatWhois(answer: Answer, palette: Palette): string {
  const asked = answer.port === undefined ? answer.address : `${answer.address}:${answer.port}`;
  const lines =
    answer.owners.length > 0
      ? answer.owners.map((owner) => `${asked}   ${ownerWords(owner)}`)
      : [
          `${asked}   ${palette.yellow("unknown: nobody's on this fleet")}`,
          ...answer.notes.map((note) => `  ${note}`),
          ...(answer.nearest === undefined ? [] : [`  nearest: ${ownerWords(answer.nearest)}`]),
        ];
  return lines.map((line) => `${line}\n`).join('');
}

function ownerWords(owner: Owner): string {
  return printableLine(wordsOf(owner));
}

function wordsOf(owner: Owner): string {
  switch (owner.kind) {
    case 'vip': {
      const ports = owner.ports.length === 0 ? '' : `, ports ${owner.ports.map(portName).join(' ')}`;
      return `VIP ${owner.vip} of ${serviceName(owner)}${ports}, served by ${replicaNames(owner.replicas)}`;
    }
    case 'router':
      if (owner.edges.length > 0)
        return `fleet's own router on the edges ${listed(owner.edges)}: no service takes the port`;
      return `fleet's own router, the same address ${owner.address} on every host`;
    case 'replica': {
      const { record, binding } = owner;
      const vip = record.vip === '' ? '' : `, VIP ${record.vip}`;
      return `replica ${record.replica} on ${record.host}, ${record.address}:${binding.hostPort} to its port ${portName(binding)}, ${recordState(record)}${vip}`;
    }
    case 'network':
      return `network of ${serviceName(owner)}, ${owner.subnet} on each host, gateway ${owner.gateway}: its containers call from there`;
    case 'host': {
      const inner = owner.ssh.startsWith(`${owner.private}:`) ? '' : `, private ${owner.private}`;
      return `host ${owner.host} (${owner.roles.join(', ')}), ssh ${owner.ssh}${inner}, ${replicaNames(owner.replicas)}`;
    }
    case 'edge':
      return `${claimWords(owner.claim)} on the edges ${listed(owner.hosts)}, led to ${serviceName(owner)}`;
    default:
      return owner satisfies never;
  }
}

/** "shop.example/api" is an ingress, "5432/tcp" a published port. */
function claimWords(claim: string): string {
  return /^\d+\/(?:tcp|udp)$/.test(claim) ? `published port ${claim}` : `ingress ${claim}`;
}

function serviceName({ app, service }: { readonly app: string; readonly service: string }): string {
  return `service ${service} of ${app}`;
}

function replicaNames(names: readonly string[]): string {
  return names.length === 0 ? 'no replica' : `${count(names.length, 'replica')}: ${listed(names)}`;
}

function portName({ port, protocol }: Pick<PortBinding, 'port' | 'protocol'>): string {
  return `${port}/${protocol}`;
}
