#!/usr/bin/env bash
# Makes a Debian package and a tarball of a built binary. usage: package.sh BINARY OUT_FOLDER
# The version is the binary's; what it depends on comes from the libraries that it is linked with. The same binary gives the same files
# where SOURCE_DATE_EPOCH is the same; by default that is the time of the last commit.
set -euo pipefail
binary=$(realpath "$1")
mkdir -p "$2"
out=$(realpath "$2")
root=$(cd "$(dirname "$0")/.." && pwd)

for tool in dpkg-deb dpkg-shlibdeps strip gzip; do
  command -v "$tool" >/dev/null || { echo "package: no $tool; as root: apt-get install dpkg-dev binutils" >&2; exit 2; }
done
version=$("$binary" --version)
version=${version#trawl }
architecture=$(dpkg --print-architecture)
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct 2>/dev/null || date +%s)}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
umask 022

put_documents() { # put_documents FOLDER: what people read
  install -d "$1"
  install -m 0644 "$root/README.md" "$1/"
  cp -r "$root/docs/guide" "$root/docs/reference" "$root/config/examples" "$1/"
  find "$1" -type d -exec chmod 0755 {} + -o -type f -exec chmod 0644 {} +
}

put_man_page() { # put_man_page FOLDER
  install -d "$1"
  sed "s/@VERSION@/$version/" "$root/deploy/package/trawl.1" >"$1/trawl.1"
  gzip -9n "$1/trawl.1"
}

put_binary() { # put_binary FOLDER
  install -D -m 0755 "$binary" "$1/trawl"
  strip --strip-unneeded --remove-section=.comment "$1/trawl"
}

# The libraries, each at the oldest version that has the symbols; then what no library names: certificates, and useradd for the postinst.
dependencies() {
  mkdir -p "$work/shlibs/debian"
  printf 'Source: trawl\n\nPackage: trawl\nArchitecture: any\n' >"$work/shlibs/debian/control"
  (cd "$work/shlibs" && dpkg-shlibdeps -O "$1" 2>"$work/shlibs.log" || { cat "$work/shlibs.log" >&2; exit 1; }) | sed -n 's/^shlibs:Depends=//p'
}

put_control() { # put_control TREE
  local tree=$1
  install -d "$tree/DEBIAN"
  install -m 0755 "$root"/deploy/package/{postinst,prerm,postrm} "$tree/DEBIAN/"
  echo /etc/trawl/server.yaml >"$tree/DEBIAN/conffiles"
  (cd "$tree" && find usr lib -type f -print0 | sort -z | xargs -0 md5sum >DEBIAN/md5sums)
  cat >"$tree/DEBIAN/control" <<CONTROL
Package: trawl
Version: $version
Architecture: $architecture
Maintainer: the authors of trawl <trawl@localhost>
Installed-Size: $(du -sk --apparent-size --exclude=DEBIAN "$tree" | cut -f1)
Depends: $(dependencies "$tree/usr/bin/trawl"), ca-certificates, passwd
Section: web
Priority: optional
Description: web crawler that writes one JSON line per URL
 trawl reads a job file, crawls politely, and writes one JSON line for each
 URL that it took up. It runs from the command line, and as a service with an
 HTTP API: systemctl enable --now trawl
CONTROL
}

make_deb() {
  local tree=$work/deb
  put_binary "$tree/usr/bin"
  put_man_page "$tree/usr/share/man/man1"
  put_documents "$tree/usr/share/doc/trawl"
  install -m 0644 "$root/deploy/package/copyright" "$tree/usr/share/doc/trawl/copyright"
  install -D -m 0644 "$root/deploy/trawl.service" "$tree/lib/systemd/system/trawl.service"
  install -D -m 0644 "$root/deploy/package/server.yaml" "$tree/etc/trawl/server.yaml"
  put_control "$tree"
  dpkg-deb --root-owner-group -Zxz --build "$tree" "$out/trawl_${version}_$architecture.deb" >/dev/null
}

make_tarball() {
  local name=trawl-$version-linux-$(uname -m)
  local tree=$work/$name
  put_binary "$tree/bin"
  put_man_page "$tree/share/man/man1"
  put_documents "$tree/doc"
  install -m 0644 "$root/LICENSE" "$root/README.md" "$root/deploy/trawl.service" "$root/deploy/runtime_packages.txt" "$tree/"
  install -m 0644 "$root/deploy/package/server.yaml" "$tree/server.yaml"
  tar -C "$work" --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner -cf - "$name" | gzip -9n >"$out/$name.tar.gz"
  echo "$out/$name.tar.gz"
}

make_deb
echo "$out/trawl_${version}_$architecture.deb"
make_tarball
