# Debian's packages of other releases and processors, in folders of ours: read by lua.sh and arch.sh. Nothing is installed.

sources=$root/build/sources
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# The mirror of Debian that this machine uses; nothing where it is no Debian.
mirror=$(apt-get indextargets --format '$(SITE)' 'Identifier: Packages' 'Origin: Debian' 2>/dev/null |
  grep -v security | head -n 1) || true

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
debian_source() {
  for release in sid trixie bookworm bullseye; do
    use_apt "$sources/$release" deb-src "$release" "$(dpkg --print-architecture)"
    full=$(full_version "$1" "$2") || { apt-get update -qq >&2 && full=$(full_version "$1" "$2"); } || continue
    (cd "$sources" && apt-get source -qq --download-only --tar-only "$1=$full" >/dev/null 2>&1)
    [ ! -f "$sources/$1_$2.orig.tar.gz" ] || break
  done
  unset APT_CONFIG
  [ -f "$sources/$1_$2.orig.tar.gz" ]
}

# The version of a source package with Debian's revision, by the one before it.
full_version() {
  apt-cache showsrc "$1" 2>/dev/null | sed -n "s/^Version: \($2-.*\)/\1/p" | grep -m 1 .
}
