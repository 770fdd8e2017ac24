/**
 * `fleet deploy SERVICE…`: the playbook that such a deploy leaves behind. Services that are not touched stay as they were
 * deployed last, whatever the files say of them now, so that a later repair does not bring in what nobody deployed.
 */
import type { ImageFacts } from '../../model/observed.ts';
import type { Playbook, Service } from '../../model/playbook.ts';
import type { ReleaseBody } from '../../model/release.ts';

/** A playbook of two times. */
export interface Mixed {
  readonly playbook: Playbook;
  readonly images: Readonly<Record<string, ImageFacts>>;
  readonly pins: Readonly<Record<string, ImageFacts>>;
}

/** The files' playbook with all but the selected services as the last release has them. */
export function mixed(
  files: { readonly playbook: Playbook; readonly images: Readonly<Record<string, ImageFacts>> },
  base: ReleaseBody,
  selected: ReadonlySet<string>,
): Mixed {
  const before = new Map(base.playbook.services.map((service) => [service.name, service]));
  const held = files.playbook.services.flatMap(({ name }) => (selected.has(name) ? [] : (before.get(name) ?? [])));
  const names = new Set(held.map(({ name }) => name));
  const secrets = joined(files.playbook.secrets, base.playbook.secrets);
  const configs = joined(files.playbook.configs, base.playbook.configs);
  const services = files.playbook.services.filter(({ name }) => !names.has(name));
  return {
    playbook: {
      ...base.playbook,
      ...files.playbook,
      services: [...services, ...held.map((one) => renamed(one, secrets.names, configs.names))].sort(byName),
      volumes: { ...base.playbook.volumes, ...files.playbook.volumes },
      carried: { ...base.playbook.carried, ...files.playbook.carried },
      secrets: secrets.all,
      configs: configs.all,
    },
    images: { ...base.images, ...files.images },
    pins: Object.fromEntries(held.flatMap((service) => pinOf(service, base, files.images))),
  };
}

/** A name that means another value now keeps its old value under another name. */
function joined(
  now: Readonly<Record<string, string>>,
  before: Readonly<Record<string, string>>,
): { readonly all: Record<string, string>; readonly names: ReadonlyMap<string, string> } {
  const all: Record<string, string> = { ...now };
  const names = new Map<string, string>();
  for (const [name, value] of Object.entries(before)) {
    if (now[name] === undefined || now[name] === value) {
      all[name] = value;
      continue;
    }
    let other = `${name}.before`;
    while (all[other] !== undefined && all[other] !== value) other = `${other}.before`;
    all[other] = value;
    names.set(name, other);
  }
  return { all, names };
}

/** Certificates are left out: the edges get those of the files. */
function renamed(
  service: Service,
  secrets: ReadonlyMap<string, string>,
  configs: ReadonlyMap<string, string>,
): Service {
  return {
    ...service,
    secrets: service.secrets.map((grant) => ({ ...grant, source: secrets.get(grant.source) ?? grant.source })),
    configs: service.configs.map((grant) => ({ ...grant, source: configs.get(grant.source) ?? grant.source })),
  };
}

function pinOf(
  { name, image }: Service,
  base: ReleaseBody,
  now: Readonly<Record<string, ImageFacts>>,
): [string, ImageFacts][] {
  const was = base.pins?.[name] ?? base.images[image];
  return was === undefined || was.digest === now[image]?.digest ? [] : [[name, was]];
}

function byName(a: Service, b: Service): number {
  return a.name < b.name ? -1 : 1;
}
