import { expect, test } from 'vitest';
import type { Service } from '../../../../src/model/playbook.ts';
import { type Compared, createPalette, diffReleases, formatReleaseDiff } from '../../../../src/report/index.ts';
import { container, service } from '../../../support/compile/worlds.ts';
import { aBody, aRecord } from '../../../support/releases.ts';

const PLAIN = createPalette(0);

function web(environment: Readonly<Record<string, string>>, more: Parameters<typeof service>[1] = {}): Service {
  return service('web', { container: container({ environment }), ports: ['8080'], ...more });
}

const grant = (source: string) => ({ source, target: `/run/secrets/${source}`, uid: 0, gid: 0, mode: 0o400 });

const BEFORE: Compared = {
  record: aRecord(6, {}),
  body: aBody(
    [
      web(
        { LEVEL: 'info', DB_PASSWORD: 'hunter2', URL: 'postgres://u:one@db/x', OLD: '1' },
        { secrets: [grant('key')], configs: [grant('page')], volumes: ['web-data'], networks: ['front'] },
      ),
      service('same', { ports: ['1/tcp'] }),
      service('worker', { replicas: 2 }),
    ],
    { secrets: { key: 'a'.repeat(64) }, configs: { page: 'b25l' } },
  ),
};

const AFTER: Compared = {
  record: aRecord(7, {}, { replicas: { web: 4 } }),
  body: aBody(
    [
      web(
        { LEVEL: 'debug', DB_PASSWORD: 'hunter3', URL: 'postgres://u:two@db/x', NEW: 'x'.repeat(90) },
        {
          image: 'web:2',
          secrets: [grant('key')],
          configs: [grant('page')],
          networks: ['back', 'front'],
          rollout: { kind: 'rolling', parallelism: 1, order: 'start-first' },
        },
      ),
      service('same', { ports: ['1/tcp'] }),
      service('cache', { image: 'redis:7', ports: ['6379/tcp'] }),
    ],
    { secrets: { key: 'b'.repeat(64) }, configs: { page: 'dHdv' } },
  ),
};

test('the difference of two releases by service and part, without a secret in it', async () => {
  const text = formatReleaseDiff({ app: 'shop', from: 6, to: 7 }, diffReleases(BEFORE, AFTER), PLAIN);
  for (const secret of ['hunter', 'one@', 'two@', 'aaaa', 'bbbb']) expect(text).not.toContain(secret);
  await expect(text).toMatchFileSnapshot('../../../golden/release-diff.txt');
});

test('a release does not differ from itself, and nothing of a difference is lost the other way round', () => {
  expect(diffReleases(BEFORE, BEFORE)).toEqual([]);
  expect(formatReleaseDiff({ app: 'shop', from: 6, to: 6 }, [], PLAIN)).toContain('they ask for the same\n');
  const names = (one: Compared, other: Compared): unknown =>
    diffReleases(one, other).map(({ service: name, parts }) => [name, parts.map((part) => part.name).sort()]);
  expect(names(AFTER, BEFORE)).toEqual(names(BEFORE, AFTER));
});

test('without the body of one of them, what changed is told from the records, and not from what to what', () => {
  const parts = (level: string, image: string) => ({ web: { image, 'environment LEVEL': level } });
  const old = aRecord(6, { web: 'w1 web:1', db: 'd1 db:1' }, { parts: parts('a', 'i1') });
  const now = aRecord(7, { web: 'w2 web:2', db: 'd2 db:1' }, { parts: parts('b', 'i2') });
  expect(diffReleases({ record: old }, { ...AFTER, record: now })).toEqual([
    { service: 'db', change: 'changed', parts: [{ name: 'settings or image', change: 'changed' }] },
    {
      service: 'web',
      change: 'changed',
      parts: [
        { name: 'image', change: 'changed', before: 'web:1', after: 'web:2' },
        { name: 'environment LEVEL', change: 'changed' },
      ],
    },
  ]);
});
