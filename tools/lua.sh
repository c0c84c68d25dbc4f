# dev lua: builds that Lua from Debian's sources, the library for it, and runs the specs; VERSION [busted's ARG...]

. "$root/tools/debian.sh"

version=${1:-}
case $version in
  5.4.* | 5.5.*) shift ;;
  *) die "usage: ./dev lua VERSION [ARG...]; versions are 5.4.3 and later, such as 5.5.1" ;;
esac
series=${version%.*}
home=$root/build/lua/$version

# Fetches and builds Lua, with the .pc file that its own makefile does not write.
make_lua() {
  tarball=$sources/lua${series}_$version.orig.tar.gz
  mkdir -p "$sources" "$root/build/lua"
  if [ ! -f "$tarball" ] && [ -f "$sources/lua-$version.tar.gz" ]; then tarball=$sources/lua-$version.tar.gz; fi
  if [ ! -f "$tarball" ] && ! debian_source "lua$series" "$version"; then
    die "No release of Debian has the sources of Lua $version. Put lua-$version.tar.gz into build/sources to go on."
  fi
  rm -rf "$home"
  mkdir -p "$home/source" "$home/lib/pkgconfig"
  tar -xzf "$tarball" -C "$home/source" --strip-components=1
  log=$home/log
  if ! make -C "$home/source" linux MYCFLAGS=-fPIC >"$log" 2>&1 ||
    ! make -C "$home/source" install INSTALL_TOP="$home" >>"$log" 2>&1; then
    cat "$log" >&2
    die "cannot build Lua $version"
  fi
  cat >"$home/lib/pkgconfig/lua$series.pc" <<END
prefix=$home
INSTALL_LMOD=\${prefix}/share/lua/$series
INSTALL_CMOD=\${prefix}/lib/lua/$series
Name: Lua
Description: Lua $version as tools/lua.sh builds it
Version: $version
Libs: -L\${prefix}/lib -llua -lm -ldl
Cflags: -I\${prefix}/include
END
}

# Debian's busted for Lua 5.4 as this Lua takes it. In Lua 5.5 the variable of a loop is constant: each loop gets a copy.
make_busted() {
  copy=$root/build/lua/busted
  [ ! -d "$copy" ] || return 0
  mkdir -p "$copy.new"
  for name in busted busted.lua cliargs cliargs.lua luassert mediator.lua pl say; do
    cp -RL "/usr/share/lua/5.4/$name" "$copy.new"
  done
  find "$copy.new" -name '*.lua' -exec sed -i 's/^ *for \([a-z_, ]*\) in .* do$/& local \1 = \1/' {} +
  mv "$copy.new" "$copy"
}

need "$to_test make=make"
[ -x "$home/bin/lua" ] || make_lua

# Debian's modules in C are for Lua 5.4: there they are found by the paths of Debian's own interpreter.
if [ "$series" = 5.4 ]; then
  debians=$("$(find_lua)" -e 'print(package.path)')
  export LUA_CPATH_5_4="$("$(find_lua)" -e 'print(package.cpath)')" LUA_PATH_5_4="$debians"
else
  make_busted
  export "LUA_PATH_5_5=$root/tools/standins/?.lua;$root/build/lua/busted/?.lua;$root/build/lua/busted/?/init.lua;;"
fi
export LUA="$home/bin/lua" BUILD="$root/build/lua-$version"
export PKG_CONFIG_PATH="$home/lib/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}"
build "$BUILD" -Dwerror=true
use "$BUILD"
specs "Lua $version: " "$@"
