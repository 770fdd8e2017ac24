import { expect, test } from 'vitest';
import { decode } from '../../../src/load/source.ts';
import { find, locate, plain } from '../../../src/load/tree.ts';
import { parseYaml, parseYamlDocuments } from '../../../src/load/yaml.ts';

function read(text: string): unknown {
  const { tree, problems } = parseYaml({ path: 'a.yaml', text });
  expect(problems).toEqual([]);
  return tree === undefined ? undefined : plain(tree);
}

test('merge keys add what is not there and replace nothing', () => {
  const text = 'base: &base { a: 1, b: 2 }\nmore: &more { c: 3, a: 9 }\nall: { <<: [*base, *more], b: 5 }\n';
  expect(read(text)).toEqual({ base: { a: 1, b: 2 }, more: { c: 3, a: 9 }, all: { b: 5, a: 1, c: 3 } });
});

test('a merged value is located where it was written', () => {
  const { tree } = parseYaml({ path: 'a.yaml', text: 'base: &base\n  image: x\nweb:\n  <<: *base\n' });
  expect(tree && locate(tree, ['web', 'image'])).toMatchObject({ line: 2, column: 10, text: '  image: x', length: 1 });
});

test('Windows line ends change neither values nor columns', () => {
  const { tree } = parseYaml({ path: 'a.yaml', text: 'a: one\r\nb:\r\n  - two\r\n' });
  expect(tree && plain(tree)).toEqual({ a: 'one', b: ['two'] });
  expect(tree && locate(tree, ['b', 0])).toMatchObject({ line: 3, column: 5, text: '  - two', length: 3 });
});

test('a byte order mark is no part of the first key', () => {
  expect(read(decode('a.yaml', Buffer.from('\u{FEFF}a: 1\n')))).toEqual({ a: 1 });
});

test('numbers are read as Compose reads them, and stay text where they would lose digits', () => {
  const text =
    'a: 0440\nb: 12345678901234567890\nc: 0x10\nd: 1.5\ne: 0o17\nf: 0b11\ng: 1_000\nh: -010\ni: 08\nj: 00\nk: "0440"';
  expect(read(text)).toEqual({
    a: 288,
    b: '12345678901234567890',
    c: 16,
    d: 1.5,
    e: 15,
    f: 3,
    g: 1000,
    h: -8,
    i: 8,
    j: 0,
    k: '0440',
  });
});

test('a tag of Compose is kept at its node, which is read as if it had none', () => {
  const { trees, problems } = parseYamlDocuments({
    path: 'a.yaml',
    text: 'a: !reset null\nb: !override [1, x]\nc: !override { d: 1 }\ne: !override 080\nf: !override "1"\ng: !reset\nh: 1\n',
  });
  const [tree] = trees;
  expect([problems, tree && plain(tree)]).toEqual([
    [],
    { a: null, b: [1, 'x'], c: { d: 1 }, e: 80, f: '1', g: null, h: 1 },
  ]);
  const tags = ['a', 'b', 'c', 'e', 'f', 'g', 'h'].map((key) => tree && find(tree, [key])?.tag);
  expect(tags).toEqual(['reset', 'override', 'override', 'override', 'override', 'reset', undefined]);
});

test('any other tag is refused with the nearest one, and YAML has its own', () => {
  const { problems } = parseYamlDocuments({ path: 'a.yaml', text: 'a: !rest x\nb: !foo [y]\n' });
  expect(problems.map(({ message, hint }) => [message, hint])).toEqual([
    ['the tag !rest means nothing here', 'did you mean "!reset"?'],
    ['the tag !foo means nothing here', 'remove it, or put the value in quotes'],
  ]);
  expect(read('a: !!str 12\nb: !!int "12"')).toEqual({ a: '12', b: 12 });
});

test('an inventory has no use for the tags of Compose', () => {
  const { problems } = parseYaml({ path: 'a.yaml', text: 'a: !reset x' });
  expect(problems.map(({ message }) => message)).toEqual(['the tag !reset means nothing here']);
});

test('several documents are read one by one, empty ones left out', () => {
  const { trees } = parseYamlDocuments({ path: 'a.yaml', text: 'a: 1\n---\n---\n# no\n---\nb: 2\n---\n' });
  expect(trees.map(plain)).toEqual([{ a: 1 }, { b: 2 }]);
  expect(trees[1]?.at).toMatchObject({ line: 6 });
  expect(parseYamlDocuments({ path: 'a.yaml', text: '# nothing\n' }).trees.map(plain)).toEqual([{}]);
});

test('the limit on values holds for all documents together', () => {
  const list = `[${Array(1000).fill('x').join(', ')}]`;
  const text = Array(20).fill(`a: &a ${list}\nb: [*a, *a]\n`).join('---\n');
  const { problems } = parseYamlDocuments({ path: 'a.yaml', text });
  expect(problems.map(({ message }) => message)).toEqual(['more than 50000 values once all aliases are followed']);
});

test('YAML 1.2 words: yes, no and on are text', () => {
  expect(read('a: [yes, no, on, true]')).toEqual({ a: ['yes', 'no', 'on', true] });
});

test('a NUL byte is refused with its line and column', () => {
  expect(() => decode('a.yaml', Buffer.from('a: 1\nb: x\0y\n'))).toThrow(
    expect.objectContaining({ code: 'E_YAML', location: { file: 'a.yaml', line: 2, column: 5, text: 'b: x␀y' } }),
  );
});

test('bytes that are no UTF-8 are refused with their line and column', () => {
  expect(() => decode('a.yaml', Buffer.from([0x61, 0x3a, 0x0a, 0x62, 0xff]))).toThrow(
    expect.objectContaining({ code: 'E_YAML', location: { file: 'a.yaml', line: 2, column: 2, text: 'b\u{FFFD}' } }),
  );
});

test('aliases that multiply each other are stopped', () => {
  const level = (name: string, before: string) => `${name}: &${name} [${Array(10).fill(`*${before}`).join(', ')}]`;
  const text = [
    'a: &a [x, x, x, x, x, x, x, x, x, x]',
    level('b', 'a'),
    level('c', 'b'),
    level('d', 'c'),
    level('e', 'd'),
    level('f', 'e'),
  ];
  const { problems } = parseYaml({ path: 'a.yaml', text: text.join('\n') });
  expect(problems.map(({ message }) => message)).toEqual(['more than 50000 values once all aliases are followed']);
});

test('a deep nest is stopped', () => {
  const { problems } = parseYaml({ path: 'a.yaml', text: `a: ${'['.repeat(80)}${']'.repeat(80)}` });
  expect(problems.map(({ message }) => message)).toEqual(['nested more than 60 deep']);
});
