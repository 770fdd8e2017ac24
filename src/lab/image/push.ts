/** Puts images into a registry through its HTTP API, and asks what it has. */

import { readFile } from 'node:fs/promises';
import { FleetError } from '../../model/error.ts';
import type { Layer } from './layer.ts';
import { type ImageTexts, MANIFEST_TYPE } from './manifest.ts';

const LIMIT_MS = 60_000;

/** Uploads what the registry lacks of an image, then names it. Raises E_LAB_REGISTRY. */
export async function pushImage(
  registry: string,
  name: { readonly repository: string; readonly tag: string },
  image: { readonly texts: ImageTexts; readonly layers: readonly Layer[] },
): Promise<void> {
  const repository = `${registry}/v2/${name.repository}`;
  for (const layer of image.layers) await pushBlob(repository, layer.digest, () => readFile(layer.file));
  await pushBlob(repository, image.texts.configDigest, async () => Buffer.from(image.texts.config));
  const headers = { 'content-type': MANIFEST_TYPE };
  await ask('PUT', `${repository}/manifests/${name.tag}`, { headers, body: image.texts.manifest });
}

/** Does the registry have an image of that name? */
export async function hasImage(registry: string, repository: string, tag: string): Promise<boolean> {
  const url = `${registry}/v2/${repository}/manifests/${tag}`;
  const answer = await fetch(url, {
    method: 'HEAD',
    headers: { accept: MANIFEST_TYPE },
    signal: AbortSignal.timeout(LIMIT_MS),
  });
  return answer.ok;
}

async function pushBlob(repository: string, digest: string, read: () => Promise<Buffer>): Promise<void> {
  const there = await fetch(`${repository}/blobs/${digest}`, { method: 'HEAD', signal: AbortSignal.timeout(LIMIT_MS) });
  if (there.ok) return;
  const started = await ask('POST', `${repository}/blobs/uploads/`, {});
  const upload = new URL(started.headers.get('location') ?? '', repository);
  upload.searchParams.set('digest', digest);
  const headers = { 'content-type': 'application/octet-stream' };
  await ask('PUT', upload.href, { headers, body: new Uint8Array(await read()) });
}

async function ask(method: string, url: string, init: RequestInit): Promise<Response> {
  const answer = await fetch(url, { ...init, method, signal: AbortSignal.timeout(LIMIT_MS) });
  if (answer.ok) return answer;
  throw new FleetError('E_LAB_REGISTRY', `the image registry answered ${answer.status} to ${method} ${url}`, {
    notes: [(await answer.text()).slice(0, 400)],
  });
}
