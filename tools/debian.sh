# Debian's packages of other releases and processors, in folders of ours, and Lua from its sources: for lua.sh and arch.sh.

sources=$root/build/sources
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# The mirror of Debian that this machine uses; nothing where it is no Debian, or never asked for its lists.
find_mirror() {
  apt-get indextargets --format '$(SITE)' 'Identifier: Packages' 'Origin: Debian' 2>/dev/null |
    grep -v security | head -n 1
}

mirror=$(find_mirror) || true
if [ -z "$mirror" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  apt-get update -qq >&2 || true
  mirror=$(find_mirror) || true
fi

# From now on apt works in that folder, with the release's packages (deb) or sources (deb-src) for that processor.
use_apt() {
  folder=$1
  kind=$2
  release=$3
  processor=$4
  [ -n "$mirror" ] && [ -f "$keyring" ] || die "Debian's packages cannot be had on this machine"
  mkdir -p "$folder/lists/partial" "$folder/archives/partial"
  : >"$folder/status"
  echo "$kind [signed-by=$keyring] $mirror $release main" >"$folder/sources.list"
  cat >"$folder/apt.conf" <<END
APT::Architecture "$processor";
APT::Architectures { "$processor"; };
APT::Sandbox::User "root";
APT::Install-Recommends "false";
Acquire::Languages "none";
Dir::State "$folder";
Dir::State::Lists "$folder/lists";
Dir::State::Status "$folder/status";
Dir::Cache "$folder";
Dir::Cache::Archives "$folder/archives";
Dir::Etc::SourceList "$folder/sources.list";
Dir::Etc::SourceParts "/dev/null";
END
  export APT_CONFIG="$folder/apt.conf"
}

# debian_source PACKAGE VERSION: fetches the pristine sources of that version from the first release that has them.
debian_source() (
  for release in sid trixie bookworm bullseye; do
    use_apt "$sources/$release" deb-src "$release" "$(dpkg --print-architecture)"
    full=$(full_version "$1" "$2") || { apt-get update -qq >&2 && full=$(full_version "$1" "$2"); } || continue
    (cd "$sources" && apt-get source -qq --download-only --tar-only "$1=$full" >/dev/null 2>&1)
    [ ! -f "$sources/$1_$2.orig.tar.gz" ] || break
  done
  [ -f "$sources/$1_$2.orig.tar.gz" ]
)

# The newest version of a source package, without Debian's revision; nothing where Debian's servers do not answer.
newest_version() (
  use_apt "$sources/sid" deb-src sid "$(dpkg --print-architecture)"
  apt-get update -qq -o APT::Update::Error-Mode=any >&2 || exit
  apt-cache showsrc "$1" 2>/dev/null | sed -n 's/^Version: \([^-]*\)-.*/\1/p' | sort -V | tail -n 1 | grep .
)

# The version of a source package with Debian's revision, by the one before it.
full_version() {
  apt-cache showsrc "$1" 2>/dev/null | sed -n "s/^Version: \($2-.*\)/\1/p" | grep -m 1 .
}

# Lua 5.4.3 was in no release of Debian, but the sources of darktable in bookworm have a copy: packs it.
darktables_lua() (
  use_apt "$sources/bookworm" deb-src bookworm "$(dpkg --print-architecture)"
  apt-get update -qq >&2
  cd "$sources" || exit
  apt-get source -qq --download-only --tar-only darktable >/dev/null 2>&1 || exit
  rm -rf lua-5.4.3
  mkdir lua-5.4.3
  tar -xf darktable_*.orig.tar.xz -C lua-5.4.3 --strip-components=4 --wildcards '*/src/external/lua'
  grep -q '^This is Lua 5.4.3,' lua-5.4.3/README && tar -czf lua-5.4.3.tar.gz lua-5.4.3
)

# lua_tarball VERSION: where the sources of that Lua are. They are fetched where they are not here.
lua_tarball() (
  version=$1
  series=${version%.*}
  tarball=$sources/lua${series}_$version.orig.tar.gz
  mkdir -p "$sources"
  [ "$version" != 5.4.3 ] || [ -f "$sources/lua-5.4.3.tar.gz" ] || darktables_lua || :
  if [ ! -f "$tarball" ] && [ -f "$sources/lua-$version.tar.gz" ]; then tarball=$sources/lua-$version.tar.gz; fi
  if [ ! -f "$tarball" ] && ! debian_source "lua$series" "$version"; then
    die "No release of Debian has the sources of Lua $version. Put lua-$version.tar.gz into build/sources to go on."
  fi
  echo "$tarball"
)

# make_lua VERSION FOLDER [WORD...]: fetches and builds Lua there, with those words for make, and with the .pc file that its own
# makefile does not write.
make_lua() (
  version=$1
  home=$2
  series=${version%.*}
  shift 2
  [ ! -x "$home/bin/lua" ] || return 0
  tarball=$(lua_tarball "$version") || exit
  rm -rf "$home"
  mkdir -p "$home/source" "$home/lib/pkgconfig"
  tar -xzf "$tarball" -C "$home/source" --strip-components=1
  if ! make -C "$home/source" linux MYCFLAGS=-fPIC "$@" >"$home/log" 2>&1 ||
    ! make -C "$home/source" install INSTALL_TOP="$home" >>"$home/log" 2>&1; then
    cat "$home/log" >&2
    die "cannot build Lua $version"
  fi
  cat >"$home/lib/pkgconfig/lua$series.pc" <<END
prefix=$home
INSTALL_LMOD=\${prefix}/share/lua/$series
INSTALL_CMOD=\${prefix}/lib/lua/$series
Name: Lua
Description: Lua $version as tools/debian.sh builds it
Version: $version
Libs: -L\${prefix}/lib -llua -lm -ldl
Cflags: -I\${prefix}/include
END
)

# install_into FOLDER PACKAGE...: unpacks packages of the release and processor in use, with what they depend on.
install_into() (
  folder=$1
  shift
  apt-get update -qq >&2
  apt-get install -qq -y --download-only "$@" >"$folder.log" 2>&1 || {
    cat "$folder.log" >&2
    die "cannot fetch $*"
  }
  mkdir -p "$folder"
  for package in "$(apt-config dump Dir::Cache::Archives --format '%v')"/*.deb; do
    dpkg -x "$package" "$folder"
  done
)
