/** Building blocks of the schemas: zod types that say what fleet's own checks found. */
import * as z from 'zod';
import { FleetError, type FleetErrorDetails } from '../model/error.ts';
import { nearestHint } from './nearest.ts';
import type { Path } from './tree.ts';

// A schema is used once per run: compiling it costs more than it saves.
z.config({ jitless: true });

/** What a zod issue made here carries in `params`. */
export interface Complaint {
  readonly error: FleetError;
  /** Show the key, not its value. */
  readonly about: 'key' | 'value';
}

/** Reports the error at the path below the value in hand. */
function complain(ctx: z.RefinementCtx, error: FleetError, path: Path = [], about: 'key' | 'value' = 'value'): void {
  const params: Complaint = { error, about };
  ctx.addIssue({ code: 'custom', message: error.message, path: [...path], params: { complaint: params } });
}

/** A scalar read by a parser that throws FleetError without a location. Numbers and switches come in as their text. */
export function parsed<T>(expected: string, parse: (text: string) => T): z.ZodType<T> {
  return z.any().transform((value: unknown, ctx): T => {
    if (!isScalar(value)) return refuseType(ctx, expected);
    return attempt(ctx, () => parse(String(value)));
  });
}

/** Text; a number or true/false is an error that asks for quotes, since YAML may have changed what was written. */
export function text(expected = 'text'): z.ZodType<string> {
  return z.any().transform((value: unknown, ctx): string => {
    if (typeof value === 'string') return value;
    return refuseType(ctx, expected, isScalar(value) ? `write it in quotes: "${String(value)}"` : undefined);
  });
}

/** Text, or a number or true/false as its text. */
export function loose(expected = 'text'): z.ZodType<string> {
  return parsed(expected, (value) => value);
}

/** Text that says nothing when it is empty, as after a variable that is not set. */
export function said<T>(expected: string, parse: (value: string) => T): z.ZodType<T | undefined> {
  return parsed(expected, (value) => (value === '' ? undefined : parse(value)));
}

/** One of a few words. */
export function oneOf<const W extends readonly string[]>(...words: W): z.ZodType<W[number]> {
  return parsed(words.join(', '), (value) => {
    const found = words.find((word) => word === value);
    if (found !== undefined) return found;
    const hint = nearestHint(value, words);
    throw bad(`${JSON.stringify(value)} does not fit here`, {
      expected: words.join(', '),
      ...(hint === undefined ? {} : { hint }),
    });
  });
}

/** A map with these keys only; extension keys (x-…) are left out unless named, an empty value is an empty map. */
export function keys<S extends z.ZodRawShape>(fields: S): z.ZodType<z.output<z.ZodObject<S>>> {
  const known = Object.keys(fields).join(' ');
  const strict = z.strictObject(fields, {
    // Read back by problems.ts: the keys to expect.
    error: (issue) => (issue.code === 'unrecognized_keys' ? known : undefined),
  });
  return z.preprocess((value) => withoutExtensions(value, fields), strict);
}

/** A map of which these keys matter: what else is in it is not asked for, or was judged before. Empty is an empty map. */
export function fields<S extends z.ZodRawShape>(shape: S): z.ZodType<z.output<z.ZodObject<S>>> {
  return z.preprocess((value) => value ?? {}, z.object(shape));
}

/** A list; an empty value is an empty list. */
export function list<T extends z.ZodType>(item: T): z.ZodType<z.output<T>[]> {
  return z.preprocess((value) => value ?? [], z.array(item));
}

/** A map with free names; an empty value is an empty map. */
export function record<T extends z.ZodType>(item: T): z.ZodType<Record<string, z.output<T>>> {
  return z.preprocess((value) => value ?? {}, z.record(z.string(), item));
}

/** A value that may also stand alone instead of in a list of one. */
export function oneOrList<T extends z.ZodType>(item: T): z.ZodType<z.output<T>[]> {
  const many = list(item);
  const alone = item.transform((one) => [one]);
  return choose((value) => Array.isArray(value) || value === null, many, alone);
}

/** One of two schemas, chosen by looking at the value: Compose's long and short forms. */
export function choose<T>(
  isFirst: (value: unknown) => boolean,
  first: z.ZodType<T>,
  second: z.ZodType<T>,
): z.ZodType<T> {
  return z.any().transform((value: unknown, ctx): T => {
    const result = (isFirst(value) ? first : second).safeParse(value);
    if (result.success) return result.data;
    for (const issue of result.error.issues) ctx.addIssue(forwarded(issue));
    return z.NEVER;
  });
}

/** Runs a parser or check; its FleetError becomes an issue at the path. */
export function attempt<T>(ctx: z.RefinementCtx, work: () => T, path: Path = []): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    complain(ctx, error, path);
    return z.NEVER;
  }
}

/** A check on a value that is whole: what it throws is reported at the value. */
export function checked<T, U>(type: z.ZodType<T>, check: (value: T) => U): z.ZodType<U> {
  return type.transform((value, ctx) => attempt(ctx, () => check(value)));
}

/** An E_VALUE without a location. */
export function bad(message: string, details: FleetErrorDetails = {}): FleetError {
  return new FleetError('E_VALUE', message, details);
}

/** An E_UNSUPPORTED without a location. */
export function unsupported(message: string, hint?: string): FleetError {
  return new FleetError('E_UNSUPPORTED', message, hint === undefined ? {} : { hint });
}

/** Whether the value is text, a number or a switch. */
function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

/** Whether the value is a map. */
export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Left without a message of its own: problems.ts says what was found, from the file. */
function refuseType(ctx: z.RefinementCtx, expected: string, hint?: string): never {
  complain(ctx, new FleetError('E_SCHEMA', '', { expected, ...(hint === undefined ? {} : { hint }) }));
  return z.NEVER;
}

function forwarded(issue: z.core.$ZodIssue): Parameters<z.RefinementCtx['addIssue']>[0] {
  return { ...issue, input: undefined, path: [...issue.path] } as Parameters<z.RefinementCtx['addIssue']>[0];
}

function withoutExtensions(value: unknown, fields: z.ZodRawShape): unknown {
  if (value === null) return {};
  if (!isMap(value)) return value;
  return Object.fromEntries(
    Object.entries(value).filter(([key]) => key in fields || !key.startsWith('x-') || key === 'x-fleet'),
  );
}
