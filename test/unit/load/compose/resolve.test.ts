import { expect, test } from 'vitest';
import type { PlaybookOptions } from '../../../../src/load/index.ts';
import type { Files } from '../support/memory.ts';
import { playbookFrom } from '../support/memory.ts';
import { refusal } from '../support/render.ts';

/** What is said about the files; the first one is shop.yaml. */
async function said(files: Files, options: Partial<PlaybookOptions> = {}): Promise<string> {
  const { 'shop.yaml': text = '', ...more } = files;
  return refusal(() => playbookFrom(text, { more, ...options }));
}

async function services(files: Files, options: Partial<PlaybookOptions> = {}) {
  const { 'shop.yaml': text = '', ...more } = files;
  const { playbook, notes } = await playbookFrom(text, { more, ...options });
  return { app: playbook.app, images: playbook.services.map(({ name, image }) => `${name} ${image}`), notes };
}

test('a variable that is not set is empty, and the note names it, its place and the nearest one', async () => {
  const files = { 'shop.yaml': 'services:\n  web:\n    image: nginx${TGA}\n    command: ["$NONE"]\n' };
  expect((await services(files, { env: { TAG: '1' } })).notes).toEqual([
    'services.web.command[0]: the variable NONE is not set, taken as empty (shop.yaml:4:15)',
    'services.web.image: the variable TGA is not set, taken as empty (shop.yaml:3:12); did you mean "TAG"?',
  ]);
});

test('the name is that of -p, of COMPOSE_PROJECT_NAME, of the last file, of the first file', async () => {
  const files = {
    'shop.yaml': 'name: one\nservices: { web: { image: "$COMPOSE_PROJECT_NAME" } }',
    'b.yaml': 'name: two-$X\nservices: { web: { restart: always } }',
  };
  const both = { files: ['shop.yaml', 'b.yaml'] };
  const env = { COMPOSE_PROJECT_NAME: 'env', X: 'x' };
  expect((await services(files, { ...both, env, projectName: 'flag' })).app).toBe('flag');
  expect((await services(files, { ...both, env })).app).toBe('env');
  expect(await services(files, { ...both, env: { X: 'x' } })).toMatchObject({ app: 'two-x', images: ['web two-x'] });
  expect((await services({ 'shop.yaml': 'services: { web: { image: x } }' })).app).toBe('shop');
});

test('the problems of all files come in one run', async () => {
  const files = {
    'shop.yaml': 'services: { web: { imag: x } }',
    'b.yaml': 'services: { web: { image: nginx, restart: sometimes }, db: { image: db, mem_limit: much } }',
  };
  expect(await said(files, { files: ['shop.yaml', 'b.yaml'] })).toBe(
    `E_VALUE b.yaml:1:43 services.web.restart: "sometimes" is not a restart policy
  | ${files['b.yaml']}
  |                                           ^^^^^^^^^
  expected: no, always, on-failure, on-failure:3 or unless-stopped
E_VALUE b.yaml:1:84 services.db.mem_limit: "much" is not a size
  | ${files['b.yaml']}
  |                                                                                    ^^^^
  expected: a size such as 512m, 1.5g or 64MiB
E_SCHEMA shop.yaml:1:20 services.web.imag: unknown key
  | services: { web: { imag: x } }
  |                    ^^^^
  hint: did you mean "image"?`,
  );
});

test('a file that can not be read leaves no complaints about what may stand in it', async () => {
  const files = { 'shop.yaml': 'services: { web: { image: x, depends_on: [db], networks: [n] } }', 'b.yaml': 'a: [' };
  expect(await said(files, { files: ['shop.yaml', 'b.yaml', 'c.yaml'] })).toBe(
    `E_FILE c.yaml: no such file
E_YAML b.yaml:1:4 not valid YAML: a "]" is missing
  | a: [
  |    ^`,
  );
});

test('an env file says where it is wrong', async () => {
  const files = { 'shop.yaml': 'services: { web: { image: x } }', '.env': 'A=1\nB C=2\n' };
  expect(await said(files)).toBe(`E_VALUE /project/.env:2:1 "B C" is not the name of a variable
  | B C=2
  | ^^^^^
  expected: NAME=VALUE, a comment ("#"), or an empty line`);
});

test('a value that could not be filled in is complained about once', async () => {
  const files = {
    'shop.yaml': 'services:\n  web: { image: "${A:?set it}", mem_limit: "${B:?}", ports: ["${C:?}:80"] }\n',
  };
  const lines = (await said(files)).split('\n').filter((line) => line.startsWith('E_'));
  expect(lines).toEqual([
    'E_INTERPOLATION shop.yaml:2:17 services.web.image: the variable A is not set: set it',
    'E_INTERPOLATION shop.yaml:2:44 services.web.mem_limit: the variable B is not set',
    'E_INTERPOLATION shop.yaml:2:62 services.web.ports[0]: the variable C is not set',
  ]);
});

test('what no active service uses may be what fleet can not do', async () => {
  const text = `services:
  web: { image: nginx }
  debug: { image: nginx, profiles: [debug], privileged: true, network_mode: "container:x", networks: [out] }
networks: { out: { external: true } }
`;
  expect((await services({ 'shop.yaml': text })).images).toEqual(['web nginx']);
});
