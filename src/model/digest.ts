/** Digests: how a value, a file or a plan is told from another one. */
import { createHash } from 'node:crypto';

/** SHA-256 of the text or bytes, in lower-case hex (64 characters). */
export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** JSON with sorted keys and no undefined values: equal values give equal text, whatever their order of keys. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(sortKeys(value));
}

/** The first 12 hex digits of the SHA-256 of the value's canonical JSON: enough to tell specs and generations apart. */
export function digestOf(value: unknown): string {
  return sha256(canonicalJson(value)).slice(0, 12);
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(
    entries.sort(([left], [right]) => (left < right ? -1 : 1)).map(([key, inner]) => [key, sortKeys(inner)]),
  );
}
