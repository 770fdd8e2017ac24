/** The inventory file's keys and the form of their values. */
import * as z from 'zod';
import { bad, checked, keys, list, loose, oneOf, oneOrList, parsed, record, text } from '../schema.ts';
import { parseCpus, parseDuration, parsePort, parseSize, parseSwitch } from '../units.ts';
import { parseAddress, parseCidr, parseHostPorts } from './network.ts';
import { expandRanges } from './ranges.ts';

const resources = keys({
  cpus: parsed('a number of CPUs', parseCpus).optional(),
  memory: parsed('a size such as 4g', parseSize).optional(),
});

const label = checked(record(loose()), (labels) => {
  for (const name of Object.keys(labels)) {
    if (!/^[A-Za-z0-9]([A-Za-z0-9_./-]{0,61}[A-Za-z0-9])?$/.test(name)) {
      throw bad(`the label name "${name}" can not be used`, { expected: 'letters, digits, "_", ".", "/" and "-"' });
    }
  }
  return labels;
});

/** An address, or a range of them; expanded in hosts.ts. */
const addresses = checked(text('an address'), (range) => {
  for (const one of expandRanges(range)) parseAddress(one);
  return range;
});

const fields = {
  address: addresses.optional(),
  port: parsed('a port', parsePort).optional(),
  user: checked(text('a user name'), parseUser).optional(),
  identity: oneOrList(text('the path of a private key')).optional(),
  jump: z.preprocess(splitCommas, oneOrList(text('a host'))).optional(),
  private: addresses.optional(),
  labels: label.optional(),
  roles: z.preprocess(listOfOne, list(oneOf('worker', 'edge'))).optional(),
  capacity: resources.optional(),
  reserve: resources.optional(),
  cordoned: parsed('true or false', parseSwitch).optional(),
  known_hosts: oneOrList(text('the path of a known_hosts file')).optional(),
};

/** One host, or `defaults`; everything may be left out. */
export const hostSchema = keys(fields);

/** A host as its file has it. */
export type HostEntry = z.output<typeof hostSchema>;

/** `network:`. */
const networkSchema = keys({
  vips: checked(text('a range of addresses'), (cidr) => ({ cidr, block: parseCidr(cidr) })).optional(),
  subnets: checked(text('a range of addresses'), (cidr) => ({ cidr, block: parseCidr(cidr) })).optional(),
  ports: parsed('a range of ports such as 20000-29999', parseHostPorts).optional(),
});

/** `router:`. */
const routerSchema = keys({
  image: text('an image').optional(),
  shutdown_timeout: parsed('a duration', parseDuration).optional(),
  keepalive_min_timeout: parsed('a duration', parseDuration).optional(),
});

/** The whole file; the hosts are read one by one after it. */
export const inventorySchema = keys({
  hosts: z.any(),
  defaults: hostSchema.optional(),
  network: networkSchema.optional(),
  router: routerSchema.optional(),
});

/** The file as read, its hosts not yet. */
export type InventoryEntry = z.output<typeof inventorySchema>;

function parseUser(user: string): string {
  if (/^[A-Za-z0-9_][A-Za-z0-9_.@\\-]*\$?$/.test(user)) return user;
  throw bad(`"${user}" is not a user name`, { expected: 'a login name on the host' });
}

function splitCommas(value: unknown): unknown {
  return typeof value === 'string' && value.includes(',') ? value.split(',').map((part) => part.trim()) : value;
}

function listOfOne(value: unknown): unknown {
  return typeof value === 'string' ? [value] : value;
}
