#!/usr/bin/env bash
# The inner half of package_test.sh: the installed service in a root of its own, alone in its namespaces. usage: package_inside.sh ROOT
set -euo pipefail
tree=$1
fail() { echo "failed: $*" >&2; cat "$tree/tmp/serve.log" >&2 || true; exit 1; }

ip link set lo up
mount -t proc proc "$tree/proc"
inside() { chroot "$tree" /usr/bin/env -i PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 "$@"; }

inside trawl-test-site --port 8099 2>/dev/null &
inside runuser -u trawl -- trawl serve --config /etc/trawl/server.yaml --set 'egress.allow=["127.0.0.1:8099"]' 2>"$tree/tmp/serve.log" &
for _ in $(seq 100); do
  inside trawl jobs >/dev/null 2>&1 && break
  sleep 0.1
done
inside trawl jobs >/dev/null || fail "the service does not answer"
inside trawl submit http://127.0.0.1:8099/ --set scope.max_pages=50 --set politeness.delay=0s -f -q >"$tree/tmp/records" || fail "its job"
lines=$(wc -l <"$tree/tmp/records")
[ "$lines" -ge 50 ] || fail "$lines records instead of 50"
inside trawl token --config /etc/trawl/server.yaml >/dev/null 2>&1 || fail "trawl token"
[ "$(inside stat -c '%U %a' /var/lib/trawl/token)" = "trawl 600" ] || fail "the token that root made is not the service's"
