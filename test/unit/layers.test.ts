/** Breaks each layer rule once and sees it fire: a rule that never fires guards nothing. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const FORBIDDEN = [
  ['src/model/probe.ts', "import { compile } from '../compile/index.ts';", 'model/ may import only'],
  ['src/load/probe.ts', "import { observe } from '../observe/observe.ts';", 'load/ may import only'],
  ['src/observe/probe.ts', "import { createShell } from '../ssh/shell.ts';", 'observe/ may import only'],
  ['src/compile/place/probe.ts', "import { loadAll } from '../../load/index.ts';", 'compile/ may import only'],
  ['src/execute/probe.ts', "import { compile } from '../compile/index.ts';", 'execute/ may import only'],
  ['src/ssh/probe.ts', "import { apply } from '../flow.ts';", 'ssh/ may import only'],
  ['src/report/probe.ts', "import { execute } from '../execute/index.ts';", 'report/ may import only'],
  ['src/cli/probe.ts', "import { compile } from '../compile/index.ts';", 'cli/ may import only'],
  ['src/watch/probe.ts', "import { observe } from '../observe/observe.ts';", 'watch/ may import only'],
  ['src/watch/probe.ts', 'export const now = Date.now();', 'Date'],
  ['src/compile/heal/probe.ts', "import { watch } from '../../watch/session.ts';", 'compile/ may import only'],
  ['src/lab/probe.ts', "import { createShell } from '../ssh/shell.ts';", 'lab/ may import only'],
  ['src/compile/probe.ts', "import { readFileSync } from 'node:fs';", 'compile/ is pure'],
  ['src/report/probe.ts', 'export const now = Date.now();', 'Date'],
  ['src/compile/probe.ts', "import { parse } from 'yaml';", 'only load/ may import yaml'],
  ['src/compile/probe.ts', "import { Ajv } from 'ajv';", 'only load/ may import ajv'],
  ['src/cli/probe.ts', "import { Ajv } from 'ajv/dist/ajv.js';", 'only load/ may import ajv'],
  ['src/observe/probe.ts', "import { Client } from 'ssh2';", 'only ssh/ may import ssh2'],
  ['src/compile/scale/probe.ts', "import { Cron } from 'croner';", 'only model/ may import croner'],
  ['src/load/probe.ts', "import { Cron } from 'croner';", 'only model/ may import croner'],
] as const;

/** A tree of its own with our rules and one wrong file per rule. */
const tree = mkdtempSync(join(tmpdir(), 'fleet-layers-'));
const placeOf = (path: string, index: number): string => path.replace('probe.ts', `probe${index}.ts`);
let said = '';

beforeAll(() => {
  const rules = JSON.parse(readFileSync('.biome.json', 'utf8'));
  const config = { ...rules, $schema: undefined, vcs: { enabled: false } };
  writeFileSync(join(tree, 'biome.json'), JSON.stringify(config));
  for (const [index, [path, text]] of FORBIDDEN.entries()) {
    const file = join(tree, placeOf(path, index));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${text}\n`);
  }
  const biome = resolve('node_modules/.bin/biome');
  const lint = spawnSync(biome, ['lint', '--max-diagnostics=none', '--colors=off', '.'], {
    cwd: tree,
    encoding: 'utf8',
  });
  said = lint.stdout + lint.stderr;
});

afterAll(() => rmSync(tree, { recursive: true, force: true }));

test.each(FORBIDDEN.map((row, index) => [...row, index] as const))(
  '%s must not say: %s',
  (path, _text, message, index) => {
    const about = said.split(/^(?=\S+:\d+:\d+ )/m).filter((part) => part.startsWith(placeOf(path, index)));
    expect(about.join('\n')).toContain(message);
  },
);

test('pure layers never ask for randomness', () => {
  const files = ['model', 'compile', 'report'].flatMap((layer) =>
    readdirSync(`src/${layer}`, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => `src/${layer}/${name}`),
  );
  expect(files.length).toBeGreaterThan(30);
  for (const file of files) expect(readFileSync(file, 'utf8'), file).not.toMatch(/Math\.random|randomBytes|randomUUID/);
});

test('no file is longer than 300 lines', () => {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const long = files.filter((name) => readFileSync(`src/${name}`, 'utf8').split('\n').length > 301);
  expect(long).toEqual([]);
});
