/** The texts that describe an image to a registry and to Docker: its config and its manifest. Pure. */

import { createHash } from 'node:crypto';
import type { Layer } from './layer.ts';
import type { RunConfig } from './recipe/recipe.ts';

/** The media type of the manifests made here. */
export const MANIFEST_TYPE = 'application/vnd.docker.distribution.manifest.v2+json';

/** The two texts of an image. */
export interface ImageTexts {
  readonly config: string;
  readonly configDigest: string;
  readonly manifest: string;
}

/** Config and manifest (image manifest version 2, schema 2) of an image with these layers, lowest first. */
export function describeImage(
  run: RunConfig,
  architecture: string,
  layers: readonly Pick<Layer, 'digest' | 'bytes'>[],
): ImageTexts {
  const config = JSON.stringify({
    architecture,
    os: 'linux',
    created: '1970-01-01T00:00:00Z',
    config: run,
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.digest) },
    history: layers.map(() => ({ created: '1970-01-01T00:00:00Z', created_by: 'fleet lab' })),
  });
  const configDigest = digestOf(config);
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: {
      mediaType: 'application/vnd.docker.container.image.v1+json',
      size: Buffer.byteLength(config),
      digest: configDigest,
    },
    layers: layers.map((layer) => ({
      mediaType: 'application/vnd.docker.image.rootfs.diff.tar',
      size: layer.bytes,
      digest: layer.digest,
    })),
  });
  return { config, configDigest, manifest };
}

/** What images call this machine's processor. */
export function imageArchitecture(nodeArchitecture: string): string {
  return nodeArchitecture === 'x64' ? 'amd64' : nodeArchitecture;
}

function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}
