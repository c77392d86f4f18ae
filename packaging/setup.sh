# What ./dev installs before it works: Debian packages, npm packages, and libcap-ng and libyaml built
# for musl.
# Sourced, not run. Each need_* function returns at once when its thing is there, says what it
# installs when not, and with INSTALL=no fails naming what is missing.
# shellcheck shell=bash

PMX_CACHE=${PMX_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pmx-init}
INSTALL=${INSTALL:-yes}
export PMX_CACHE
# shellcheck source=packaging/pins.sh
source "$(dirname "${BASH_SOURCE[0]}")/pins.sh"

say() {
  if [ -t 2 ]; then
    printf '\033[1m==> %s\033[0m\n' "$*" >&2
  else
    printf '==> %s\n' "$*" >&2
  fi
}
die() {
  printf 'dev: %s\n' "$*" >&2
  exit 1
}

# Runs a command and shows what it said only when it fails.
quietly() {
  local log
  log=$(mktemp)
  if ! "$@" >"$log" 2>&1 </dev/null; then
    tail -n 60 "$log" >&2
    rm -f "$log"
    die "failed: $*"
  fi
  rm -f "$log"
}

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "needs root or sudo for: $*"
  fi
}

# missing_packages WHAT=PACKAGE...: names the packages whose WHAT is not there, a command or, with a
# slash, a file. "cmake" alone stands for cmake=cmake.
missing_packages() {
  local pair what
  for pair in "$@"; do
    what=${pair%%=*}
    case $what in
      /*) [ -e "$what" ] || echo "${pair#*=}" ;;
      *) command -v "$what" >/dev/null || echo "${pair#*=}" ;;
    esac
  done
}

# need_packages WHAT=PACKAGE...
need_packages() {
  local missing
  mapfile -t missing < <(missing_packages "$@")
  [ ${#missing[@]} -gt 0 ] || return 0
  [ "$INSTALL" = yes ] || die "missing Debian packages: ${missing[*]} (and --no-install was given)"
  command -v apt-get >/dev/null || die "needs Debian or Ubuntu to install: ${missing[*]}"
  say "installing Debian packages: ${missing[*]}"
  quietly as_root apt-get -q update
  quietly as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get -q -y --no-install-recommends install "${missing[@]}"
}

# The same for packages that would start a daemon: policy-rc.d forbids it, as it does in most images.
need_packages_asleep() {
  local policy=/usr/sbin/policy-rc.d
  if [ -e "$policy" ] || [ "$INSTALL" != yes ] || [ -z "$(missing_packages "$@")" ]; then
    need_packages "$@"
    return
  fi
  (
    trap 'as_root rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' | as_root install -m 755 /dev/stdin "$policy"
    need_packages "$@"
  )
}

need_build_tools() {
  need_packages cmake ninja=ninja-build g++ git python3 /usr/include/cap-ng.h=libcap-ng-dev \
    /usr/include/yaml.h=libyaml-dev \
    /usr/include/nlohmann/json.hpp=nlohmann-json3-dev /usr/include/doctest/doctest.h=doctest-dev
}

# need_npm_package NAME VERSION [INTEGRITY]: installs it under $PMX_CACHE/npm.
need_npm_package() {
  local name=$1 version=$2 integrity=${3:-} home=$PMX_CACHE/npm
  if [ -f "$home/node_modules/$name/package.json" ] &&
    grep -qE "\"version\": \"${version//./\\.}[\"+]" "$home/node_modules/$name/package.json"; then
    return 0
  fi
  [ "$INSTALL" = yes ] || die "missing npm package: $name@$version (and --no-install was given)"
  need_packages npm ca-certificates=ca-certificates
  say "installing npm package: $name@$version into $home"
  mkdir -p "$home"
  (
    flock 9
    quietly npm install --prefix "$home" --no-audit --no-fund --save-exact "$name@$version"
  ) 9>"$home/.lock"
  if [ -n "$integrity" ] && ! grep -qF "$integrity" "$home/package-lock.json"; then
    rm -rf "${home:?}/node_modules/$name"
    die "$name@$version is not the package that packaging/pins.sh names (integrity differs)"
  fi
}

# What docs/manifest.schema.json is tested with.
need_jsonschema() {
  python3 -c 'import jsonschema' 2>/dev/null ||
    need_packages /usr/lib/python3/dist-packages/jsonschema=python3-jsonschema
}

# The machine's own Node if it has one, else Debian's.
need_node() { need_packages node=nodejs; }

# Sets PMX_ZIG and where Zig keeps what it compiled; the first C++ link of a target takes a minute.
need_zig() {
  need_npm_package "$ZIG_PACKAGE" "$ZIG_VERSION" "$ZIG_INTEGRITY"
  export PMX_ZIG=$PMX_CACHE/npm/node_modules/$ZIG_PACKAGE/zig
  export ZIG_GLOBAL_CACHE_DIR=$PMX_CACHE/zig-cache ZIG_LOCAL_CACHE_DIR=$PMX_CACHE/zig-cache
}

# need_source NAME VERSION SHA256: downloads a source archive with apt, from the machine's own mirrors
# but with package lists of our own, so that nothing about the machine's sources changes. Sets TARBALL.
need_source() {
  local package=$1 version=$2 sum=$3 name=$1_$2.orig.tar.gz apt=$PMX_CACHE/apt list
  TARBALL=$PMX_CACHE/downloads/$name
  if [ ! -f "$TARBALL" ]; then
    [ "$INSTALL" = yes ] || die "missing source package: $package $version (and --no-install was given)"
    say "downloading source package: $package $version into $PMX_CACHE/downloads"
    mkdir -p "$apt"/{parts,lists/partial,get} "$PMX_CACHE/downloads"
    for list in /etc/apt/sources.list.d/*.sources; do
      [ -f "$list" ] && sed 's/^Types:.*/Types: deb-src/' "$list" >"$apt/parts/${list##*/}"
    done
    for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
      [ -f "$list" ] && sed -n 's/^deb /deb-src /p' "$list" >"$apt/parts/${list##*/}"
    done
    local options=(-q -o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$apt/parts"
      -o "Dir::State::lists=$apt/lists" -o APT::Sandbox::User=)
    quietly apt-get "${options[@]}" update
    (cd "$apt/get" && quietly apt-get "${options[@]}" source --download-only "$package")
    [ -f "$apt/get/$name" ] ||
      die "this distribution has another $package than $version, which the musl builds are pinned to; put $name into $PMX_CACHE/downloads"
    mv "$apt/get/$name" "$TARBALL"
  fi
  echo "$sum  $TARBALL" | sha256sum --check --quiet >&2 ||
    die "$TARBALL is not the file that packaging/pins.sh names"
}
need_libcap_ng_source() {
  need_source libcap-ng "$LIBCAP_NG_VERSION" "$LIBCAP_NG_SHA256"
  LIBCAP_NG_TARBALL=$TARBALL
}
need_libyaml_source() {
  need_source libyaml "$LIBYAML_VERSION" "$LIBYAML_SHA256"
  LIBYAML_TARBALL=$TARBALL
}

