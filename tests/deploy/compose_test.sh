#!/usr/bin/env bash
# Proves docker-compose.yml: it starts, becomes healthy, wants its token, answers a job, keeps it through a restart, holds its memory limit,
# and stops.
# usage: compose_test.sh BUILD_FOLDER
# A docker engine of its own runs in namespaces of its own (network, mounts, processes), so that nothing outside is touched and all
# ends with the test. The base image is a bootstrapped Debian with the runtime packages, as there is no registry in there. Exits 77,
# as a skipped test, where that can't be done, and says why.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd)
root=$(cd "$here/../.." && pwd)

skip() { echo "skipped: $*"; exit 77; }

[ "$(id -u)" -eq 0 ] || skip "an engine of its own needs root"
for tool in dockerd docker docker-compose mmdebstrap unshare ip curl; do
  command -v "$tool" >/dev/null || skip "no $tool; on Debian 12: apt-get install docker.io docker-compose mmdebstrap iproute2 curl"
done
unshare --net --mount --pid --fork --mount-proc true 2>/dev/null || skip "the kernel gives no namespaces"

base="$build/deploy-base.tar" # kept: it changes only with the list of packages
if [ ! -s "$base" ] || [ "$root/deploy/runtime_packages.txt" -nt "$base" ]; then
  packages=$(paste -sd, "$root/deploy/runtime_packages.txt")
  part=${base%.tar}-part.tar # the name says what mmdebstrap writes
  mmdebstrap --quiet --variant=minbase --include="$packages" bookworm "$part" /etc/apt/sources.list.d/*.sources || skip "no base image: Debian's archive can't be reached"
  mv "$part" "$base"
fi

work=$(mktemp -d)
trap 'rm -rf --one-file-system "$work"' EXIT
unshare --net --mount --pid --fork --kill-child --mount-proc "$here/compose_inside.sh" "$root" "$build" "$base" "$work"
