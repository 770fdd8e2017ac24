/** Sentences about what is accepted and means something else on a fleet because of its value or of what is beside it. */
import { scaleNotes } from '../scale/notes.ts';
import { isJob, modeOf, replicasOf } from '../service/amounts.ts';
import type { PortEntry } from '../service/ports.ts';
import type { ServiceEntry } from '../service/schema.ts';
import type { Draft } from './context.ts';

/** The notes of a draft, one sentence each. */
export function notesOf(draft: Draft): string[] {
  return draft.services.flatMap(([name, entry]) => [
    ...(entry.ports ?? []).flatMap((port) => portNotes(name, port)),
    ...volumeNotes(name, entry),
    ...restartNotes(name, entry),
    ...nameNotes(name, entry),
    ...scaleNotes(name, entry),
  ]);
}

function portNotes(name: string, port: PortEntry): readonly string[] {
  const { published, upTo } = port;
  const at = `services.${name}.ports`;
  const reached = `services reach ${name}:${port.port}`;
  if (published === undefined) return [`${at}: ${port.port} has no published port, so it is not published; ${reached}`];
  if (port.isLocal) return [`${at}: ${published} is for 127.0.0.1 only, so it is not published; ${reached}`];
  return upTo === undefined ? [] : [`${at}: of the ports ${published}-${upTo} the first is taken`];
}

function volumeNotes(name: string, entry: ServiceEntry): readonly string[] {
  const volumes = entry.volumes ?? [];
  const nameless = volumes.filter((mount) => mount.kind === 'nameless');
  const isOrderOff =
    volumes.some((mount) => mount.kind === 'volume') &&
    entry['x-fleet']?.rollout?.way === undefined &&
    entry.deploy?.update_config?.order === 'start-first';
  const named = volumes.flatMap((mount) => (mount.kind === 'volume' ? [mount.volume] : []));
  const replicas = replicasOf(entry) ?? 1;
  const isEachOwn = named.length > 0 && replicas > 1 && modeOf(entry) === 'replicated' && !isJob(entry);
  return [
    ...(isEachOwn
      ? [
          `services.${name}.volumes: each of the ${replicas} replicas has ${[...new Set(named)].join(', ')} of its own host, where Compose has one for all`,
        ]
      : []),
    ...nameless.map(
      ({ target }) => `services.${name}.volumes: ${target} has no name, so it is new and empty in each new container`,
    ),
    ...(isOrderOff
      ? [`services.${name}.deploy.update_config.order: a service with a named volume is recreated, so it stops first`]
      : []),
  ];
}

function restartNotes(name: string, entry: ServiceEntry): readonly string[] {
  const policy = entry.deploy?.restart_policy;
  const at = policy === undefined ? `services.${name}.restart` : `services.${name}.deploy.restart_policy`;
  const said = policy === undefined ? entry.restart : (policy.condition ?? 'any');
  const ends = said !== undefined && /^(no|none|on-failure)/.test(said);
  if (isJob(entry)) {
    const isKept = said === undefined || said === 'no' || said === 'none';
    return isKept ? [] : [`${at}: not used, a job runs once, and its failure stops the deploy`];
  }
  return [
    ...(entry.restart !== undefined && policy !== undefined
      ? [`services.${name}.restart: deploy.restart_policy wins`]
      : []),
    ...(ends
      ? [`${at}: a replica that ends counts as lost and the next deploy starts it again; what runs once is a job`]
      : []),
  ];
}

function nameNotes(name: string, entry: ServiceEntry): readonly string[] {
  const { container_name: container } = entry;
  const further = container === name ? '' : `${container} is a further name on its networks; `;
  return [
    ...(container === undefined ? [] : [`services.${name}.container_name: ${further}fleet names containers`]),
    ...(entry.build === undefined || entry.image === undefined
      ? []
      : [`services.${name}.build: not used, fleet builds nothing: ${entry.image} must be in its registry`]),
  ];
}
