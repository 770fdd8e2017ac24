/** Valid projects to begin from: the playbooks of this repository, and the files that are compared with Docker Compose. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Files } from './memory.ts';

const ROOT = new URL('../../../../', import.meta.url);
const SINGLE = [
  { path: 'playbooks/shop.yaml', beside: 'playbooks/shop' },
  { path: 'test/integration/playbooks/walk.yaml', beside: '' },
];

/** Files in /project, which of them are given with -f, and the environment. */
export interface ProjectFiles {
  readonly files: Files;
  readonly names: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Files that are no playbooks. */
  readonly kept: readonly string[];
}

/** All of them. */
export function validProjects(): readonly ProjectFiles[] {
  const single = SINGLE.map(({ path, beside }) => {
    const name = `/project/${basename(path)}`;
    const files = Object.fromEntries(beside === '' ? [] : filesIn(beside));
    return { files: { ...files, [name]: textOf(path) }, names: [name], env: {}, kept: Object.keys(files) };
  });
  const groups = readdirSync(new URL('test/compose/', ROOT)).filter((name) => name.endsWith('.txt'));
  return [...single, ...groups.sort().flatMap((name) => projectsIn(textOf(`test/compose/${name}`)))];
}

/** Name in /project and text of all files in a folder of the repository. */
function filesIn(folder: string): readonly (readonly [string, string])[] {
  const found = readdirSync(new URL(`${folder}/`, ROOT), { recursive: true, withFileTypes: true });
  return found
    .filter((one) => one.isFile())
    .map((one) => join(one.parentPath, one.name))
    .map((path) => [
      join('/project', relative(fileURLToPath(new URL(dirname(folder), ROOT)), path)),
      readFileSync(path, 'utf8'),
    ]);
}

function textOf(path: string): string {
  return readFileSync(new URL(path, ROOT), 'utf8');
}

function projectsIn(text: string): readonly ProjectFiles[] {
  return text
    .split(/^### /m)
    .slice(1)
    .map((part) => {
      const sections = part.split(/^=== /m).slice(1);
      const entries = sections.map((section) => /^(.*)\n([\s\S]*)$/.exec(section)?.slice(1) ?? []);
      const wordsOf = (key: string) =>
        entries.flatMap(([head = '']) => (head.startsWith(`${key}: `) ? head.slice(key.length + 2).split(' ') : []));
      const files = entries.flatMap(([head = '', body = '']) =>
        /^\S+$/.test(head) && !head.endsWith(':') ? [[`/project/${head}`, body] as const] : [],
      );
      const args = wordsOf('args');
      const named = args.flatMap((word, index) => (args[index - 1] === '-f' ? [`/project/${word}`] : []));
      const [first] = files.filter(([name]) => /\.ya?ml$/.test(name)).map(([name]) => name);
      return {
        files: Object.fromEntries(files),
        names: named.length > 0 ? named : first === undefined ? [] : [first],
        env: Object.fromEntries(wordsOf('env').map((pair) => pair.split(/=(.*)/s).slice(0, 2))),
        kept: [],
      };
    })
    .filter(({ names }) => names.length > 0);
}
