/** Words of a command written as one text, as Compose splits them: quotes and backslashes, no expansion. */
import { bad } from './schema.ts';

/** The words of the text. Throws FleetError E_VALUE for a quote that does not end. */
export function splitWords(text: string): readonly string[] {
  const words: string[] = [];
  // One piece at a time: blank, 'single', "double", \x or a plain run; pieces without a blank between are one word.
  const pieces = /(\s+)|'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\\([\s\S])|([^\s'"\\]+)/gy;
  let word: string | undefined;
  let end = 0;
  for (const match of text.matchAll(pieces)) {
    end = match.index + match[0].length;
    if (match[1] !== undefined) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? '') + (match[2] ?? match[3]?.replace(/\\(["\\$`\n])/g, '$1') ?? match[4] ?? match[5] ?? '');
    }
  }
  if (end !== text.length) throw bad('a quote is opened and not closed', { expected: 'words, or a list of words' });
  return word === undefined ? words : [...words, word];
}
