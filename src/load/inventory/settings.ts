/** `network:` and `router:` with their defaults. */
import type { FleetError } from '../../model/error.ts';
import type { NetworkSettings } from '../../model/inventory.ts';
import { overlaps } from '../../model/ipv4.ts';
import { problemAt } from '../problems.ts';
import type { Tree } from '../tree.ts';
import { parseCidr } from './network.ts';
import type { InventoryEntry } from './schema.ts';

const VIPS = '10.96.0.0/16';
const SUBNETS = '10.97.0.0/16';

/** The settings; a clash of the two ranges of addresses goes to the problems. */
export function networkSettings(
  tree: Tree,
  entry: InventoryEntry | undefined,
  problems: FleetError[],
): NetworkSettings {
  const vips = entry?.network?.vips ?? { cidr: VIPS, block: parseCidr(VIPS) };
  const subnets = entry?.network?.subnets ?? { cidr: SUBNETS, block: parseCidr(SUBNETS) };
  if (overlaps(vips.block, subnets.block)) {
    const key = entry?.network?.subnets === undefined ? 'vips' : 'subnets';
    problems.push(
      problemAt({ tree, path: ['network', key] }, 'E_CLASH', `vips ${vips.cidr} and subnets ${subnets.cidr} overlap`, {
        expected: 'two ranges without a common address',
      }),
    );
  }
  return {
    vipRange: vips.cidr,
    subnetRange: subnets.cidr,
    portRange: entry?.network?.ports ?? [20_000, 29_999],
    routerImage: entry?.router?.image ?? 'nginx:1.30',
    shutdownTimeoutMs: entry?.router?.shutdown_timeout ?? 30_000,
    keepaliveMinMs: entry?.router?.keepalive_min_timeout ?? 3000,
  };
}