# need_libcap_ng TRIPLE: the static library for one target. PMX_LIBCAP_NG_SOURCE=DIR takes a source
# tree of your own instead of the pinned one: that is how the release binaries are relinked.
need_libcap_ng() {
  local triple=$1 work prefix
  need_packages make gcc
  export PMX_TARGET_PREFIX=$PMX_CACHE/target/libcap-ng-$LIBCAP_NG_VERSION-on-demand
  [ -z "${PMX_LIBCAP_NG_SOURCE:-}" ] || PMX_TARGET_PREFIX=$PMX_CACHE/target/libcap-ng-own
  PMX_TARGET_PREFIX+=-libyaml-$LIBYAML_VERSION # which need_libyaml puts beside it
  prefix=$PMX_TARGET_PREFIX/$triple
  [ -n "${PMX_LIBCAP_NG_SOURCE:-}" ] || [ ! -f "$prefix/lib/libcap-ng.a" ] || return 0
  work=$(mktemp -d)
  if [ -n "${PMX_LIBCAP_NG_SOURCE:-}" ]; then
    cp -a "$PMX_LIBCAP_NG_SOURCE/." "$work"
  else
    need_libcap_ng_source
    tar -xzf "$LIBCAP_NG_TARBALL" -C "$work" --strip-components=1
  fi
  say "building libcap-ng for $triple"
  (
    cd "$work" || exit
    export CC="$PMX_ZIG cc -target $triple" AR="$PMX_ZIG ar" RANLIB="$PMX_ZIG ranlib"
    # It looks at the system when it is first asked; as a constructor it would whenever we start.
    export CFLAGS="-Dconstructor=unused -O2 -flto -ffunction-sections -fdata-sections -ffile-prefix-map=$work=."
    quietly ./configure --host="$triple" --disable-shared --without-python3
    quietly make -C src libcap-ng.la
  )
  mkdir -p "$prefix"/{include,lib}
  cp "$work/src/cap-ng.h" "$prefix/include/"
  cp "$work/src/.libs/libcap-ng.a" "$prefix/lib/.libcap-ng.a.$$"
  mv "$prefix/lib/.libcap-ng.a.$$" "$prefix/lib/libcap-ng.a"
  rm -rf "$work"
}

# need_libyaml TRIPLE, after need_libcap_ng, beside whose library it goes: what reads, not what writes.
# As small as can be, since it runs once, and without tables to unwind, since it is C.
need_libyaml() {
  local triple=$1 prefix=$PMX_TARGET_PREFIX/$1 work unit
  [ ! -f "$prefix/lib/libyaml.a" ] || return 0
  need_libyaml_source
  work=$(mktemp -d)
  tar -xzf "$LIBYAML_TARBALL" -C "$work" --strip-components=1
  say "building libyaml for $triple"
  (
    cd "$work/src" || exit
    for unit in api reader scanner parser; do
      quietly "$PMX_ZIG" cc -target "$triple" -c -Oz -flto -ffunction-sections -fdata-sections -fno-pie \
        -fno-ident -fno-exceptions -fno-unwind-tables -fno-asynchronous-unwind-tables -DNDEBUG \
        "-ffile-prefix-map=$work=." -I../include -DYAML_VERSION_MAJOR=${LIBYAML_VERSION%%.*} \
        -DYAML_VERSION_MINOR=2 -DYAML_VERSION_PATCH=${LIBYAML_VERSION##*.} \
        "-DYAML_VERSION_STRING=\"$LIBYAML_VERSION\"" $unit.c -o $unit.o
    done
    quietly "$PMX_ZIG" ar qcD ".libyaml.a" api.o reader.o scanner.o parser.o
  )
  mkdir -p "$prefix"/{include,lib}
  cp "$work/include/yaml.h" "$prefix/include/"
  cp "$work/src/.libyaml.a" "$prefix/lib/.libyaml.a.$$"
  mv "$prefix/lib/.libyaml.a.$$" "$prefix/lib/libyaml.a"
  rm -rf "$work"
}
