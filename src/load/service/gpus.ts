/** `gpus` and reserved devices, each entry as one `--gpus` of docker. */
import type { z } from 'zod';
import { bad, checked, fields, list, loose, parsed, record, unsupported } from '../schema.ts';
import { parseWhole } from '../units.ts';

/** `gpus:` and `deploy.resources.reservations.devices:`. */
export const gpus: z.ZodType<readonly string[]> = list(
  checked(
    fields({
      capabilities: list(loose('a capability')).optional(),
      count: parsed('a number, or all', (value) => (value === 'all' ? -1 : parseWhole(value, -1, 10_000))).optional(),
      device_ids: list(loose('an id')).optional(),
      driver: loose('a driver').optional(),
      options: record(loose()).optional(),
    }),
    gpuWord,
  ),
);

interface Gpu {
  readonly capabilities?: readonly string[] | undefined;
  readonly count?: number | undefined;
  readonly device_ids?: readonly string[] | undefined;
  readonly driver?: string | undefined;
  readonly options?: Readonly<Record<string, string>> | undefined;
}

/** `--gpus` is a CSV record; docker itself adds the capability "gpu" to those that are named. */
function gpuWord({ capabilities = [], count, device_ids: ids, driver, options = {} }: Gpu): string {
  if (capabilities.length > 0 && !capabilities.includes('gpu')) {
    throw unsupported(
      `devices with ${capabilities.join(', ')} and without gpu can not be asked for with the docker command`,
      'use devices: with the paths of the devices',
    );
  }
  if (count !== undefined && ids !== undefined) {
    throw bad('has both count and device_ids', { expected: 'one of them' });
  }
  const more = capabilities.filter((one) => one !== 'gpu');
  const settings = Object.entries(options).map(([name, value]) => `${name}=${value}`);
  const fields = [
    ...(driver === undefined ? [] : [`driver=${driver}`]),
    ids === undefined ? `count=${count === undefined || count === -1 ? 'all' : count}` : `device=${ids.join(',')}`,
    ...(more.length === 0 ? [] : [`capabilities=${more.join(',')}`]),
    ...(settings.length === 0 ? [] : [`options=${settings.join(',')}`]),
  ];
  return fields.map(csvField).join(',');
}

function csvField(field: string): string {
  return /[",\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
