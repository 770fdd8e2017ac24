/** What the YAML parser complains about, in plain words. */
import type { YAMLError } from 'yaml';
import { FleetError, type Location } from '../model/error.ts';
import { nearestHint } from './nearest.ts';
import type { Tag } from './tree.ts';
import type { Locator } from './yaml-places.ts';
import { tagOf } from './yaml-scalar.ts';

/** Plain words for the parser's error codes; what is not here keeps the parser's own sentence. */
const SENTENCES: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'a tab where YAML wants spaces',
  MULTIPLE_DOCS: 'a second document ("---") in the file',
  MULTIPLE_ANCHORS: 'two anchors on one value',
  KEY_OVER_1024_CHARS: 'a key of more than 1024 letters',
};
/** The same for sentences that a code alone does not tell apart. */
const REWORDED: readonly (readonly [RegExp, string])[] = [
  [/^Missing closing (.)quote/, 'a text in $1 that is not closed'],
  [/^Flow (?:sequence|map) (?:in block collection )?must .*end with a (.)$/, 'a "$1" is missing'],
  [
    /^Nested mappings are not allowed in compact mappings$/,
    'a second ":" on the line: put the value in quotes, or begin a new line',
  ],
  [
    /^Implicit keys need to be on a single line$/,
    'a key over several lines: is a ":" missing, or the indentation wrong?',
  ],
  [/^Implicit map keys need to be followed by map values$/, 'a key without ":" behind it'],
];
const HINTS: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'replace the tab with spaces',
  MULTIPLE_DOCS: 'keep one document per file',
};

/** A complaint of the parser: E_YAML, in plain words. */
export function syntaxProblem(
  error: YAMLError,
  at: Locator,
  { text, tags }: { text: string; tags: readonly Tag[] },
): FleetError {
  const hint = HINTS[error.code];
  const [start, end] = error.pos;
  if (error.code === 'TAG_RESOLVE_FAILED')
    return unknownTag(text.slice(start, end), { at: at(start, end), tags, error });
  return new FleetError('E_YAML', `not valid YAML: ${SENTENCES[error.code] ?? reworded(error.message)}`, {
    location: at(start, end),
    ...(hint === undefined ? {} : { hint }),
  });
}

/** Whether the parser complains about a tag that is read here all the same. */
export function isKnownTag(error: YAMLError, text: string, tags: readonly Tag[]): boolean {
  const tag = tagOf(text.slice(...error.pos));
  return error.code === 'TAG_RESOLVE_FAILED' && tag !== undefined && tags.includes(tag);
}

function unknownTag(
  written: string,
  { at, tags, error }: { at: Location; tags: readonly Tag[]; error: YAMLError },
): FleetError {
  if (!/^![A-Za-z]/.test(written)) {
    return new FleetError('E_YAML', `not valid YAML: ${lowerFirst(error.message)}`, { location: at });
  }
  const known = tags.map((one) => `!${one}`);
  return new FleetError('E_YAML', `the tag ${written} means nothing here`, {
    location: at,
    ...(known.length === 0 ? {} : { expected: known.join(' or ') }),
    hint: nearestHint(written, known) ?? 'remove it, or put the value in quotes',
  });
}

function reworded(message: string): string {
  const [pattern, words] = REWORDED.find(([one]) => one.test(message)) ?? [];
  return pattern === undefined || words === undefined ? lowerFirst(message) : message.replace(pattern, words);
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
