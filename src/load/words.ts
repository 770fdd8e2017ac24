/** Words of a command written as one text, as Compose splits them: quotes and backslashes, no expansion, no shell. */
import { bad } from './schema.ts';

/** What keeps blanks together, by the letter that ends it; the latter two stay in the word. */
type Quote = '"' | "'" | '`' | ')' | '';

/**
 * The words of the text. Throws FleetError E_VALUE for a quote that does not end, and for what only a shell
 * understands: Compose would leave out all that follows it without a word.
 */
export function splitWords(text: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote: Quote = '';
  for (let at = 0; at < text.length; at += 1) {
    const letter = text.charAt(at);
    if (letter === '\\' && quote !== "'") {
      at += 1;
      if (at === text.length) throw bad('ends with a backslash', { expected: 'words, or a list of words' });
      word = (word ?? '') + text.charAt(at);
    } else if (quote === '' && ' \t\r\n'.includes(letter)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      const next: Quote = quote === '' ? opened(letter, text, at) : letter === quote ? '' : quote;
      const isMark = next !== quote && (letter === '"' || letter === "'");
      word = (word ?? '') + (isMark ? '' : letter);
      quote = next;
    }
  }
  if (quote !== '') throw bad('a quote is opened and not closed', { expected: 'words, or a list of words' });
  return word === undefined ? words : [...words, word];
}

function opened(letter: string, text: string, at: number): Quote {
  if (letter === '"' || letter === "'" || letter === '`') return letter;
  if (letter === '(' && text.charAt(at - 1) === '$') return ')';
  if (';&|<>()'.includes(letter)) throw needsShell(letter, text);
  return '';
}

function needsShell(letter: string, text: string): Error {
  const isShort = text.length <= 60 && !/['\n]/.test(text);
  const quoted = isShort ? `sh -c '${text}'` : "sh -c '...'";
  return bad(`"${letter}" means something to a shell only, and no shell reads this`, {
    expected: 'words, or a list of words',
    hint: `write ${quoted}, or put the word with "${letter}" in quotes`,
  });
}
