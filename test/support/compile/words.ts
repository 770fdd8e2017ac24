/** Reads a shell line back into words, as far as the compiler's lines need it: single quotes, no expansions. */

/** One word; an operator such as `&&` is a word that was not quoted. */
export interface Word {
  readonly text: string;
  readonly quoted: boolean;
}

/** Words of a line. */
function wordsOf(line: string): Word[] {
  const words: Word[] = [];
  for (const match of line.matchAll(/(?:'[^']*'|"[^"]*"|\\.|[^\s'"\\])+/g)) {
    const [raw] = match;
    const text = raw.replaceAll(
      /'([^']*)'|"([^"]*)"|\\(.)/g,
      (_, single, double, escaped) => single ?? double ?? escaped,
    );
    words.push({ text, quoted: raw !== text });
  }
  return words;
}

/** Arguments of every `docker A B…` command of the line: words after the given ones up to the next operator. */
export function commandsOf(line: string, ...start: readonly string[]): string[][] {
  if (!line.includes(start.join(' '))) return [];
  const words = wordsOf(line);
  const found: string[][] = [];
  for (let at = 0; at < words.length; at++) {
    if (start.every((text, index) => words[at + index]?.text === text && !words[at + index]?.quoted))
      found.push(untilOperator(words.slice(at + start.length)));
  }
  return found;
}

function untilOperator(words: readonly Word[]): string[] {
  const own: string[] = [];
  for (const { text, quoted } of words) {
    if (!quoted && /^(&&|\|\||;|\}|\{|[12]?>.*)$/.test(text)) break;
    own.push(quoted ? text : text.replace(/;$/, ''));
    if (!quoted && text.endsWith(';')) break;
  }
  return own;
}
