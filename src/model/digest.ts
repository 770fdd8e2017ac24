/** Digests: how a value, a file or a plan is told from another one. */
import { hash } from 'node:crypto';

/** SHA-256 of the text or bytes, in lower-case hex (64 characters). */
export function sha256(content: string | Uint8Array): string {
  return hash('sha256', content, 'hex');
}

/** JSON with sorted keys and no undefined values: equal values give equal text, whatever their order of keys. */
export function canonicalJson(value: unknown): string {
  const ordered = inOrder(value);
  return ordered === UNORDERABLE ? joined(value) : (JSON.stringify(ordered) ?? 'null');
}

/** A key that is a number stands before all others in any object, so such values are put together by hand. */
const UNORDERABLE = Symbol('unorderable');
const NUMBER = /^(?:0|[1-9]\d*)$/;

/** The value with the keys of all its objects in order, for one call of JSON.stringify: a call for each part costs more. */
function inOrder(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const list: unknown[] = [];
    for (const one of value) {
      const ordered = inOrder(one);
      if (ordered === UNORDERABLE) return UNORDERABLE;
      list.push(ordered);
    }
    return list;
  }
  const entries = value as Readonly<Record<string, unknown>>;
  const result: Record<string, unknown> = {};
  for (const key of Object.keys(entries).sort()) {
    const ordered = inOrder(entries[key]);
    if (ordered === UNORDERABLE || NUMBER.test(key) || key === '__proto__') return UNORDERABLE;
    result[key] = ordered;
  }
  return result;
}

function joined(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(joined).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = value as Readonly<Record<string, unknown>>;
  let text = '';
  for (const key of Object.keys(entries).sort()) {
    const inner = entries[key];
    if (inner === undefined) continue;
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${joined(inner)}`;
  }
  return `{${text}}`;
}

/** The first 12 hex digits of the SHA-256 of the value's canonical JSON: enough to tell specs and generations apart. */
export function digestOf(value: unknown): string {
  return sha256(canonicalJson(value)).slice(0, 12);
}
