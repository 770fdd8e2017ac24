/** `expose` and `ports` in their short and long forms. */
import type { z } from 'zod';
import { choose, isMap, keys, list, loose, oneOf, parsed, text, unsupported } from '../schema.ts';
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
  readonly published: number;
  /** `app_protocol: http`. */
  readonly isHttp: boolean;
  /** Asked for on 127.0.0.1 only, which means nothing on a fleet. */
  readonly isLocal: boolean;
}

/** `expose:`: each entry can be a range. */
export const exposeSchema: z.ZodType<readonly (readonly ExposedEntry[])[]> = list(parsed('a port', parseExpose));

const longPort: z.ZodType<readonly PortEntry[]> = keys({
  target: parsed('a port', parsePort),
  published: parsed('a port', parsePortRange).optional(),
  protocol: oneOf('tcp', 'udp').optional(),
  app_protocol: loose('a word such as http').optional(),
  name: loose().optional(),
  mode: oneOf('ingress').optional(),
  host_ip: text('an IP address').optional(),
}).transform((long, ctx) => {
  if (long.published === undefined || long.published[0] !== long.published[1]) {
    const error = unsupported(`the port ${long.target} has no one published port`, wayOut(String(long.target)));
    ctx.addIssue({ code: 'custom', message: '', path: [], params: { complaint: { error, about: 'value' } } });
    return [];
  }
  return [
    {
      port: long.target,
      transport: long.protocol ?? 'tcp',
      published: long.published[0],
      isHttp: long.app_protocol === 'http',
      isLocal: isLocal(long.host_ip),
    },
  ];
});

/** `ports:`: each entry can be a range. */
export const portsSchema: z.ZodType<readonly (readonly PortEntry[])[]> = list(
  choose<readonly PortEntry[]>(isMap, longPort, parsed('"8080:80"', parsePublished)),
);

function parseExpose(value: string): readonly ExposedEntry[] {
  const [range = '', protocol] = value.split('/');
  const [first, last] = parsePortRange(range);
  const transport = parseTransport(protocol, value);
  return span(first, last).map((port) => ({ port, transport }));
}

/** `[ADDRESS:]PUBLISHED:TARGET[/PROTOCOL]`, both ports may be ranges of the same length. */
function parsePublished(value: string): readonly PortEntry[] {
  const match = /^(?:(\[[^\]]+\]|[^:]+):)?(?:([^:]*):)?([^:/]+)(?:\/(\w+))?$/.exec(value);
  if (match === null) throw wrong(value, 'a port mapping', '"PUBLISHED:TARGET" such as "8080:80"');
  const [, first, second, target = '', protocol] = match;
  const published = second ?? first;
  const [from, to] = parsePortRange(target);
  const transport = parseTransport(protocol, value);
  if (published === undefined || published === '')
    throw unsupported(`"${value}" has no published port`, wayOut(target));
  const address = second === undefined ? undefined : first;
  const [fromPublished, toPublished] = parsePortRange(published);
  if (toPublished - fromPublished !== to - from)
    throw wrong(value, 'a mapping of ranges', 'two ranges of the same length');
  return span(from, to).map((port, index) => ({
    port,
    transport,
    published: fromPublished + index,
    isHttp: false,
    isLocal: isLocal(address),
  }));
}

function isLocal(address: string | undefined): boolean {
  const bare = address?.replace(/^\[(.*)\]$/, '$1');
  if (bare === undefined || bare === '0.0.0.0' || bare === '::' || bare === '*') return false;
  if (bare === '::1' || bare === 'localhost' || bare.startsWith('127.')) return true;
  throw unsupported(
    `a published port at the one address ${bare}`,
    'leave the address out: the port is taken on all edge hosts',
  );
}

function wayOut(target: string): string {
  return `write "${target}:${target}" to publish it on the edge hosts, or use expose: ["${target}"] for other services only`;
}

function parseTransport(protocol: string | undefined, value: string): Transport {
  if (protocol === undefined || protocol === 'tcp') return 'tcp';
  if (protocol === 'udp') return 'udp';
  throw wrong(value, 'a port with a known protocol', 'tcp or udp');
}

function span(first: number, last: number): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
