# What every script needs first: the right Node and the packages of package-lock.json. Sourced, from the top folder.

install_packages() {
  if ! command -v node >/dev/null || ! node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)'; then
    echo "Node 20.19 or newer is needed (found: $(node --version 2>/dev/null || echo none)); see https://nodejs.org" >&2
    exit 1
  fi
  # The lock file that npm leaves in node_modules is as new as the last install.
  if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
    echo "installing npm packages ..." >&2
    npm ci --no-audit --no-fund --loglevel=error </dev/null
  fi
}
