/** A scalar of a YAML document as the value that Compose reads in it. */
import { isScalar, parseDocument } from 'yaml';
import type { Scalar, Tag } from './tree.ts';

/** Tags of the Compose Specification (13-merge); YAML's own "!!str" and its like are not custom. */
export const TAGS: readonly Tag[] = ['reset', 'override'];

/** The tag as the specification names it; absent when it is another one. */
export function tagOf(written: unknown): Tag | undefined {
  return TAGS.find((tag) => written === `!${tag}`);
}

/** The value; null for what is no scalar. */
export function scalarOf(node: unknown): Scalar {
  if (!isScalar(node)) return null;
  const { value, source } = node;
  const isPlain = node.type === 'PLAIN' && node.tag !== 'tag:yaml.org,2002:str' && source !== undefined;
  // Behind a tag of ours the parser leaves every scalar as text.
  if (isPlain && tagOf(node.tag) !== undefined) return plainScalar(source, parseDocument(source).toJS());
  return isPlain ? plainScalar(source, value) : asScalar(value);
}

/** Numbers as Compose reads them, where YAML 1.2 reads otherwise: 0440 is octal, 0b11 binary, 1_000 has a separator. */
function plainScalar(source: string, value: unknown): Scalar {
  if (/^[-+]?0[0-7_]+$/.test(source)) return safeNumber(source, source.replace(/^([-+]?)0/, '$10o'));
  if (/^[-+]?0[bo]?[0-9_]+$|^[-+]?0x[0-9a-f_]+$|^[-+]?[1-9][0-9_]*$/i.test(source)) return safeNumber(source, source);
  return asScalar(value);
}

/** A number too long for the machine stays as it was written. */
function safeNumber(source: string, digits: string): Scalar {
  const [, sign = '', rest = ''] = /^([-+]?)(.*)$/.exec(digits.replaceAll('_', '')) ?? [];
  const number = Number(rest.toLowerCase()) * (sign === '-' ? -1 : 1);
  return Number.isSafeInteger(number) ? number : source;
}

function asScalar(value: unknown): Scalar {
  if (typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number') return value;
  return value === null || value === undefined ? null : String(value);
}
