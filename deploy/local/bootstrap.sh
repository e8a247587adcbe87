#!/usr/bin/env bash
# Makes .venv from the hash-pinned requirement files, with nothing on the machine but a Python from 3.11 to 3.13.
# Does nothing when it is already as the files say. Reads no registry address from any file: pip and uv use their own.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

VENV=.venv
TOOLS=.examhall/tools
STAMP=$VENV/examhall-stamp

say() { printf '%s\n' "$*" >&2; }

supported() {
  "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1
}

find_python() {
  local candidate
  for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11 python; do
    if command -v "$candidate" >/dev/null && supported "$candidate"; then
      # The real interpreter: a version manager's shim would look the version up again in every directory.
      "$candidate" -c 'import sys; print(sys.executable)'
      return
    fi
  done
  say "Examhall needs Python 3.11, 3.12 or 3.13; please install one (Debian: sudo apt-get install -y python3 python3-venv)"
  exit 1
}

# A virtual environment that has pip, also where Debian splits that into a package of its own.
make_tools_venv() {
  local python=$1
  if "$python" -m venv "$TOOLS" >/dev/null 2>&1; then return; fi
  rm -rf "$TOOLS"
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    local version
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    apt-get update -q >&2 && apt-get install -y -q --no-install-recommends "python$version-venv" >&2
    "$python" -m venv "$TOOLS" && return
  fi
  say "python3 cannot make virtual environments; please run: sudo apt-get install -y python3-venv"
  exit 1
}

ensure_uv() {
  local wanted
  wanted=$(sed -n 's/^uv==\([0-9.]*\).*/\1/p' requirements/uv.txt)
  local candidate
  for candidate in uv "$TOOLS/bin/uv"; do
    if command -v "$candidate" >/dev/null && [ "$("$candidate" --version 2>/dev/null | cut -d' ' -f2)" = "$wanted" ]; then
      command -v "$candidate"
      return
    fi
  done
  say "installing uv $wanted into $TOOLS"
  rm -rf "$TOOLS"
  make_tools_venv "$(find_python)"
  "$TOOLS/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt >&2
  command -v "$TOOLS/bin/uv"
}

members() { printf '%s\n' contracts services/*/ gateway deploy/local | sed 's#/$##'; }

fingerprint() {
  local member
  {
    cat requirements/dev.txt requirements/uv.txt
    for member in $(members); do cat "$member/pyproject.toml"; done
    pwd # editable packages point to this place
  } | sha256sum | cut -d' ' -f1
}

if [ "${1:-}" = "uv" ]; then
  ensure_uv
  exit
fi

current=$(fingerprint)
if [ -x "$VENV/bin/python" ] && [ "$(cat "$STAMP" 2>/dev/null)" = "$current" ]; then exit 0; fi

uv=$(ensure_uv)
export UV_HTTP_TIMEOUT=${UV_HTTP_TIMEOUT:-180} UV_LINK_MODE=${UV_LINK_MODE:-copy}
if ! { [ -x "$VENV/bin/python" ] && supported "$VENV/bin/python"; }; then
  "$uv" venv --quiet --no-python-downloads --clear --python "$(find_python)" "$VENV"
fi
say "installing the pinned packages into $VENV"
rm -f "$STAMP"
# Bytecode is compiled once here instead of by each of eight services at its first start.
"$uv" pip install --quiet --python "$VENV/bin/python" --require-hashes --compile-bytecode -r requirements/dev.txt
editable=()
for member in $(members); do editable+=(--editable "$member"); done
"$uv" pip install --quiet --python "$VENV/bin/python" --no-deps "${editable[@]}"
printf '%s\n' "$current" >"$STAMP"
