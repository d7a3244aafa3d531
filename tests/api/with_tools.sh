#!/usr/bin/env bash
# usage: with_tools.sh PYTHON ARGUMENT …: runs it with the Python of deploy/test_tools.sh, or with PYTHON where that has not run.
set -euo pipefail
own=$(dirname "$0")/../../build/test-tools/bin/python
[ -x "$own" ] && shift && set -- "$own" "$@"
exec "$@"
