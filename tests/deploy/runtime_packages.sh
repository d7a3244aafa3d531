#!/usr/bin/env bash
# The image holds the Debian package of each shared library that the binary names. usage: runtime_packages.sh BINARY LIST
set -euo pipefail
for tool in dpkg-query objdump ldd; do
  command -v "$tool" >/dev/null || { echo "skipped: no $tool"; exit 77; }
done

owner() { # the package of a library's file; Debian's database has it with or without /usr
  dpkg-query -S "$1" 2>/dev/null || dpkg-query -S "/usr$1" 2>/dev/null || dpkg-query -S "${1#/usr}"
}

code=0
for library in $(objdump -p "$1" | awk '$1 == "NEEDED" {print $2}'); do
  path=$(ldd "$1" | awk -v name="$library" '$1 == name {print $3}')
  [ -n "$path" ] || continue # the loader itself
  package=$(owner "$path" | head -n 1 | cut -d: -f1)
  case "$package" in libc6 | libgcc-s1) continue ;; esac # every Debian has them
  grep -qx "$package" "$2" || { echo "$2 lacks $package, for $library"; code=1; }
done
exit "$code"
