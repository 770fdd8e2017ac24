/** `expose` and `ports` of a service. */
import type { z } from 'zod';
import { checked, fields, list, loose, parsed, text, unsupported } from '../schema.ts';
import { parsePort, parsePortRange, wrong } from '../units.ts';

/** Below the application: what `docker` and nginx listen with. */
type Transport = 'tcp' | 'udp';

/** A port of the container. */
export interface ExposedEntry {
  readonly port: number;
  readonly transport: Transport;
}

/** A port of the container and the one on the edges that leads to it. */
export interface PortEntry extends ExposedEntry {
  /** Absent where Compose would take any port that is free. */
  readonly published?: number;
  /** The last of a range of which one is to be taken. */
  readonly upTo?: number;
  /** `app_protocol: http`. */
  readonly isHttp: boolean;
  /** Asked for on 127.0.0.1 only, which means nothing on a fleet. */
  readonly isLocal: boolean;
}

/** `expose:`: each entry can be a range. */
export const exposeSchema: z.ZodType<readonly (readonly ExposedEntry[])[]> = list(parsed('a port', parseExpose));

/** `ports:`. */
export const portsSchema: z.ZodType<readonly PortEntry[]> = list(
  checked(
    fields({
      target: parsed('a port', parsePort),
      published: parsed('a port', parsePublished).optional(),
      protocol: parsed('tcp or udp', parseTransport).optional(),
      app_protocol: loose('a word such as http').optional(),
      host_ip: text('an IP address').optional(),
    }),
    ({ target, published = [], protocol = 'tcp', app_protocol, host_ip }): PortEntry => {
      const [first, last] = published;
      return {
        port: target,
        transport: protocol,
        ...(first === undefined ? {} : { published: first }),
        ...(last === undefined || last === first ? {} : { upTo: last }),
        isHttp: app_protocol === 'http',
        isLocal: isLocal(host_ip),
      };
    },
  ),
);

function parseExpose(value: string): readonly ExposedEntry[] {
  const [range = '', protocol] = value.split('/');
  const [first, last] = parsePortRange(range);
  const transport = parseTransport(protocol ?? 'tcp');
  return Array.from({ length: last - first + 1 }, (_, index) => ({ port: first + index, transport }));
}

/** "8080", "8000-8010"; "" and "0" are any port. */
function parsePublished(value: string): readonly number[] {
  return /^0*$/.test(value) ? [] : parsePortRange(value);
}

function isLocal(address: string | undefined): boolean {
  if (address === undefined || address === '0.0.0.0' || address === '::') return false;
  if (address === '::1' || address.startsWith('127.')) return true;
  throw unsupported(
    `a published port at the one address ${address}`,
    'leave the address out: the port is taken on all edge hosts',
  );
}

function parseTransport(protocol: string): Transport {
  if (protocol === 'tcp' || protocol === 'udp') return protocol;
  if (protocol === 'sctp') throw unsupported('sctp: the routers carry tcp and udp', 'publish it over tcp or udp');
  throw wrong(protocol, 'a protocol', 'tcp or udp');
}
