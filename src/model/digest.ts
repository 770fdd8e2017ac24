/** Digests: how a value, a file or a plan is told from another one. */
import { createHash } from 'node:crypto';

/** SHA-256 of the text or bytes, in lower-case hex (64 characters). */
export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** JSON with sorted keys and no undefined values: equal values give equal text, whatever their order of keys. */
export function canonicalJson(value: unknown): string {
  return written(value, asItIs);
}

/** The first 12 hex digits of the SHA-256 of the value's canonical JSON: enough to tell specs and generations apart. */
export function digestOf(value: unknown): string {
  return sha256(canonicalJson(value)).slice(0, 12);
}

/**
 * A digest for large values in which the same long lists and texts stand many times (a plan has them once per host):
 * each of those enters as its own digest and is read once. Not comparable with `digestOf`.
 */
export function foldedDigest(value: unknown): string {
  const known = new Map<unknown, string>();
  const fold: Fold = (part, text) => {
    if (typeof part === 'string' ? part.length < LONG_TEXT : part.length < LONG_LIST) return text();
    const digest = known.get(part) ?? `#${sha256(text())}`;
    known.set(part, digest);
    return digest;
  };
  return sha256(written(value, fold)).slice(0, 12);
}

const LONG_TEXT = 10_000;
const LONG_LIST = 50;

/** Says what stands for a text or list whose own text is `text()`. */
type Fold = (part: string | readonly unknown[], text: () => string) => string;

function asItIs(_: unknown, text: () => string): string {
  return text();
}

function written(value: unknown, fold: Fold): string {
  if (typeof value === 'string') return fold(value, () => JSON.stringify(value));
  if (Array.isArray(value)) return fold(value, () => `[${value.map((inner) => written(inner, fold)).join(',')}]`);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = value as Readonly<Record<string, unknown>>;
  let text = '';
  for (const key of Object.keys(entries).sort()) {
    const inner = entries[key];
    if (inner === undefined) continue;
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${written(inner, fold)}`;
  }
  return `{${text}}`;
}
