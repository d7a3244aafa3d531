#!/usr/bin/env bash
# Tools of the tests that Debian does not package, in a Python environment of their own under build/. Needs PyPI; without it the tests that
# want them are skipped. Does nothing when all are there.
set -euo pipefail
cd "$(dirname "$0")/.."

tools=(openapi-spec-validator==0.7.2)
environment=build/test-tools

[ "$(cat "$environment/tools" 2>/dev/null)" = "${tools[*]}" ] && exit 0
rm -rf "$environment"
python3 -m venv "$environment"
"$environment/bin/pip" install --quiet --disable-pip-version-check "${tools[@]}"
echo "${tools[*]}" >"$environment/tools"
