/** Checks on what several keys say together, within a service and between services. */

import { checkScale } from '../scale/checks.ts';
import { isJob, modeOf } from '../service/amounts.ts';
import { claimOf, ingressOf, mountsOf, publishedOf } from '../service/build.ts';
import { rolloutOf, startsFirst, writtenVolumes } from '../service/rollout.ts';
import type { ServiceEntry } from '../service/schema.ts';
import { find } from '../tree.ts';
import { checkConflicts } from './conflicts.ts';
import { type Claim, type Draft, inFileOrder, placeOf, report, reportClashes } from './context.ts';

/** Lists everything that can not be true together. */
export function checkTogether(draft: Draft): void {
  for (const [name, entry] of draft.services) {
    checkConflicts(draft, name, entry);
    checkEntrypoint(draft, name, entry);
    checkJob(draft, name, entry);
    checkGlobal(draft, name, entry);
    checkWriters(draft, name, entry);
    checkBake(draft, name, entry);
    checkScale(draft, name, entry);
  }
  const each = (claims: (draft: Draft, name: string, entry: ServiceEntry) => readonly Claim[]) =>
    inFileOrder(
      draft,
      draft.services.flatMap(([name, entry]) => claims(draft, name, entry)),
    );
  reportClashes(draft, each(fileClaims));
  reportClashes(draft, each(ingressClaims));
  reportClashes(draft, [...httpClaims(draft), ...each(portClaims)]);
  reportClashes(draft, nameClaims(draft));
  checkHttpsPort(draft);
}

/** The path of a service's n-th ingress, which can stand alone or in a list. */
export function ingressPath(draft: Pick<Draft, 'tree'>, service: string, index: number): readonly (string | number)[] {
  const path = ['services', service, 'x-fleet', 'ingress'];
  return find(draft.tree, path)?.kind === 'list' ? [...path, index] : path;
}

/** Docker's command takes the image's command away with its entrypoint. */
function checkEntrypoint(draft: Draft, name: string, { entrypoint, command = [] }: ServiceEntry): void {
  if (entrypoint?.length !== 0 || command.length > 0) return;
  report(
    draft,
    placeOf(draft, name, 'entrypoint'),
    'E_UNSUPPORTED',
    "an empty entrypoint takes the image's command away, too, and nothing is left to run",
    { hint: "add command: with what is to run, or remove entrypoint to have the image's own" },
  );
}

function checkJob(draft: Draft, name: string, entry: ServiceEntry): void {
  if (!isJob(entry)) return;
  const isSaid = find(draft.tree, ['services', name, 'x-fleet', 'job']) !== undefined;
  const isMode = entry.deploy?.mode?.endsWith('-job') === true;
  const other = isSaid ? 'remove x-fleet.job' : isMode ? 'change deploy.mode' : 'do not wait for its end';
  const refuse = (path: readonly string[], message: string) =>
    report(draft, placeOf(draft, name, ...path), 'E_VALUE', message, { hint: `remove it, or ${other}` });
  if ((entry.ports ?? []).length > 0) refuse(['ports'], 'a job serves nobody: it can have no ports');
  if ((entry.expose ?? []).length > 0) refuse(['expose'], 'a job serves nobody: it can have no ports');
  if (entry['x-fleet']?.ingress !== undefined)
    refuse(['x-fleet', 'ingress'], 'a job serves nobody: it can have no ingress');
}

function checkGlobal(draft: Draft, name: string, entry: ServiceEntry): void {
  if (modeOf(entry) !== 'global') return;
  const paths = [['deploy', 'replicas'], ['scale']];
  for (const path of paths.filter((one) => find(draft.tree, ['services', name, ...one]) !== undefined)) {
    report(draft, placeOf(draft, name, ...path), 'E_VALUE', `means nothing with mode: ${entry.deploy?.mode}`, {
      hint: `remove ${path.at(-1)}, or mode: ${entry.deploy?.mode}`,
    });
  }
}

/** Two colours must not write to one volume. */
function checkWriters(draft: Draft, name: string, entry: ServiceEntry): void {
  const [volume] = writtenVolumes(entry);
  if (volume === undefined || !startsFirst(rolloutOf(entry)) || isJob(entry)) return;
  report(
    draft,
    placeOf(draft, name, 'x-fleet', 'rollout'),
    'E_VALUE',
    `old and new replicas would write to the volume "${volume}" at the same time`,
    {
      hint: 'use rollout: recreate, or mount the volume read-only (":ro")',
    },
  );
}

