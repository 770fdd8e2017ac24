/** Cases kept as text: "### title", the input, "=== says", the exact answer. */
import { readFileSync } from 'node:fs';

/** One input and all that must be said about it. */
export interface Case {
  readonly title: string;
  readonly input: string;
  readonly says: string;
}

/** The cases of a file beside the tests. */
export function readCases(name: string): readonly Case[] {
  const text = readFileSync(new URL(`../broken/${name}.txt`, import.meta.url), 'utf8');
  return text
    .split(/^### /m)
    .slice(1)
    .map((part) => {
      const [title = '', ...rest] = part.split('\n');
      const [input = '', says = ''] = rest.join('\n').split(/^=== says\n/m);
      return { title, input, says: says.trimEnd() };
    });
}
