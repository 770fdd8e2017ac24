/** `healthcheck`, with Docker's defaults. */
import type { z } from 'zod';
import type { Healthcheck } from '../../model/playbook.ts';
import { bad, checked, fields, list, loose, parsed } from '../schema.ts';
import { parseDuration, parseSwitch, parseWhole } from '../units.ts';

const duration = parsed('a duration such as 30s', parseDuration);

/** `healthcheck:`. Without a test it is the image's own, of which 0 leaves a number as it is. */
export const healthSchema: z.ZodType<Healthcheck> = fields({
  test: checked(list(loose()), commandForm).optional(),
  interval: duration.optional(),
  timeout: duration.optional(),
  start_period: duration.optional(),
  retries: parsed('a number', (value) => parseWhole(value, 0, 1000)).optional(),
  disable: parsed('true or false', parseSwitch).optional(),
}).transform((check) => {
  const test = check.disable === true ? ['NONE'] : (check.test ?? []);
  const isOwn = test.length === 0;
  return {
    test,
    intervalMs: check.interval || (isOwn ? 0 : 30_000),
    timeoutMs: check.timeout || (isOwn ? 0 : 30_000),
    retries: check.retries || (isOwn ? 0 : 3),
    startPeriodMs: check.start_period ?? 0,
  };
});

function commandForm(words: readonly string[]): readonly string[] {
  const [form, ...rest] = words;
  if (form === undefined) return words;
  if (form === 'NONE' && rest.length === 0) return words;
  if (form === 'CMD' && rest.length > 0) return words;
  if (form === 'CMD-SHELL' && rest.length === 1) return words;
  const fix = form === 'CMD' || form === 'CMD-SHELL' ? {} : { hint: `put "CMD" before ${JSON.stringify(form ?? '')}` };
  throw bad('is not a test', { expected: '["CMD", word, ...], ["CMD-SHELL", line] or ["NONE"]', ...fix });
}
