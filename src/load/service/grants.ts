/** `secrets` and `configs` of a service: which file goes where in the container. */
import type { z } from 'zod';
import type { FileGrant } from '../../model/playbook.ts';
import { bad, checked, fields, list, parsed, text } from '../schema.ts';
import { parseMode, parseWhole } from '../units.ts';

/** `secrets:`; relative targets are below /run/secrets. */
export const secretGrants: z.ZodType<readonly FileGrant[]> = grants('/run/secrets/');

/** `configs:`; relative targets are below the root. */
export const configGrants: z.ZodType<readonly FileGrant[]> = grants('/');

function grants(folder: string): z.ZodType<readonly FileGrant[]> {
  const id = parsed('a numeric id', (value) => parseWhole(value, 0, 4_294_967_294));
  return list(
    checked(
      fields({
        source: text('a name'),
        target: text('a path').optional(),
        uid: id.optional(),
        gid: id.optional(),
        mode: parsed('permission bits such as "0440"', parseMode).optional(),
      }),
      ({ source, target, uid, gid, mode }): FileGrant => ({
        source,
        target: absolute(target ?? source, folder),
        uid: uid ?? 0,
        gid: gid ?? 0,
        mode: mode ?? 0o444,
      }),
    ),
  );
}

function absolute(target: string, folder: string): string {
  const path = target.startsWith('/') ? target : `${folder}${target}`;
  if (path.endsWith('/') || path.split('/').includes('..')) {
    throw bad(`"${target}" can not be a file in the container`, { expected: 'a path of a file, without ".."' });
  }
  return path;
}
