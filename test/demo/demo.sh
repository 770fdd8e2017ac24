#!/usr/bin/env bash
# npm run demo: practice hosts on this machine, a shop on them, and traffic that notices nothing while versions change.
set -euo pipefail
cd "$(dirname "$0")/../.."
source test/support/install.sh

if [ "$(uname -s)" != Linux ]; then
  echo "The demo makes practice hosts out of Linux namespaces: it needs Linux, this is $(uname -s)." >&2
  echo "Run it in a Debian machine or VM, as root." >&2
  exit 1
fi
if [ "$(id -u)" != 0 ]; then
  echo "The demo makes practice hosts (namespaces, mounts, a bridge): it needs root. Type: sudo npm run demo" >&2
  exit 1
fi
install_packages
if [ ! -e dist/main.js ] || [ -n "$(find src package.json tsconfig.json -newer dist/main.js -print -quit)" ]; then
  echo "building fleet ..." >&2
  npm run --silent build
  touch dist/main.js
fi
exec node --import tsx test/demo/demo.ts
