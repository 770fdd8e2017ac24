/** Releases of shop as keepers have them, for tests of what is shown of them. */

import type { HostUp, ReleaseRecord } from '../../src/model/observed.ts';
import type { Service } from '../../src/model/playbook.ts';
import { bodyFile, type ReleaseBody } from '../../src/model/release.ts';
import { facts, playbook } from './compile/worlds.ts';
import { hostUp } from './fake-stages.ts';

/** A release in which every service has the spec and the image that are given as "SPEC IMAGE". */
export function aRecord(
  release: number,
  services: Readonly<Record<string, string>>,
  overrides: Partial<ReleaseRecord> = {},
): ReleaseRecord {
  const words = Object.entries(services).map(([name, text]) => [name, text.split(' ')] as const);
  return {
    app: 'shop',
    release,
    at: Date.UTC(2026, 10, 20 + release, 9, 0, 0),
    by: 'ann@laptop',
    planDigest: `plan${release}`,
    specs: Object.fromEntries(words.map(([name, [spec = '']]) => [name, spec])),
    images: Object.fromEntries(words.map(([name, [, image = '', digest]]) => [name, imageOf(image, digest)])),
    body: `body${release}`,
    ...overrides,
  };
}

/** A keeper with these records, and with the bodies of these releases. */
export function aKeeper(records: readonly ReleaseRecord[], bodies: readonly number[]): HostUp {
  const names = [...bodies].sort((a, b) => a - b).map(bodyFile);
  return hostUp({ releases: { shop: records }, recordFiles: { shop: names } });
}

/** What a release with these services asked for. */
export function aBody(services: readonly Service[], overrides: Partial<ReleaseBody['playbook']> = {}): ReleaseBody {
  const images = Object.fromEntries(services.map(({ image }) => [image, facts(image)]));
  return { version: 1, playbook: playbook(services, overrides), images };
}

function imageOf(image: string, digest: string | undefined): ReleaseRecord['images'][string] {
  return digest === undefined ? { image } : { image, digest };
}
