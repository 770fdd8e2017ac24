/** Redis 7 of Debian bookworm, behaving like the official image: user redis, /data, no protected mode. */

import { IMAGE_PATH, type Recipe } from './recipe.ts';

// Debian builds redis with protected mode on, the official image without: an option that comes first leaves the last
// word to a file or option of the user.
const ENTRYPOINT = `#!/bin/sh
set -e
if [ "\${1#-}" != "$1" ] || [ "\${1%.conf}" != "$1" ]; then
  set -- redis-server "$@"
fi
if [ "$1" = redis-server ] && [ "$(id -u)" = 0 ]; then
  find . ! -user redis -exec chown redis '{}' +
  exec /usr/bin/setpriv --reuid=redis --regid=redis --init-groups --no-new-privs "$0" "$@"
fi
[ "$(umask)" != 0022 ] || umask 0077
if [ "$1" = redis-server ]; then
  shift
  case \${1-} in
    ''|-*) set -- redis-server --protected-mode no "$@" ;;
    *) file=$1; shift; set -- redis-server "$file" --protected-mode no "$@" ;;
  esac
fi
exec "$@"
`;

/** library/redis:7 */
export const redis: Recipe = {
  repository: 'library/redis',
  tag: '7',
  source: 'bookworm',
  packages: ['redis-server', 'redis-tools', 'dash', 'util-linux'],
  versionOf: 'redis-tools',
  programs: [
    '/usr/bin/redis-check-rdb',
    '/usr/bin/redis-cli',
    '/usr/bin/redis-benchmark',
    '/usr/bin/setpriv',
    '/usr/bin/dash',
  ],
  renamed: { '/usr/bin/redis-check-rdb': '/usr/bin/redis-server', '/usr/bin/dash': '/usr/bin/sh' },
  folders: [{ path: '/data', owner: 999 }],
  files: [{ path: '/usr/local/bin/docker-entrypoint.sh', text: ENTRYPOINT, mode: 0o755 }],
  user: { name: 'redis', id: 999, home: '/home/redis' },
  run: (version) => ({
    Env: [IMAGE_PATH, `REDIS_VERSION=${version}`],
    Entrypoint: ['docker-entrypoint.sh'],
    Cmd: ['redis-server'],
    WorkingDir: '/data',
    ExposedPorts: { '6379/tcp': {} },
    Volumes: { '/data': {} },
  }),
};
