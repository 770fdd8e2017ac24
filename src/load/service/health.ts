/** `healthcheck`, with Docker's defaults. */
import type { z } from 'zod';
import type { Healthcheck } from '../../model/playbook.ts';
import { attempt, bad, checked, choose, keys, list, loose, notHandled, parsed, text } from '../schema.ts';
import { parseDuration, parseSwitch, parseWhole } from '../units.ts';

const duration = parsed('a duration such as 30s', parseDuration);

const test: z.ZodType<readonly string[]> = choose<readonly string[]>(
  Array.isArray,
  checked(list(loose()), commandForm),
  text('a command').transform((line) => (line === 'NONE' ? ['NONE'] : ['CMD-SHELL', line])),
);

/** `healthcheck:`. */
export const healthSchema: z.ZodType<Healthcheck> = keys({
  test: test.optional(),
  interval: duration.optional(),
  timeout: duration.optional(),
  start_period: duration.optional(),
  retries: parsed('a number', (value) => parseWhole(value, 1, 1000)).optional(),
  disable: parsed('true or false', parseSwitch).optional(),
  ...notHandled({ start_interval: 'leave it out: interval counts from the start' }),
}).transform((check, ctx) =>
  attempt(ctx, () => {
    if (check.test === undefined && check.disable !== true) {
      throw bad('has no test', { expected: 'test: ["CMD", ...]', hint: 'repeat the test of the image here' });
    }
    return {
      test: check.disable === true ? ['NONE'] : (check.test ?? ['NONE']),
      intervalMs: check.interval ?? 30_000,
      timeoutMs: check.timeout ?? 30_000,
      retries: check.retries ?? 3,
      startPeriodMs: check.start_period ?? 0,
    };
  }),
);

function commandForm(words: readonly string[]): readonly string[] {
  const [form, ...rest] = words;
  if (form === 'NONE' && rest.length === 0) return words;
  if (form === 'CMD' && rest.length > 0) return words;
  if (form === 'CMD-SHELL' && rest.length === 1) return words;
  const fix = form === 'CMD' || form === 'CMD-SHELL' ? {} : { hint: `put "CMD" before ${JSON.stringify(form ?? '')}` };
  throw bad('is not a test', { expected: '["CMD", word, ...], ["CMD-SHELL", line] or ["NONE"]', ...fix });
}
