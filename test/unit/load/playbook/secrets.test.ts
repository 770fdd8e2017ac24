import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { sha256 } from '../../../../src/model/digest.ts';
import { playbookFrom } from '../support/memory.ts';

const SENTINEL = 'sentinel-5b1c';

test('values come from files, variables, commands and the playbook; the playbook holds digests only', async () => {
  const { playbook, secrets } = await playbookFrom(
    `
services:
  web: { image: nginx, secrets: [file, variable, words, line], configs: [text, file] }
secrets:
  file: { file: pw.txt }
  variable: { environment: PW }
  words: { x-fleet: { command: [printf, "%s\\n", "a b"] } }
  line: { x-fleet: { command: "echo 'c d'" } }
  unused: { file: nowhere }
configs:
  text: { content: "listen \${PORT}" }
  file: { file: pw.txt }
`,
    { projectDir: '/', env: { PW: SENTINEL, PORT: '80' }, more: { '/pw.txt': 'x\n' } },
  );
  const values = Object.fromEntries([...secrets].map(([name, bytes]) => [name, Buffer.from(bytes).toString()]));
  expect(values).toEqual({ file: 'x\n', line: 'c d', variable: SENTINEL, words: 'a b' });
  expect(playbook.secrets.variable).toBe(sha256(SENTINEL));
  expect(playbook.configs).toEqual({
    file: Buffer.from('x\n').toString('base64'),
    text: Buffer.from('listen 80').toString('base64'),
  });
  expect(JSON.stringify(playbook)).not.toContain(SENTINEL);
});

test('a failing command shows neither what it wrote nor its words', async () => {
  const text = `
services: { web: { image: nginx, secrets: [a] } }
secrets: { a: { x-fleet: { command: [sh, -c, "echo ${SENTINEL}; echo ${SENTINEL} >&2; exit 3"] } } }
`;
  const error = await playbookFrom(text, { projectDir: '/' }).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ problems: [{ message: 'secrets.a.x-fleet: the command "sh" ended with code 3' }] });
  const shown = inspect(error, { depth: 6 }).replaceAll(text.split('\n')[2] ?? '', '');
  expect(shown).not.toContain(SENTINEL);
});

test('a certificate and its key become secrets of their own', async () => {
  const more = {
    'cert.pem': '-----BEGIN CERTIFICATE-----\nx\n',
    'key.pem': '-----BEGIN EC PRIVATE KEY-----\nx\n',
  };
  const { playbook, secrets } = await playbookFrom(
    `
services:
  web:
    image: nginx
    x-fleet:
      ingress:
        - { host: z.example, port: 80, tls: { certificate: cert.pem, key: key.pem, redirect: false } }
        - { host: a.example, port: 80 }
`,
    { more },
  );
  expect([...secrets.keys()]).toEqual(['tls:web:0:certificate', 'tls:web:0:key']);
  expect(Object.keys(playbook.secrets)).toEqual(['tls:web:0:certificate', 'tls:web:0:key']);
  expect(playbook.services[0]?.ingress[1]?.tls).toEqual({
    certificate: 'tls:web:0:certificate',
    key: 'tls:web:0:key',
    redirect: false,
  });
});

test('a key where the certificate should be is refused without showing it', async () => {
  const text =
    'services: { web: { image: nginx, x-fleet: { ingress: { port: 80, tls: { certificate: k, key: k } } } } }';
  const error = await playbookFrom(text, { more: { k: `-----BEGIN PRIVATE KEY-----\n${SENTINEL}\n` } }).catch(
    (caught: unknown) => caught,
  );
  expect(error).toMatchObject({
    problems: [{ message: 'services.web.x-fleet.ingress.tls.certificate: the file holds no certificate' }],
  });
  expect(inspect(error, { depth: 6 })).not.toContain(SENTINEL);
});
