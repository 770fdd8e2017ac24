/** A service as a list of named values, as people know them: "environment LEVEL", "image", "mount /data". Pure. */
import { canonicalJson, sha256 } from '../../model/digest.ts';
import type { FileGrant, Mount, Playbook, Service } from '../../model/playbook.ts';
import type { ReleaseBody } from '../../model/release.ts';
import { shortHex } from './words.ts';

/** One value. */
export interface Part {
  /** To compare by. */
  readonly value: string;
  /** To be shown; absent when it is nobody's business. */
  readonly shown?: string;
}

/** What makes values fit to be shown; see config/mask.ts. */
export type Mask = (name: string, value: string) => string;

/** What a playbook says of the service, in the order in which people look. */
export function partsOf(service: Service, body: ReleaseBody, mask: Mask): ReadonlyMap<string, Part> {
  const { container, name, image, mounts, networks, replicas, mode, secrets, configs, ports, published, ...rest } =
    service;
  const { environment, labels, options = {}, ...settings } = container;
  const digest = (body.pins?.[name] ?? body.images[image])?.digest;
  const parts: [string, Part][] = [
    ['image', plain(digest === undefined ? image : `${image}@${shortHex(digest)}`, digest)],
    ['replicas', plain(mode === 'global' ? 'one on each host' : String(replicas))],
    ...masked('environment', environment, mask),
    ...masked('label', labels, mask),
    ['ports', plain(ports.map(({ port, protocol }) => `${port}/${protocol}`).join(' '))],
    ['published', plain(published.map((one) => `${one.published}:${one.target}/${one.protocol}`).join(' '))],
    ['networks', plain(networkWords(networks))],
    ...mounts.map((mount): [string, Part] => [`mount ${mount.target}`, mountPart(mount)]),
    ...secrets.map((grant): [string, Part] => [`secret ${grant.source}`, secretPart(grant, body.playbook)]),
    ...configs.map((grant): [string, Part] => [`config ${grant.source}`, configPart(grant, body.playbook)]),
    ...generic(rest, mask),
    ...generic(settings, mask),
    ...generic(options, mask),
  ];
  return new Map(parts.filter(([, { value }]) => value !== ''));
}

function plain(shown: string, more = ''): Part {
  return { value: `${shown}${more}`, shown };
}

function masked(kind: string, values: Readonly<Record<string, string>>, mask: Mask): [string, Part][] {
  return Object.keys(values)
    .sort()
    .map((name) => {
      const value = values[name] ?? '';
      return [`${kind} ${name}`, { value: JSON.stringify(value), shown: mask(name, value) }];
    });
}

/** "back front(api)": further names under which it is reached stand in brackets. */
function networkWords(networks: Service['networks']): string {
  const words = Object.entries(networks).map(([name, aliases]) =>
    aliases.length === 0 ? name : `${name}(${aliases.join(' ')})`,
  );
  return words.sort().join(' ');
}

function mountPart(mount: Mount): Part {
  return { value: canonicalJson(mount), shown: mountWords(mount) };
}

function mountWords(mount: Mount): string {
  switch (mount.kind) {
    case 'volume':
      return `volume ${mount.volume}${mount.readOnly ? ', read-only' : ''}`;
    case 'nameless':
      return 'a nameless volume';
    case 'bind':
      return `${mount.source}${mount.readOnly ? ', read-only' : ''}`;
    case 'carried':
      return `files ${mount.digest.slice(0, 6)}`;
    case 'tmpfs':
      return `memory${mount.sizeBytes === undefined ? '' : ` of ${mount.sizeBytes} bytes`}`;
    default:
      return mount satisfies never;
  }
}

/** Not even its digest is shown: a short secret could be found by it. */
function secretPart(grant: FileGrant, { secrets }: Playbook): Part {
  return { value: canonicalJson([grant, secrets[grant.source]]) };
}

function configPart(grant: FileGrant, { configs }: Playbook): Part {
  const digest = sha256(configs[grant.source] ?? '');
  return { value: canonicalJson([grant, digest]), shown: `${grant.target} ${shortHex(digest)}` };
}

/** All else, by the model's own names in words: "stop grace ms", "rollout". What is empty is left out. */
function generic(values: object, mask: Mask): [string, Part][] {
  return Object.entries(values)
    .filter(([, value]) => !isNothing(value))
    .map(([key, value]) => {
      const name = key.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
      return [name, { value: canonicalJson(value), shown: mask(name, wordsOf(value)) }];
    });
}

function isNothing(value: unknown): boolean {
  if (value === undefined || value === false || value === '') return true;
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

/** JSON without what only a program needs: "kind:rolling order:start-first". */
function wordsOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(wordsOf).join(' ');
  return canonicalJson(value).replaceAll(/["{}]/g, '').replaceAll(',', ' ');
}
