#!/usr/bin/env bash
# npm test: everything from nothing. Ends with one line: N passed, N failed, N skipped.
set -euo pipefail
cd "$(dirname "$0")/.."
source test/support/install.sh
install_packages
exec node --import tsx test/run.ts
