/** PostgreSQL 15 of Debian bookworm, behaving like the official image. */

import { POSTGRES_ENTRYPOINT } from './postgres-entrypoint.ts';
import { IMAGE_PATH, type Recipe } from './recipe.ts';

const PROGRAMS = '/usr/lib/postgresql/15/bin';

/** library/postgres:15 */
export const postgres: Recipe = {
  repository: 'library/postgres',
  tag: '15',
  source: 'bookworm',
  packages: ['postgresql-15', 'postgresql-client-15', 'libc-bin', 'tzdata', 'dash', 'util-linux'],
  versionOf: 'postgresql-15',
  programs: [
    ...[
      'initdb',
      'pg_ctl',
      'postgres',
      'createdb',
      'dropdb',
      'createuser',
      'psql',
      'pg_dump',
      'pg_restore',
      'pg_isready',
    ].map((program) => `${PROGRAMS}/${program}`),
    '/usr/bin/setpriv',
    '/usr/bin/dash',
  ],
  renamed: { '/usr/bin/dash': '/usr/bin/sh' },
  // The compiler for queries and its 100 MB are not worth a practice host's disk; sepgsql needs SELinux.
  plugins: { folder: '/usr/lib/postgresql/15/lib', except: /^(llvmjit|sepgsql)/ },
  trees: [
    '/usr/lib/locale/C.utf8',
    '/usr/share/postgresql/15',
    '/usr/share/zoneinfo/UTC',
    '/usr/share/zoneinfo/Etc',
    '/usr/share/zoneinfo/GMT',
  ],
  folders: [
    { path: '/var/lib/postgresql', owner: 999 },
    { path: '/var/lib/postgresql/data', owner: 999, mode: 0o777 },
    { path: '/var/run/postgresql', owner: 999, mode: 0o3777 },
    { path: '/docker-entrypoint-initdb.d' },
  ],
  files: [{ path: '/usr/local/bin/docker-entrypoint.sh', text: POSTGRES_ENTRYPOINT, mode: 0o755 }],
  user: { name: 'postgres', id: 999, home: '/var/lib/postgresql' },
  run: (version) => ({
    Env: [
      `${IMAGE_PATH}:${PROGRAMS}`,
      'LANG=C.UTF-8',
      `PG_VERSION=${version}`,
      'PG_MAJOR=15',
      'PGDATA=/var/lib/postgresql/data',
    ],
    Entrypoint: ['docker-entrypoint.sh'],
    Cmd: ['postgres'],
    ExposedPorts: { '5432/tcp': {} },
    Volumes: { '/var/lib/postgresql/data': {} },
    StopSignal: 'SIGINT',
  }),
};
