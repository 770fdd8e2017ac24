/** Digests: how a value, a file or a plan is told from another one. */
import { hash } from 'node:crypto';

/** SHA-256 of the text or bytes, in lower-case hex (64 characters). */
export function sha256(content: string | Uint8Array): string {
  return hash('sha256', content, 'hex');
}

/** JSON with sorted keys and no undefined values: equal values give equal text, whatever their order of keys. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = value as Readonly<Record<string, unknown>>;
  let text = '';
  for (const key of Object.keys(entries).sort()) {
    const inner = entries[key];
    if (inner === undefined) continue;
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(inner)}`;
  }
  return `{${text}}`;
}

/** The first 12 hex digits of the SHA-256 of the value's canonical JSON: enough to tell specs and generations apart. */
export function digestOf(value: unknown): string {
  return sha256(canonicalJson(value)).slice(0, 12);
}
