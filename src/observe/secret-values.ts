/** Values of secrets as the hosts have them: in memory here, and nowhere else. */
import { sha256 } from '../model/digest.ts';
import { FleetError } from '../model/error.ts';
import type { Secrets } from '../model/playbook.ts';
import type { Shell } from '../model/shell.ts';

/** A secret that is wanted, and lines on hosts that print its value in base64. */
export interface WantedSecret {
  readonly name: string;
  /** SHA-256 of the value: another one is passed over. */
  readonly digest: string;
  readonly places: readonly { readonly host: string; readonly line: string }[];
}

/** Limit for one place. */
const READ_MS = 10_000;

/**
 * The values, from the hosts or else from what is at hand here. Throws FleetError E_SECRET for all that nobody has:
 * its last container is gone, and the files here have another value, or none.
 */
export async function secretValues(
  shell: Shell,
  wanted: readonly WantedSecret[],
  atHand: () => Promise<Secrets>,
): Promise<Secrets> {
  const found = await Promise.all(wanted.map(async (one) => [one, await valueOnHosts(shell, one)] as const));
  const missing = found.flatMap(([one, value]) => (value === undefined ? [one] : []));
  const local: Secrets = missing.length === 0 ? new Map() : await atHand();
  const values = new Map<string, Uint8Array>();
  for (const [{ name, digest }, onHosts] of found) {
    const here = local.get(name);
    const value = onHosts ?? (here !== undefined && sha256(here) === digest ? here : undefined);
    if (value !== undefined) values.set(name, value);
  }
  const lost = wanted.filter(({ name }) => !values.has(name)).map(({ name }) => name);
  if (lost.length === 0) return values;
  throw new FleetError('E_SECRET', `no container that answers has the secret any more: ${lost.join(', ')}`, {
    hint: 'run it where the playbook and the value are at hand (-f FILE), or fleet deploy',
  });
}

async function valueOnHosts(shell: Shell, { digest, places }: WantedSecret): Promise<Uint8Array | undefined> {
  for (const { host, line } of places) {
    const value = await valueAt(shell, host, line);
    if (value !== undefined && sha256(value) === digest) return value;
  }
  return undefined;
}

async function valueAt(shell: Shell, host: string, line: string): Promise<Uint8Array | undefined> {
  try {
    const { code, stdout } = await shell.run(host, line, { timeoutMs: READ_MS });
    return code === 0 ? Buffer.from(stdout, 'base64') : undefined;
  } catch (error) {
    if (error instanceof FleetError) return undefined;
    throw error;
  }
}
