/** Where the value of a secret lies on the hosts: in the containers that were given it, and in the edges' certificates. */
import { HOME_FOLDER } from '../model/labels.ts';
import type { Observed } from '../model/observed.ts';
import type { Plan } from '../model/plan.ts';
import type { Playbook } from '../model/playbook.ts';
import { line } from '../model/quote.ts';
import { existingContainers } from './desire/world.ts';
import { tlsFile } from './nginx/text.ts';

/** A secret that a plan feeds, and lines that print its value in base64: any of them may do. */
export interface SecretPlaces {
  readonly name: string;
  /** SHA-256 of the value. */
  readonly digest: string;
  readonly places: readonly { readonly host: string; readonly line: string }[];
}

/** Every secret that the plan's steps feed, with its places, sorted by name. */
export function secretPlaces(plan: Plan, playbook: Playbook, observed: Observed): SecretPlaces[] {
  const needed = new Map<string, string>();
  for (const { commands } of plan.steps) {
    for (const command of commands) {
      if (command.kind !== 'run' || command.stdin?.kind !== 'archive') continue;
      for (const { content } of command.stdin.entries)
        if (content.kind === 'secret') needed.set(content.name, content.digest);
    }
  }
  return [...needed]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, digest]) => ({
      name,
      digest,
      places: [...inContainers(name, playbook, observed), ...onEdges(name, playbook, observed)],
    }));
}

/** `docker cp` reads stopped containers, too; the tar stream has one file. */
function inContainers(name: string, playbook: Playbook, observed: Observed): SecretPlaces['places'] {
  const targets = new Map(
    playbook.services.flatMap((service) =>
      service.secrets
        .filter(({ source }) => source === name)
        .map(({ target }): [string, string] => [service.name, target]),
    ),
  );
  return existingContainers(playbook.app, observed).flatMap(({ container, host }) => {
    const target = targets.get(container.service);
    if (target === undefined) return [];
    const copy = line('docker', 'cp', '--follow-link', `${container.name}:${target}`, '-');
    return [{ host, line: `${copy} | tar -xOf - | base64` }];
  });
}

function onEdges(name: string, { app, services }: Playbook, observed: Observed): SecretPlaces['places'] {
  const files = services
    .flatMap(({ ingress }) => ingress)
    .flatMap((ingress) => [
      ...(ingress.tls?.certificate === name ? [tlsFile(ingress, 'certificate')] : []),
      ...(ingress.tls?.key === name ? [tlsFile(ingress, 'key')] : []),
    ]);
  const edges = Object.keys(observed.hosts).sort();
  return [...new Set(files)].flatMap((file) =>
    edges.flatMap((host) => {
      const state = observed.hosts[host];
      if (!state?.reachable || state.router.apps[app] === undefined) return [];
      return [{ host, line: `base64 <${line(`${state.home}/${HOME_FOLDER}/router/current/${app}/${file}`)}` }];
    }),
  );
}
