#!/usr/bin/env bash
# clang-tidy with .clang-tidy over: the files named; or, with --all, every source; else the sources that differ from the branch main.
# usage: tidy.sh BUILD_FOLDER [--all | FILE …]. Exits 77, as a skipped test, where clang-tidy-19 is missing.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=$1
shift

command -v clang-tidy-19 >/dev/null || { echo "skipped: no clang-tidy-19; on Debian 12: apt-get install clang-tidy-19"; exit 77; }

sources() { git ls-files --cached --others --exclude-standard "$@" | grep -E '^(crawler|config|server|bench)/.*\.cpp$' | grep -v entity_table.cpp; }
changed() {
  local main
  main=$(git merge-base HEAD origin/main 2>/dev/null || git merge-base HEAD main 2>/dev/null || git rev-parse HEAD)
  { git diff --name-only --diff-filter=d "$main"; git ls-files --others --exclude-standard; } | sort -u | grep -Fx "$(sources)" || true
}

case "${1:-}" in
  --all) files=$(sources) ;;
  "") files=$(changed) ;;
  *) files=$(printf '%s\n' "$@") ;;
esac
files=$(grep -Fx "$(grep -oP '"file": "\K[^"]+' "$build/compile_commands.json" | sed "s|^$PWD/||")" <<<"$files" || true) # what is not built has no flags
[ -n "$files" ] || { echo "clang-tidy: no source to look at"; exit 0; }
echo "clang-tidy: $(wc -l <<<"$files") files"
xargs -P "$(nproc)" -n 2 clang-tidy-19 -p "$build" --quiet <<<"$files" 2>/dev/null
