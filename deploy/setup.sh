#!/usr/bin/env bash
# Installs the Debian 12 packages that trawl is built from. Does nothing when all are there. As root, or with sudo.
set -euo pipefail

packages=(
  clang-19 lld-19 libclang-rt-19-dev ccache ninja-build cmake pkg-config python3 python3-venv python3-yaml dpkg-dev
  libboost1.81-dev libssl-dev nlohmann-json3-dev libyaml-cpp-dev libgumbo-dev libc-ares-dev libnghttp2-dev zlib1g-dev libpsl-dev libicu-dev
  libbrotli-dev libzstd-dev librocksdb-dev libuchardet-dev libcld2-dev libre2-dev libfmt-dev libspdlog-dev libcli11-dev libhowardhinnant-date-dev tzdata libgtest-dev libgmock-dev libbenchmark-dev openssl curl
  nginx-light libnginx-mod-http-brotli-filter tinyproxy-bin microsocks dnsmasq-base  # real peers of the tests
  cmark-gfm  # renders the Markdown that the tests look at
  wrk nghttp2-client  # what ./run bench compares with
)

command -v dpkg-query >/dev/null || { echo "setup: this is not Debian; install the equivalents of: ${packages[*]}" >&2; exit 2; }

missing=()
for package in "${packages[@]}"; do
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "setup: not root and no sudo; as root run: apt-get install ${missing[*]}" >&2; exit 2; }
  as_root=(sudo)
fi
echo "setup: installing ${missing[*]}"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null >/dev/null
