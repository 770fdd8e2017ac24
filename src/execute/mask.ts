/** Masking: no value of a secret leaves the executor in an event, whatever a host printed. */

import type { Secrets } from '../model/playbook.ts';
import { quote } from '../model/quote.ts';

/** Puts *** for everything secret in a text. */
export type Mask = (text: string) => string;

/** Shorter values would tear holes into ordinary words. */
const SHORTEST = 4;
/** Lines of a longer secret (a key file) are secret each, from this length on. */
const SHORTEST_LINE = 8;

/** A mask for the values of all secrets, as they are, quoted, escaped or in base64. Values under 4 characters stay. */
export function maskOf(secrets: Secrets): Mask {
  const needles = [...new Set([...secrets.values()].flatMap(spellings))];
  needles.sort((left, right) => right.length - left.length);
  return (text) => needles.reduce((masked, needle) => masked.replaceAll(needle, '***'), text);
}

function spellings(value: Uint8Array): readonly string[] {
  const text = Buffer.from(value).toString();
  const trimmed = text.trim();
  if (trimmed.length < SHORTEST) return [];
  const lines = trimmed.includes('\n') ? trimmed.split('\n').filter((part) => part.trim().length >= SHORTEST_LINE) : [];
  const plain = [text, trimmed, ...lines.map((part) => part.trim())];
  return [
    ...plain,
    ...[Buffer.from(value), Buffer.from(trimmed)].flatMap(base64),
    ...plain.map((part) => JSON.stringify(part).slice(1, -1)),
    ...plain.filter((part) => !part.includes('\0')).map(quote),
    ...plain.map((part) => encodeURIComponent(part)),
  ];
}

/** Without the padding, which is no secret and not always written. */
function base64(value: Buffer): readonly string[] {
  return [value.toString('base64').replace(/=+$/, ''), value.toString('base64url')];
}
