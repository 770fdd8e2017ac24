/** Volumes at the top of the file: their names in Docker, and how they are made. */
import type { Playbook, VolumeOrigin } from '../../model/playbook.ts';
import { order, same, sortKeys } from '../service/sorting.ts';
import type { TopEntry } from './top.ts';

type VolumeEntry = NonNullable<TopEntry['volumes']>[string];

/** Docker's name of a volume is "app_key" as with Compose, unless it is named or made elsewhere. */
export function volumesOf(app: string, { volumes = {} }: TopEntry): Pick<Playbook, 'volumes' | 'volumeOrigins'> {
  const nameOf = (key: string): string =>
    volumes[key]?.name ?? (volumes[key]?.external === true ? key : `${app}_${key}`);
  const keys = Object.keys(volumes).sort(order);
  const origins = keys.flatMap((key) => {
    const origin = originOf(volumes[key] ?? {});
    return origin === undefined ? [] : [[nameOf(key), origin] as const];
  });
  return {
    volumes: Object.fromEntries(keys.map((key) => [key, nameOf(key)])),
    ...(origins.length === 0 ? {} : { volumeOrigins: Object.fromEntries(origins) }),
  };
}

/** Undefined when there is nothing to say about it. */
function originOf({ driver, driver_opts = {}, labels = {}, external }: VolumeEntry): VolumeOrigin | undefined {
  const isPlain = driver === undefined || driver === 'local';
  const count = Object.keys(driver_opts).length + Object.keys(labels).length;
  if (isPlain && count === 0 && external !== true) return undefined;
  return {
    ...(isPlain ? {} : { driver }),
    options: sortKeys(driver_opts, same),
    labels: sortKeys(labels, same),
    isExternal: external === true,
  };
}
