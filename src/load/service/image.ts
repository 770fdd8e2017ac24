/** `image` and `build`: fleet runs images and builds none. */
import { isAbsolute, join } from 'node:path';
import type { z } from 'zod';
import { line } from '../../model/quote.ts';
import { bad, fields, loose } from '../schema.ts';
import { environment } from './lists.ts';

/** What of `build` the command needs that builds the image by hand; the rest of it is for those who build. */
export interface BuildEntry {
  readonly context?: string | undefined;
  readonly dockerfile?: string | undefined;
  readonly target?: string | undefined;
  readonly args?: Readonly<Record<string, string | null>> | undefined;
}

/** `build:`. */
export const buildSchema: z.ZodType<BuildEntry> = fields({
  context: loose('a path').optional(),
  dockerfile: loose('a path').optional(),
  target: loose('a stage').optional(),
  args: environment.optional(),
});

/** The name of an image as given. Throws E_VALUE. */
export function parseImage(image: string): string {
  const form =
    /^([A-Za-z0-9.-]+(:\d+)?\/)?[a-z0-9]+([._/-]+[a-z0-9]+)*(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@sha256:[0-9a-f]{64})?$/;
  if (form.test(image)) return image;
  throw bad(`${JSON.stringify(image)} is not the name of an image`, {
    expected: 'an image such as nginx:1.30 or registry.example/team/app:7',
  });
}

/** The commands that make an image of the service and put it where hosts find it, and the line that names it. */
export function buildByHand(
  app: string,
  service: string,
  { context = '.', dockerfile, target, args = {} }: BuildEntry,
) {
  const image = `REGISTRY/${app}-${service}:TAG`;
  const isLocal = !context.includes('://') && !context.startsWith('git@');
  const file = dockerfile === undefined || !isLocal || isAbsolute(dockerfile) ? dockerfile : join(context, dockerfile);
  const words = [
    ...['-t', image],
    ...(dockerfile === undefined || dockerfile === 'Dockerfile' ? [] : ['-f', file ?? dockerfile]),
    ...(target === undefined ? [] : ['--target', target]),
    ...Object.entries(args).flatMap(([name, value]) => ['--build-arg', value === null ? name : `${name}=${value}`]),
  ];
  return `${line('docker', 'build', ...words, context)} && ${line('docker', 'push', image)}, then add here: image: ${image}`;
}
