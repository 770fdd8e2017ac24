/** Lines that need root on a host, and what they are run by. */
import type { BareHost } from '../../model/bare-host.ts';
import { line } from '../../model/quote.ts';

/** The script as root: by the login itself or by sudo, which must not ask. Only where `rights` are not "none". */
export function asRoot({ rights }: Pick<BareHost, 'rights'>, script: string): string {
  return rights === 'sudo' ? line('sudo', '-n', 'sh', '-c', script) : line('sh', '-c', script);
}
