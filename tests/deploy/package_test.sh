#!/usr/bin/env bash
# Proves the packages: made of the built binary, installed with apt into a bare Debian, tried there, upgraded, removed, purged; and the
# unit judged by systemd's own tools. usage: package_test.sh BUILD_FOLDER
# Exits 77, as a skipped test, where that can't be done, and says why.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd)
root=$(cd "$here/../.." && pwd)

skip() { echo "skipped: $*"; exit 77; }
fail() { echo "failed: $*" >&2; exit 1; }

[ "$(id -u)" -eq 0 ] || skip "a root of its own needs root"
for tool in mmdebstrap dpkg-deb dpkg-shlibdeps unshare ip chroot; do
  command -v "$tool" >/dev/null || skip "no $tool; on Debian 12: apt-get install mmdebstrap dpkg-dev iproute2"
done
unshare --net --mount --pid --fork true 2>/dev/null || skip "the kernel gives no namespaces"

base="$build/deploy-bare.tar" # kept: a Debian with nothing but apt, and its lists
if [ ! -s "$base" ]; then
  part=${base%.tar}-part.tar
  mmdebstrap --quiet --variant=apt --skip=cleanup/apt bookworm "$part" /etc/apt/sources.list.d/*.sources || skip "no base: Debian's archive can't be reached"
  mv "$part" "$base"
fi

work=$(mktemp -d)
trap 'rm -rf --one-file-system "$work"' EXIT
tree=$work/root
mkdir "$tree"
tar -C "$tree" -xf "$base" --exclude='./dev/*'
cp /etc/resolv.conf "$tree/etc/resolv.conf"

"$root/deploy/package.sh" "$build/trawl" "$work/out" >/dev/null
"$root/deploy/package.sh" "$build/trawl" "$work/again" >/dev/null
diff -r "$work/out" "$work/again" || fail "the same binary gives other files"
deb=$(echo "$work"/out/*.deb)
cp "$deb" "$tree/trawl.deb"
install -m 0755 "$build/trawl-test-site" "$tree/usr/local/bin/"

inside() { chroot "$tree" /usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 "$@"; }
apt_install() { inside apt-get install -y -qq --no-install-recommends "$@" >"$work/apt.log" 2>&1; }

mknod -m 666 "$tree/dev/null" c 1 3
mknod -m 666 "$tree/dev/urandom" c 1 9
apt_install /trawl.deb || { inside apt-get update -qq >/dev/null 2>&1 && apt_install /trawl.deb; } || { tail -n 20 "$work/apt.log" >&2; fail "apt does not install it"; }

[ "$(inside trawl --version)" = "$("$build/trawl" --version)" ] || fail "another version is installed"
! inside ldd /usr/bin/trawl | grep 'not found' || fail "a library is missing"
[ "$(inside stat -c '%U %a' /var/lib/trawl)" = "trawl 700" ] || fail "/var/lib/trawl: $(inside stat -c '%U %a' /var/lib/trawl)"
inside dpkg-query -W -f='${Conffiles}' trawl | grep -q /etc/trawl/server.yaml || fail "server.yaml is no conffile"
inside md5sum --quiet -c /var/lib/dpkg/info/trawl.md5sums || fail "a file differs from the package's list"
for path in /lib/systemd/system/trawl.service /usr/share/doc/trawl/copyright /usr/share/doc/trawl/guide/service.md /usr/share/man/man1/trawl.1.gz; do
  inside test -s "$path" || fail "$path is not there"
done

# The tarball runs where the libraries are.
tar -C "$tree/opt" -xzf "$work"/out/*.tar.gz
[ "$(inside sh -c '/opt/trawl-*/bin/trawl --version')" = "$("$build/trawl" --version)" ] || fail "the tarball's binary does not run"

# The service as its user, a job of it by the client commands; alone in its namespaces.
unshare --net --mount --pid --fork --kill-child "$here/package_inside.sh" "$tree" || fail "the installed service"

# The operator's configuration stays through an upgrade, the data until a purge.
echo '# mine' >>"$tree/etc/trawl/server.yaml"
inside dpkg -i --force-confold /trawl.deb >/dev/null 2>&1 || fail "it does not install over itself"
grep -q '# mine' "$tree/etc/trawl/server.yaml" || fail "an upgrade took the operator's configuration"
inside apt-get remove -y -qq trawl >/dev/null 2>&1 || fail "it can't be removed"
inside test -d /var/lib/trawl/jobs || fail "removing it took the data"
inside apt-get purge -y -qq trawl >/dev/null 2>&1 || fail "it can't be purged"
for path in /var/lib/trawl /etc/trawl /usr/share/doc/trawl /usr/bin/trawl; do
  inside test ! -e "$path" || fail "$path is left after a purge"
done

# The unit: well formed, and closed as far as a service that speaks IP can be (0 is closed, 10 is open).
if command -v systemd-analyze >/dev/null; then
  install -D -m 0755 "$build/trawl" "$work/unit/usr/bin/trawl"
  install -D -m 0644 "$root/deploy/trawl.service" "$work/unit/lib/systemd/system/trawl.service"
  systemd-analyze security --offline=true --root="$work/unit" --threshold=20 --no-pager trawl.service >"$work/security" || { tail -n 1 "$work/security" >&2; fail "the unit is more open than it was"; }
  tail -n 1 "$work/security"
  sed 's|/usr/bin/trawl|'"$build"'/trawl|' "$root/deploy/trawl.service" >"$work/trawl.service"
  said=$(systemd-analyze verify --man=no "$work/trawl.service" 2>&1 | grep trawl.service || true)
  [ -z "$said" ] || fail "systemd-analyze verify: $said"
fi
echo "packages: installed in a bare Debian, served a job, upgraded, removed, purged"
