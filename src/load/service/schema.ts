/** The attributes of a service that mean something here, in their long forms. */
import type { z } from 'zod';
import { bad, checked, fields, list, loose, parsed, record, said, text, unsupported } from '../schema.ts';
import { parseCpus, parseDuration, parseSize, parseSwitch, parseWhole } from '../units.ts';
import { deploySchema } from './deploy.ts';
import { fleetSchema } from './fleet.ts';
import { configGrants, secretGrants } from './grants.ts';
import { healthSchema } from './health.ts';
import { buildSchema, parseImage } from './image.ts';
import { dependsOnSchema, envFileSchema, linksSchema, networksSchema, parseAlias } from './links.ts';
import { command, environment, extraHosts, labels, ulimits } from './lists.ts';
import { tmpfsSchema, volumesSchema } from './mounts.ts';
import { optionFields } from './options.ts';
import { exposeSchema, portsSchema } from './ports.ts';

const flag = parsed('true or false', parseSwitch);
const size = parsed('a size such as 512m', parseSize);
/** A service. */
export const serviceSchema = fields({
  image: checked(text('an image such as nginx:1.30'), (name) =>
    name === '' ? undefined : parseImage(name),
  ).optional(),
  command: command.optional(),
  entrypoint: command.optional(),
  environment: environment.optional(),
  env_file: envFileSchema.optional(),
  healthcheck: healthSchema.optional(),
  expose: exposeSchema.optional(),
  ports: portsSchema.optional(),
  volumes: volumesSchema.optional(),
  tmpfs: tmpfsSchema.optional(),
  networks: networksSchema.optional(),
  depends_on: dependsOnSchema.optional(),
  deploy: deploySchema.optional(),
  labels: labels.optional(),
  user: said('a user', String).optional(),
  working_dir: said('a path', parseFolder).optional(),
  init: flag.optional(),
  read_only: flag.optional(),
  cap_add: list(checked(text('a capability'), parseCapability)).optional(),
  cap_drop: list(checked(text('a capability'), parseCapability)).optional(),
  ulimits: ulimits.optional(),
  stop_signal: said('a signal such as SIGTERM', parseSignal).optional(),
  stop_grace_period: parsed('a duration such as 30s', parseDuration).optional(),
  logging: fields({ driver: text('a driver').optional(), options: record(loose()).optional() }).optional(),
  restart: said('a restart policy', parseRestart).optional(),
  extra_hosts: extraHosts.optional(),
  dns: list(text('an address')).optional(),
  secrets: secretGrants.optional(),
  configs: configGrants.optional(),
  pull_policy: said('a policy', pullPolicy).optional(),
  profiles: list(text('a profile')).optional(),
  build: buildSchema.optional(),
  container_name: checked(loose('a name'), parseAlias).optional(),
  label_file: list(text('a path')).optional(),
  links: linksSchema.optional(),
  scale: parsed('a number', (value) => parseWhole(value, 0, 10_000)).optional(),
  cpus: parsed('a number of CPUs', parseCpus).optional(),
  mem_limit: size.optional(),
  mem_reservation: size.optional(),
  pids_limit: parsed('a number', (value) => parseWhole(value, -1, 4_194_304)).optional(),
  ...optionFields,
  'x-fleet': fleetSchema.optional(),
});

/** A service as its files have it. */
export type ServiceEntry = z.output<typeof serviceSchema>;

function parseFolder(path: string): string {
  if (path.startsWith('/')) return path;
  throw bad(`"${path}" is not an absolute path`, { expected: 'a path that begins with "/"' });
}

/** Docker takes them in any case, with and without CAP_. */
function parseCapability(name: string): string {
  if (/^[A-Za-z][A-Za-z0-9_]*$/.test(name)) return name.toUpperCase();
  throw bad(`"${name}" is not a capability`, { expected: 'a name such as NET_ADMIN' });
}

/** What Compose pulls by other rules is pulled here where a host lacks it. */
function pullPolicy(word: string): string {
  if (word === 'never')
    throw unsupported('an image that is never pulled would be missing on most hosts', 'leave it out');
  if (word === 'build') throw unsupported('fleet builds no images', 'push the image, and leave pull_policy out');
  return word;
}

function parseSignal(name: string): string {
  if (/^([A-Z][A-Z0-9+-]*|\d{1,2})$/i.test(name)) return name.toUpperCase();
  throw bad(`"${name}" is not a signal`, { expected: 'a name such as SIGTERM' });
}

function parseRestart(value: string): string {
  if (value === 'false') return 'no';
  if (/^(no|always|unless-stopped|on-failure(:\d+)?)$/.test(value)) return value;
  throw bad(`"${value}" is not a restart policy`, {
    expected: 'no, always, on-failure, on-failure:3 or unless-stopped',
  });
}
