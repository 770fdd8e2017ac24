/** What a release asked for, whole: enough to heal, scale, move and bring back without any file of the one who deployed. */
import type { ImageFacts } from './observed.ts';
import type { Playbook } from './playbook.ts';

/**
 * Kept beside the record of the release on every keeper, compressed. It has names and digests of secrets, never values:
 * those are in the containers. Images are what their names meant then, so no registry is asked again.
 */
export interface ReleaseBody {
  readonly version: 1;
  /** Resolved and checked, without locations: the files it came from are not at hand. */
  readonly playbook: Playbook;
  /** By image name as written, the router's among them. */
  readonly images: Readonly<Record<string, ImageFacts>>;
  /** Service -> what its image meant when it was deployed last, where that is not what `images` says. */
  readonly pins?: Readonly<Record<string, ImageFacts>>;
}

/** `000007.json`: the record of a release, below ~/.fleet/APP/releases on each keeper. */
export function recordFile(release: number): string {
  return `${numbered(release)}.json`;
}

/** `000007.body.json.gz`: its body, beside it. */
export function bodyFile(release: number): string {
  return `${numbered(release)}.body.json.gz`;
}

function numbered(release: number): string {
  return String(release).padStart(6, '0');
}
