/** Sentences about keys that are accepted and mean something else, or nothing, on a fleet. */
import type { ServiceEntry } from '../service/schema.ts';
import type { Draft } from './context.ts';

/** The notes of a draft, one sentence each. */
export function notesOf(draft: Draft): string[] {
  const version = draft.top.version === undefined ? [] : ['version: obsolete in the Compose Specification, not used'];
  return [...version, ...draft.services.flatMap(([name, entry]) => serviceNotes(name, entry))];
}

function serviceNotes(name: string, entry: ServiceEntry): readonly string[] {
  const at = `services.${name}`;
  const update = entry.deploy?.update_config;
  const hasVolume = (entry.volumes ?? []).some((mount) => mount.kind === 'volume');
  const local = (entry.ports ?? []).flat().filter((port) => port.isLocal);
  return [
    ...local.map(
      (port) =>
        `${at}.ports: ${port.published} is for 127.0.0.1 only, so it is not published; services reach ${name}:${port.port}`,
    ),
    ...((entry.depends_on ?? []).some(({ restarts }) => restarts)
      ? [`${at}.depends_on: restart is not needed, addresses of services do not change`]
      : []),
    ...(entry.deploy?.rollback_config === undefined
      ? []
      : [`${at}.deploy.rollback_config: checked only, a rollback is a deploy and goes by update_config`]),
    ...(hasVolume && entry['x-fleet']?.rollout === undefined && update?.order === 'start-first'
      ? [`${at}.deploy.update_config.order: a service with a named volume is recreated, so it stops first`]
      : []),
    ...(entry.restart !== undefined && entry.deploy?.restart_policy !== undefined
      ? [`${at}.restart: deploy.restart_policy wins`]
      : []),
  ];
}
