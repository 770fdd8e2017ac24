/** Compose files kept as text, several to a file: "### title", then "=== name" before each file of the case. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One project. */
export interface ComposeCase {
  /** The text file it stands in. */
  readonly topic: string;
  readonly title: string;
  /** Options before `config`, as docker compose takes them. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Texts by path. */
  readonly files: Readonly<Record<string, string>>;
}

const FOLDER = fileURLToPath(new URL('../../compose/', import.meta.url));

/** All cases, in the order of their files. */
export function readComposeCases(): readonly ComposeCase[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.txt'))
    .sort()
    .flatMap((name) => casesOf(name.replace(/\.txt$/, ''), readFileSync(join(FOLDER, name), 'utf8')));
}

/** Writes the case's files. */
export function layOut({ files }: ComposeCase, folder: string): void {
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}

function casesOf(topic: string, text: string): readonly ComposeCase[] {
  return text
    .split(/^### /m)
    .slice(1)
    .map((part) => {
      const [head = '', ...sections] = part.split(/^=== /m);
      const all = sections.map((section) => {
        const end = section.indexOf('\n');
        return [section.slice(0, end), section.slice(end + 1)] as const;
      });
      const setting = (name: string) =>
        all.flatMap(([key]) => (key.startsWith(`${name}: `) ? key.slice(name.length + 2).split(' ') : []));
      const files = all.filter(([key]) => !/^(args|env): /.test(key));
      return {
        topic,
        title: head.trim(),
        args: setting('args'),
        env: Object.fromEntries(setting('env').map((pair) => pair.split(/=(.*)/s).slice(0, 2))),
        files: Object.fromEntries(files),
      };
    });
}
