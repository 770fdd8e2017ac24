import { expect, test } from 'vitest';
import { playbookFrom } from '../support/memory.ts';
import { refusal } from '../support/render.ts';

async function said(text: string, more: Readonly<Record<string, string>> = {}): Promise<string> {
  return refusal(() => playbookFrom(text, { projectDir: '.', more }));
}

test('what is included keeps its place', async () => {
  const { playbook } = await playbookFrom('include: [db/compose.yaml]\nservices: { web: { image: x } }\n', {
    projectDir: '.',
    more: { 'db/compose.yaml': 'services:\n  db:\n    image: postgres\n' },
  });
  expect(playbook.services.map(({ name }) => name)).toEqual(['db', 'web']);
  expect(playbook.locations['services.db.image']).toMatchObject({ file: 'db/compose.yaml', line: 3, column: 12 });
});

test('a file that is not there is shown where it is named', async () => {
  expect(await said('include:\n  - nope.yaml\nservices: { web: { image: x } }\n')).toBe(
    `E_FILE shop.yaml:2:5 nope.yaml: no such file
  |   - nope.yaml
  |     ^^^^^^^^^`,
  );
});

test('an env_file that is not there is shown where it is named', async () => {
  const says = await said('include:\n  - { path: a.yaml, env_file: [no.env] }\nservices: { web: { image: x } }\n', {
    'a.yaml': 'services: {}',
  });
  expect(says.split('\n')[0]).toBe('E_FILE shop.yaml:2:32 no.env: no such file');
});

test('a service that both define otherwise is a clash, with both places', async () => {
  expect(
    await said('include: [a.yaml]\nservices:\n  web: { image: x }\n', { 'a.yaml': 'services:\n  web: { image: y }\n' }),
  ).toBe(
    `E_CLASH shop.yaml:3:3 services.web: defined otherwise in an included file
  |   web: { image: x }
  |   ^^^
  hint: rename one of them, or change the included one in a later file (-f, or a second path of the include)
  note: the other one: a.yaml:2:3`,
  );
});

test('two included files that define the same alike do not clash, otherwise they do', async () => {
  const main = 'include: [a.yaml, b.yaml]\nservices: { web: { image: x, networks: [n] } }\n';
  const file = (labels: string) => `networks:\n  n: { labels: [${labels}] }\n`;
  const { playbook } = await playbookFrom(main, {
    more: { 'a.yaml': file('a=1'), 'b.yaml': 'networks: { n: { labels: { a: 1 } } }' },
  });
  expect(playbook.networks).toEqual(['n']);
  expect((await said(main, { 'a.yaml': file('a=1'), 'b.yaml': file('a=2') })).split('\n')[0]).toBe(
    'E_CLASH a.yaml:2:3 networks.n: defined otherwise in an included file',
  );
});

test('a circle is told with the chain and its places', async () => {
  expect(
    await said('include: [a.yaml]\nservices: { web: { image: x } }\n', {
      'a.yaml': 'include:\n  - b.yaml\n',
      'b.yaml': 'include:\n  - path: a.yaml\n',
    }),
  ).toBe(
    `E_CYCLE b.yaml:2:11 include goes round in a circle: a.yaml -> b.yaml -> a.yaml
  |   - path: a.yaml
  |           ^^^^^^
  hint: remove one of them
  note: b.yaml: a.yaml:2:5`,
  );
});

test('folders that link to themselves come to an end', async () => {
  const readFile = async (path: string) => {
    if (path.endsWith('.env')) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
    return Buffer.from('include: [loop/compose.yaml]\nservices: { web: { image: x } }\n');
  };
  const says = await refusal(() => playbookFrom('', { readFile }));
  expect(says.split('\n')[0]).toMatch(
    /^E_CYCLE \/project\/(loop\/)+compose.yaml:1:11 more than 32 files include each other$/,
  );
});

test('a remote file is refused', async () => {
  expect(await said('include:\n  - https://example/x.yaml\nservices: { web: { image: x } }\n')).toBe(
    `E_UNSUPPORTED shop.yaml:2:5 https://example/x.yaml: remote files are not read
  |   - https://example/x.yaml
  |     ^^^^^^^^^^^^^^^^^^^^^^
  hint: fetch it before (git submodule, curl), and name the local file`,
  );
});

test('files above the project may be included', async () => {
  const { playbook } = await playbookFrom('include: [../other/compose.yaml]\nservices: { web: { image: x } }\n', {
    more: { '/other/compose.yaml': 'services: { other: { image: y } }' },
  });
  expect(playbook.services.map(({ name }) => name)).toEqual(['other', 'web']);
});
