import { expect, test } from 'vitest';
import { maskedConfig } from '../../../../src/report/index.ts';

function maskedNames(names: readonly string[]): readonly string[] {
  const environment = Object.fromEntries(names.map((name) => [name, 'value']));
  const { services } = maskedConfig({ services: { web: { environment } } }) as {
    services: { web: { environment: Record<string, string> } };
  };
  return names.filter((name) => services.web.environment[name] === '***');
}

test('names of secrets are seen in every fashion', () => {
  const names = [
    'POSTGRES_PASSWORD',
    'PGPASSWORD',
    'MYSQL_ROOT_PASSWD',
    'DB_PASS',
    'db.pwd',
    'JWT_SECRET',
    'clientSecret',
    'GITHUB_TOKEN',
    'API_KEY',
    'APIKEY',
    'AWS_SECRET_ACCESS_KEY',
    'SSH_PRIVATE_KEY',
    'KEY',
    'KEY_PASSPHRASE',
    'GOOGLE_CREDENTIALS',
    'BASIC_AUTH',
    'AUTH_SALT',
  ];
  expect(maskedNames(names)).toEqual(names);
});

test('names of paths and of other things are left', () => {
  const names = [
    'POSTGRES_PASSWORD_FILE',
    'SECRETS_DIR',
    'KEYCLOAK_HOST',
    'MONKEY',
    'COMPASS',
    'AUTHOR',
    'PATH',
    'HOST',
  ];
  expect(maskedNames(names)).toEqual([]);
});

test('passwords in addresses, build arguments, hooks and inline contents are masked; empty and missing ones shown', () => {
  const model = {
    services: {
      web: {
        environment: { URL: 'postgres://app:pw@db/x?a=b:c@d', TOKEN: '', SECRET: null },
        build: { context: '.', args: { NPM_TOKEN: 'x', V: '1' } },
        post_start: [{ command: ['a'], environment: { TOKEN: 'x' } }],
      },
    },
    secrets: { a: { content: 'x' }, b: { file: '/b' } },
    configs: { token: { content: 'x' }, site: { content: 'y' } },
  };
  expect(maskedConfig(model)).toEqual({
    services: {
      web: {
        environment: { URL: 'postgres://app:***@db/x?a=b:c@d', TOKEN: '', SECRET: null },
        build: { context: '.', args: { NPM_TOKEN: '***', V: '1' } },
        post_start: [{ command: ['a'], environment: { TOKEN: '***' } }],
      },
    },
    secrets: { a: { content: '***' }, b: { file: '/b' } },
    configs: { token: { content: '***' }, site: { content: 'y' } },
  });
});