/** Only what runs beside its successor can stay warm. */
function checkBake(draft: Draft, name: string, entry: ServiceEntry): void {
  if ((entry['x-fleet']?.rollout?.bakeMs ?? 0) === 0) return;
  const refuse = (message: string, hint: string) =>
    report(draft, placeOf(draft, name, 'x-fleet', 'rollout', 'bake'), 'E_VALUE', message, { hint });
  if (isJob(entry)) refuse('a job leaves nothing that could stay warm', 'remove bake');
  else if (!startsFirst(rolloutOf(entry))) {
    const writes = writtenVolumes(entry).length > 0;
    refuse(
      'the replicas before are stopped before new ones start: none of them can stay warm',
      writes ? 'remove bake' : 'remove bake, or use rollout: { kind: blue-green, bake: 10m }',
    );
  }
}

function fileClaims(draft: Draft, name: string, entry: ServiceEntry): readonly Claim[] {
  const claim = (target: string, key: string, index: number): Claim => ({
    key: `${name} ${target}`,
    what: `path ${target} in the container`,
    service: name,
    where: placeOf(draft, name, key, index),
  });
  return [
    ...mountsOf(entry).map(({ mount, key, index }) => claim(mount.target, key, index)),
    ...(entry.secrets ?? []).map(({ target }, index) => claim(target, 'secrets', index)),
    ...(entry.configs ?? []).map(({ target }, index) => claim(target, 'configs', index)),
  ];
}

function ingressClaims(draft: Draft, name: string, entry: ServiceEntry): readonly Claim[] {
  return ingressOf(name, entry).map(({ ingress, index }) => ({
    key: claimOf(ingress),
    what: `ingress ${ingress.host ?? 'any host,'}${ingress.path}`,
    service: name,
    where: { tree: draft.tree, path: ingressPath(draft, name, index) },
  }));
}

/** The edges' own HTTP and HTTPS ports, as soon as there is an ingress. */
function httpClaims(draft: Draft): readonly Claim[] {
  const all = draft.services.flatMap(([name, entry]) => ingressOf(name, entry).map((one) => ({ name, ...one })));
  const first = all[0];
  const firstTls = all.find(({ ingress }) => ingress.tls !== undefined);
  const claim = (port: number, one: (typeof all)[number] | undefined): readonly Claim[] =>
    one === undefined
      ? []
      : [
          {
            key: `${port}/tcp`,
            what: `published port ${port}/tcp`,
            service: `${one.name} (ingress)`,
            where: { tree: draft.tree, path: ingressPath(draft, one.name, one.index) },
          },
        ];
  return [...claim(80, first), ...claim(443, firstTls)];
}

function portClaims(draft: Draft, name: string, entry: ServiceEntry): readonly Claim[] {
  return publishedOf(entry).map(({ published: { published, protocol }, index }) => {
    const transport = protocol === 'udp' ? 'udp' : 'tcp';
    return {
      key: `${published}/${transport}`,
      what: `published port ${published}/${transport}`,
      service: name,
      where: placeOf(draft, name, 'ports', index),
    };
  });
}

/** Port 443 of the edges is one for all apps, told apart by the name that is asked for: only an ingress has a name. */
function checkHttpsPort(draft: Draft): void {
  const hasTls = ([name, entry]: Draft['services'][number]) =>
    ingressOf(name, entry).some(({ ingress }) => ingress.tls !== undefined);
  // Then it is a clash with that ingress, which is said already.
  if (draft.services.some(hasTls)) return;
  for (const [name, entry] of draft.services) {
    for (const { published, index } of publishedOf(entry)) {
      if (published.published !== 443 || published.protocol === 'udp') continue;
      const message = 'on port 443 the edges take HTTPS for all apps';
      const hint =
        'give the service x-fleet: { ingress: [{ host: …, port: …, tls: … }] } with its certificate, or publish another port';
      report(draft, placeOf(draft, name, 'ports', index), 'E_CLASH', message, { hint });
    }
  }
}

/** Every name under which a service is reached on a network: its own first, then aliases and its container's name. */
function nameClaims(draft: Draft): readonly Claim[] {
  const all = draft.services.flatMap(([service, entry]) =>
    Object.entries(entry.networks ?? { default: [] }).map(([network, aliases]) => ({
      ...{ service, network, aliases },
      container: entry.container_name,
    })),
  );
  const own = all.map(({ service, network }) => ({ name: service, service, network, path: [] as (string | number)[] }));
  const further = all.flatMap(({ service, network, aliases, container }) => [
    ...[...new Set(aliases)].map((name) => ({
      ...{ name, service, network },
      path: ['networks', network, 'aliases', aliases.indexOf(name)],
    })),
    ...(container === undefined || aliases.includes(container)
      ? []
      : [{ name: container, service, network, path: ['container_name'] }]),
  ]);
  return [...own, ...further.filter(({ name, service }) => name !== service)].map(
    ({ name, service, network, path }) => ({
      key: `${network} ${name}`,
      what: `name "${name}" on the network ${network}`,
      service,
      where: placeOf(draft, service, ...path),
    }),
  );
}
