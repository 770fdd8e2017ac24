/** What would be too much for the YAML parser, found from the words of the text before it sees them. */
import { Lexer } from 'yaml';
import { FleetError } from '../model/error.ts';
import type { Source } from './source.ts';
import { locator } from './yaml-places.ts';

/** More values than any real file has; aliases that multiply each other are stopped here, too. */
export const MAX_VALUES = 50_000;
/** Deeper than any real file is. */
export const MAX_DEPTH = 60;

/** Keys and values alike: three times of what 300 services have. */
const MAX_WORDS = 60_000;
const MAX_LINES = 100_000;

/** The words of the text, for the parser. Throws FleetError E_YAML where it is nested too deep or holds too many values. */
export function* measuredWords(source: Source): Generator<string> {
  const depth = new Depth();
  let words = 0;
  let lines = 0;
  let offset = 0;
  let isText = false;
  for (const token of new Lexer().lex(source.text)) {
    if (isText || /^["'*]/.test(token)) words += 1;
    if (token.endsWith('\n')) lines += 1;
    if (words > MAX_WORDS) throw excess(source, offset, `more than ${MAX_WORDS} keys and values`);
    if (lines > MAX_LINES) throw excess(source, offset, `more than ${MAX_LINES} lines`);
    if (depth.after(token, isText) > MAX_DEPTH) throw excess(source, offset, `nested more than ${MAX_DEPTH} deep`);
    isText = token === TEXT;
    if (!MARKS.has(token)) offset += token.length;
    yield token;
  }
}

/** Behind this mark of the lexer a text without quotes follows. */
const TEXT = '\x1f';
/** Marks that stand for nothing in the source: a document, an error at the end of a flow, a text. */
const MARKS = new Set(['\x02', '\x18', TEXT]);

/** How deep the text is nested behind the words so far: brackets, dashes on one line, and indentation. */
class Depth {
  #brackets = 0;
  /** Indicators on this line that each begin a collection: "- - - a". */
  #indicators = 0;
  /** Columns at which the lines around this one begin. */
  readonly #indents: number[] = [];
  #column = 0;
  #isLineStart = true;

  after(token: string, isText: boolean): number {
    if (MARKS.has(token) && !isText) return this.#sum();
    const isBlank = !isText && /^(?:[ \t#]|\r?\n$)/.test(token);
    if (this.#isLineStart && !isBlank) this.#indent();
    if (!isText) this.#count(token);
    const lineEnd = token.lastIndexOf('\n');
    if (lineEnd === -1) {
      this.#column += token.length;
      return this.#sum();
    }
    // Texts over several lines are one token; a block text ("|") has its last line end in it.
    this.#column = token.length - lineEnd - 1;
    this.#isLineStart = this.#column === 0;
    this.#indicators = 0;
    return this.#sum();
  }

  #sum(): number {
    return this.#brackets + this.#indicators + this.#indents.length;
  }

  #indent(): void {
    this.#isLineStart = false;
    if (this.#brackets > 0) return;
    while ((this.#indents.at(-1) ?? -1) >= this.#column) this.#indents.pop();
    this.#indents.push(this.#column);
  }

  #count(token: string): void {
    if (token === '[' || token === '{') this.#brackets += 1;
    if (token === ']' || token === '}') this.#brackets -= 1;
    if (token === '-' || token === '?') this.#indicators += 1;
  }
}

function excess(source: Source, offset: number, what: string): FleetError {
  return new FleetError('E_YAML', what, {
    location: locator(source)(offset, offset + 1),
    hint: 'no playbook or inventory needs that: is it the right file?',
  });
}
