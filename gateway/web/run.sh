#!/usr/bin/env bash
# `run.sh build|lint|test`: the pages, with whatever Node there is: the system's, else the one on PyPI.
# Installs packages when the lock changed; builds when anything the pages are made of changed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

TOOLS=.examhall/tools-node
BUILT=gateway/gateway/static
MODULES=gateway/web/node_modules

say() { printf '%s\n' "$*" >&2; }

new_enough() {
  "$1" -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)' \
    >/dev/null 2>&1
}

# Puts a Node of 20.19 or newer, with its npm, first on PATH.
ensure_node() {
  if command -v node >/dev/null && command -v npm >/dev/null && new_enough node; then return; fi
  if [ ! -x "$TOOLS/bin/node" ]; then
    say "installing Node into $TOOLS"
    "$(deploy/local/bootstrap.sh uv)" venv --quiet --no-python-downloads --clear --python .venv/bin/python "$TOOLS"
    "$(deploy/local/bootstrap.sh uv)" pip install --quiet --python "$TOOLS/bin/python" --require-hashes \
      -r requirements/node.txt
  fi
  PATH="$PWD/$TOOLS/bin:$PATH"
}

fingerprint() { cat "$@" | sha256sum | cut -d' ' -f1; }

ensure_modules() {
  local current
  current=$(fingerprint gateway/web/package-lock.json)
  if [ "$(cat "$MODULES/.examhall-stamp" 2>/dev/null)" = "$current" ]; then return; fi
  say "installing the pages' packages"
  (cd gateway/web && npm ci --no-audit --no-fund --loglevel=error)
  printf '%s\n' "$current" >"$MODULES/.examhall-stamp"
}

# What the pages are made of: their sources, and the models their types come from.
sources() {
  find gateway/web/src gateway/web/scripts gateway/web/*.html gateway/web/*.json gateway/web/*.ts contracts/contracts \
    gateway/gateway -path "$BUILT" -prune -o -path '*/generated' -prune -o -name __pycache__ -prune -o -type f -print |
    LC_ALL=C sort
}

ensure_types() {
  local current
  current=$(find contracts/contracts gateway/gateway gateway/web/scripts -name '*.py' -o -name 'generate-types.mjs' |
    LC_ALL=C sort | xargs cat | sha256sum | cut -d' ' -f1)
  local stamp=gateway/web/src/api/generated/.examhall-stamp
  if [ "$(cat "$stamp" 2>/dev/null)" = "$current" ]; then return; fi
  (cd gateway/web && npm run --silent generate)
  printf '%s\n' "$current" >"$stamp"
}

case "${1:-build}" in
  build)
    current=$(sources | xargs -d '\n' cat | sha256sum | cut -d' ' -f1)
    if [ "$(cat "$BUILT/.examhall-stamp" 2>/dev/null)" = "$current" ]; then exit 0; fi
    ensure_node
    ensure_modules
    ensure_types
    say "building the pages"
    (cd gateway/web && npm run --silent build >/dev/null)
    printf '%s\n' "$current" >"$BUILT/.examhall-stamp"
    ;;
  lint)
    ensure_node
    ensure_modules
    ensure_types
    (cd gateway/web && npm run --silent lint && npm run --silent typecheck)
    ;;
  test)
    ensure_node
    ensure_modules
    ensure_types
    (cd gateway/web && npm test --silent)
    ;;
  *)
    say "usage: run.sh build|lint|test"
    exit 2
    ;;
esac
