/** The node that runs fleet on this machine, as an image. */

import { IMAGE_PATH, type Recipe } from './recipe.ts';

const ENTRYPOINT = `#!/bin/sh
set -e
if [ "\${1#-}" != "$1" ] || [ -z "$(command -v "$1")" ] || { [ -f "$1" ] && ! [ -x "$1" ]; }; then
  set -- node "$@"
fi
exec "$@"
`;

/** library/node:20 */
export const node: Recipe = {
  repository: 'library/node',
  tag: process.versions.node.split('.')[0] ?? '20',
  source: 'machine',
  packages: [],
  versionOf: 'node',
  programs: [process.execPath, '/usr/bin/dash'],
  renamed: { [process.execPath]: '/usr/local/bin/node', '/usr/bin/dash': '/usr/bin/sh' },
  folders: [{ path: '/home/node', owner: 1000 }],
  files: [{ path: '/usr/local/bin/docker-entrypoint.sh', text: ENTRYPOINT, mode: 0o755 }],
  user: { name: 'node', id: 1000, home: '/home/node' },
  run: (version) => ({
    Env: [IMAGE_PATH, `NODE_VERSION=${version}`],
    Entrypoint: ['docker-entrypoint.sh'],
    Cmd: ['node'],
  }),
};
