/** YAML text to the documents of the parser, word by word, so that it sees nothing that is too much for it. */
import { Composer, type CST, type Document, Parser } from 'yaml';
import type { Source } from './source.ts';
import { measuredWords } from './yaml-limits.ts';

/** Keys that stand twice are found while reading: the parser compares each with each. */
const OPTIONS = { version: '1.2', uniqueKeys: false, prettyErrors: false, strict: true } as const;

/** The file's documents; the parser sees no word that is too much. */
export function composed(source: Source, count: 'always one' | 'as many as there are'): readonly Document.Parsed[] {
  const parser = new Parser();
  const tokens = function* (): Generator<CST.Token> {
    for (const word of measuredWords(source)) yield* parser.next(word);
    yield* parser.end();
  };
  return [...new Composer(OPTIONS).compose(tokens(), count === 'always one', source.text.length)];
}
