/** Makes a layer of a folder: one tar file that is the same to the byte for the same content. */

import { createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { run } from '../command.ts';

/** A tar file and what a manifest says of it. Not compressed: all practice hosts are on this machine. */
export interface Layer {
  readonly file: string;
  readonly digest: string;
  readonly bytes: number;
}

/** Packs the folder into the file. Times are zero, owners are numbers, entries are sorted. */
export async function makeLayer(folder: string, file: string): Promise<Layer> {
  const same = ['--sort=name', '--mtime=@0', '--numeric-owner', '--format=gnu'];
  await run(['tar', ...same, '--directory', folder, '--create', '--file', file, '.']);
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return { file, digest: `sha256:${hash.digest('hex')}`, bytes: statSync(file).size };
}
