/** Named volumes are on one host each: what is declared must be there, and together where one service needs several. */
import type { FleetError } from '../model/error.ts';
import { hostUp, type World } from './desire/world.ts';
import { problemAt } from './place/explain.ts';
import { isOfOneHost } from './place/homes.ts';

/** External volumes that are nowhere, and services whose volumes lie apart. */
export function volumeProblems(world: World): FleetError[] {
  return [...externalVolumes(world), ...scatteredVolumes(world)];
}

/** A volume that fleet does not make must be on some host. */
function externalVolumes({ playbook, up, observed }: World): FleetError[] {
  const isThere = (volume: string): boolean =>
    up.some(({ name }) => hostUp(observed, name)?.volumes.includes(volume) === true) ||
    Object.values(observed.hosts).some((state) => !state.reachable && state.before?.volumes.includes(volume) === true);
  return playbook.services.flatMap((service) =>
    service.mounts
      .flatMap((mount) => (mount.kind === 'volume' ? [mount.volume] : []))
      .filter((volume) => playbook.volumeOrigins?.[volume]?.isExternal === true && !isThere(volume))
      .map((volume) =>
        problemAt(playbook, service.name, {
          code: 'E_REFERENCE',
          message: `${service.name} needs the volume ${volume}, which is external, and no host has it`,
          hint: `make it on the host where it belongs: docker volume create ${volume}`,
        }),
      ),
  );
}

/** A service can not run where all of its volumes are when no host has them all; with empty ones it would seem to lose data. */
function scatteredVolumes({ playbook, up, observed }: World): FleetError[] {
  return playbook.services.flatMap((service) => {
    if (service.mode === 'global') return [];
    const own = service.mounts.flatMap((mount) => (mount.kind === 'volume' ? [mount.volume] : []));
    const found = own
      .filter((volume) => isOfOneHost(volume, playbook.volumeOrigins))
      .map((volume) => ({
        volume,
        holders: up.flatMap(({ name }) => (hostUp(observed, name)?.volumes.includes(volume) === true ? [name] : [])),
      }))
      .filter(({ holders }) => holders.length > 0);
    const together = up.some(({ name }) => found.every(({ holders }) => holders.includes(name)));
    if (found.length < 2 || together) return [];
    const where = found.map(({ volume, holders }) => `${volume} is on ${holders.join(', ')}`).join('; ');
    return [
      problemAt(playbook, service.name, {
        code: 'E_UNPLACEABLE',
        message: `${service.name}: no host has all of its volumes: ${where}`,
        hint: 'move the data of one to the host of the other, or name a new volume, which begins empty',
      }),
    ];
  });
}
