/** `x-fleet` of a service: what Compose has no word for. */
import type { z } from 'zod';
import type { AppProtocol } from '../../model/playbook.ts';
import { scaleSchema } from '../scale/policy.ts';
import { attempt, bad, checked, choose, fields, isMap, oneOf, oneOrList, parsed, record, text } from '../schema.ts';
import { parseDuration, parsePort, parseSwitch, parseWhole } from '../units.ts';

const flag = parsed('true or false', parseSwitch);

const tls = fields({
  certificate: text('the path of a PEM file'),
  key: text('the path of a PEM file'),
  redirect: flag.optional(),
});

const ingress = fields({
  host: checked(text('a host name'), parseHostName).optional(),
  path: checked(text('a path'), parseUrlPath).optional(),
  port: parsed('the port of the container', parsePort),
  probe: checked(text('a path'), parseUrlPath).optional(),
  read_timeout: parsed('a duration', parseDuration).optional(),
  retry_unsafe: flag.optional(),
  tls: tls.optional(),
});

/** `ingress` as the file has it. */
export type IngressEntry = z.output<typeof ingress>;

/** What `rollout` asks for; the rest of it stands in deploy.update_config. */
interface RolloutEntry {
  /** Absent: it follows from volumes and deploy.update_config. */
  readonly way?: RolloutWay;
  readonly bakeMs?: number;
}

type RolloutWay =
  | { readonly kind: 'blue-green' | 'rolling' | 'recreate' }
  | { readonly kind: 'canary'; readonly percent: number; readonly holdMs: number };

const ROLLOUTS = 'blue-green, rolling, recreate, or { canary: { percent: 10, time: 5m } }';

const canary = fields({
  percent: parsed('a number from 1 to 99', (value) => parseWhole(value.replace(/\s*%$/, ''), 1, 99)),
  time: parsed('a duration such as 5m', parseDuration),
}).transform(({ percent, time }): RolloutWay => ({ kind: 'canary', percent, holdMs: time }));

const rolloutMap = fields({
  kind: oneOf('blue-green', 'rolling', 'recreate').optional(),
  canary: canary.optional(),
  bake: parsed('a duration such as 10m', parseDuration).optional(),
});

const rollout: z.ZodType<RolloutEntry> = choose<RolloutEntry>(
  isMap,
  checked(rolloutMap, rolloutParts),
  checked(text(ROLLOUTS), (word) => ({ way: rolloutWord(word) })),
);

/** `protocol`: one word for all ports of the service, or a map from port to word. */
type ProtocolEntry = AppProtocol | Readonly<Record<string, AppProtocol>>;

const protocolWord = oneOf('http', 'tcp', 'udp');
const protocol: z.ZodType<ProtocolEntry> = choose<ProtocolEntry>(
  isMap,
  record(protocolWord).transform((all, ctx) => {
    for (const port of Object.keys(all)) attempt(ctx, () => parsePort(port), [port]);
    return all;
  }),
  protocolWord,
);

/** `x-fleet:` of a service. */
export const fleetSchema = fields({
  ingress: oneOrList(ingress).optional(),
  rollout: rollout.optional(),
  job: oneOf('pre-deploy').optional(),
  protocol: protocol.optional(),
  read_timeout: parsed('a duration', parseDuration).optional(),
  retry_unsafe: flag.optional(),
  scale: scaleSchema.optional(),
  priority: parsed('a whole number', (value) => parseWhole(value, -1000, 1000)).optional(),
});

/** The parts of a rollout that is a map, as what they ask for together. */
function rolloutParts({ kind, canary: share, bake }: z.output<typeof rolloutMap>): RolloutEntry {
  if (kind !== undefined && share !== undefined) {
    throw bad('has kind and canary, which say in two ways how new replicas take over', { hint: 'remove one of them' });
  }
  const way = kind === undefined ? share : { kind };
  return { ...(way === undefined ? {} : { way }), ...(bake === undefined ? {} : { bakeMs: bake }) };
}

function rolloutWord(word: string): RolloutWay {
  if (word === 'blue-green' || word === 'rolling' || word === 'recreate') return { kind: word };
  if (word === 'canary')
    throw bad('canary needs a share and a time', { expected: '{ canary: { percent: 10, time: 5m } }' });
  throw bad(`"${word}" is not a rollout`, { expected: ROLLOUTS });
}

function parseHostName(name: string): string {
  const lower = name.toLowerCase();
  if (/^(\*\.)?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/.test(lower)) return lower;
  throw bad(`"${name}" is not a host name`, { expected: 'a DNS name such as shop.example or *.shop.example' });
}

function parseUrlPath(path: string): string {
  if (/^\/[A-Za-z0-9_.~&+,=:@%/?-]*$/.test(path)) return path;
  throw bad(`${JSON.stringify(path)} is not a path`, {
    expected: 'a path that begins with "/", others than letters and digits as %XX',
  });
}
