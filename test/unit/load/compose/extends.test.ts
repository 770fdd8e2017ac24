import { expect, test } from 'vitest';
import { playbookFrom } from '../support/memory.ts';
import { refusal } from '../support/render.ts';

async function said(text: string, more: Readonly<Record<string, string>> = {}): Promise<string> {
  return refusal(() => playbookFrom(text, { projectDir: '.', more }));
}

test('what a base says keeps its place, for messages of later stages', async () => {
  const { playbook } = await playbookFrom('services:\n  web:\n    extends: { file: base.yaml, service: b }\n', {
    projectDir: '.',
    more: { 'base.yaml': 'services:\n  b:\n    image: nginx\n    deploy: { replicas: 3 }\n' },
  });
  expect(playbook.services[0]).toMatchObject({ name: 'web', image: 'nginx', replicas: 3 });
  expect(playbook.locations['services.web.deploy.replicas']).toMatchObject({ file: 'base.yaml', line: 4, column: 25 });
});

test('a service that is not there is named with the nearest one', async () => {
  expect(await said('services:\n  web: { extends: bsae }\n  base: { image: x }\n')).toBe(
    `E_REFERENCE shop.yaml:2:19 services.web.extends: there is no service "bsae" in shop.yaml
  |   web: { extends: bsae }
  |                   ^^^^
  expected: base, web
  hint: did you mean "base"?`,
  );
});

test('a service that is not in the other file is named with those that are', async () => {
  expect(
    await said('services:\n  web: { extends: { file: common/b.yaml, service: x } }\n', {
      'common/b.yaml': 'services: { one: { image: x }, two: { image: y } }',
    }),
  ).toBe(
    `E_REFERENCE shop.yaml:2:51 services.web.extends: there is no service "x" in common/b.yaml
  |   web: { extends: { file: common/b.yaml, service: x } }
  |                                                   ^
  expected: one, two
  hint: name a service of that file`,
  );
});

test('a file that is not there is shown where it is named, also from another file', async () => {
  expect(
    await said('services:\n  web: { extends: { file: a/a.yaml, service: a } }\n', {
      'a/a.yaml': 'services:\n  a: { extends: { file: ../b/b.yaml, service: b } }\n',
    }),
  ).toBe(
    `E_FILE a/a.yaml:2:25 b/b.yaml: no such file
  |   a: { extends: { file: ../b/b.yaml, service: b } }
  |                         ^^^^^^^^^^^`,
  );
});

test('a circle in one file is told once, with all its places', async () => {
  expect(await said('services:\n  a: { extends: b }\n  b: { extends: { service: c } }\n  c: { extends: a }\n')).toBe(
    `E_CYCLE shop.yaml:2:17 extends goes round in a circle: a -> b -> c -> a
  |   a: { extends: b }
  |                 ^
  hint: remove one of them
  note: b -> c: shop.yaml:3:28
  note: c -> a: shop.yaml:4:17`,
  );
});

test('a circle over two files is one', async () => {
  const says = await said('services:\n  a: { extends: { file: b.yaml, service: b } }\n', {
    'b.yaml': 'services:\n  b: { extends: { file: shop.yaml, service: a } }\n',
  });
  expect(says).toContain('extends goes round in a circle: ');
  expect(says.split('E_CYCLE').length).toBe(2);
});

test('a service that extends itself is a circle', async () => {
  expect(await said('services:\n  a: { image: x, extends: a }\n')).toContain('extends goes round in a circle: a -> a');
});

test.each(['https://example/x.yaml', 'git@host:team/x.git', 'oci://registry/x', 'github.com/team/x.git#main:a.yaml'])(
  'a base at %s is refused',
  async (file) => {
    expect(await said(`services:\n  web: { extends: { file: "${file}", service: a } }\n`)).toContain(
      `E_UNSUPPORTED shop.yaml:2:27 ${file}: remote files are not read`,
    );
  },
);

test('a base with problems is shown in its own file', async () => {
  const says = await said('services:\n  web: { extends: { file: b.yaml, service: b }, image: x }\n', {
    'b.yaml': 'services:\n  b: { mem_limit: much }\n',
  });
  expect(says.split('\n')[0]).toBe('E_VALUE b.yaml:2:19 services.b.mem_limit: "much" is not a size');
});

test('300 services on one base read it once', async () => {
  let reads = 0;
  const names = Array.from({ length: 300 }, (_, index) => `s${index}`);
  const text = `services:\n${names.map((name) => `  ${name}: { extends: { file: base.yaml, service: b } }\n`).join('')}`;
  const readFile = async (path: string) => {
    if (path.endsWith('base.yaml')) reads += 1;
    const found = { 'shop.yaml': text, 'base.yaml': 'services: { b: { image: x } }' }[path.replace('/project/', '')];
    if (found === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
    return Buffer.from(found);
  };
  const { playbook } = await playbookFrom('', { readFile });
  expect([playbook.services.length, reads]).toEqual([300, 1]);
});
