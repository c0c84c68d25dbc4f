# dev windows: cross-builds Lua and the library by mingw-w64, and runs the demo and the specs under Wine; [SPEC...]

# All that is made is in build/windows, with the prefix of Wine. No real Windows is tried.

. "$root/tools/debian.sh"

need "$to_build lua-busted=busted gcc-mingw-w64-x86-64=x86_64-w64-mingw32-gcc wine64=/usr/lib/wine/wine64 wine=wine
  debian-archive-keyring=$keyring"

home=$root/build/windows
tools=x86_64-w64-mingw32
version=5.4.9
limit=300 # seconds for the specs of a file

# What Lua's own makefile does for mingw: lua54.dll, and lua.exe, which calls it.
make_windows_lua() (
  tarball=$(lua_tarball "$version") || exit
  rm -rf "$home/lua"
  mkdir -p "$home/lua/source" "$home/lua/bin" "$home/lua/lib/pkgconfig" "$home/lua/include"
  tar -xzf "$tarball" -C "$home/lua/source" --strip-components=1
  cd "$home/lua/source/src"
  cp lua.h luaconf.h lauxlib.h lualib.h "$home/lua/include"
  compile="$tools-gcc -std=gnu99 -O2 -DLUA_BUILD_AS_DLL -static-libgcc -s"
  # shellcheck disable=SC2046,SC2086
  $compile -shared -o "$home/lua/bin/lua54.dll" $(ls ./*.c | grep -v '/luac\{0,1\}\.c$')
  # shellcheck disable=SC2086
  $compile -o "$home/lua/bin/lua.exe" lua.c "$home/lua/bin/lua54.dll"
  cat >"$home/lua/lib/pkgconfig/lua5.4.pc" <<END
prefix=$home/lua
Name: Lua
Description: Lua $version as tools/windows.sh builds it
Version: $version
Cflags: -I\${prefix}/include
END
)

mkdir -p "$home"
[ -f "$home/lua/lib/pkgconfig/lua5.4.pc" ] || make_windows_lua || die "cannot build Lua for Windows"

cat >"$home/cross.txt" <<END
[binaries]
c = '$tools-gcc'
ar = '$tools-ar'
strip = '$tools-strip'
dlltool = '$tools-dlltool'
pkgconfig = 'pkg-config'
exe_wrapper = 'wine'
[properties]
pkg_config_libdir = '$home/lua/lib/pkgconfig'
[host_machine]
system = 'windows'
cpu_family = 'x86_64'
cpu = 'x86_64'
endian = 'little'
END
build "$home" --cross-file "$home/cross.txt" -Dlua=5.4 -Dwerror=true -Dssl=disabled

export WINEPREFIX="$home/prefix" WINEDEBUG=-all WINEDLLOVERRIDES="mscoree=d;mshtml=d;winemenubuilder.exe=d"
[ -d "$WINEPREFIX" ] || wine wineboot --init >/dev/null 2>&1 || die "Wine cannot make a prefix in $WINEPREFIX"

# Where lua.exe finds modules: the library's, stand-ins for busted's in C, and busted.
busted=$("$(find_lua)" -e 'print(package.searchpath("busted.core", package.path):match("^(.*)busted.core.lua$"))')
export LUA_PATH_5_4="lua/?.lua;lua/?/init.lua;./?.lua;tools/standins/windows/?.lua;tools/standins/?.lua;$busted?.lua;$busted?/init.lua"
export LUA_CPATH_5_4="$home/?.dll"
cd "$root"

wine_lua() { timeout -k 5 "$limit" wine "$home/lua/bin/lua.exe" "$@"; }

passed=0 failed=0 skipped=0
tally=$home/tally
script=$(command -v busted)

# Counts the specs of one file, also where they crash or take too long.
run_file() {
  : >"$tally"
  status=0
  echo "$1"
  PYSOCKET_TALLY=$tally wine_lua "$script" "$1" </dev/null || status=$?
  passed=$((passed + $(grep -c '^+' "$tally" || :)))
  failed=$((failed + $(grep -c '^-' "$tally" || :)))
  skipped=$((skipped + $(grep -c '^?' "$tally" || :)))
  last=$(tail -n 1 "$tally" | tr -d '\r')
  [ "$last" != . ] || return 0
  printf '\n%s broke off with status %s. %s\n' "$1" "$status" "$last"
  failed=$((failed + 1))
  wineserver -k || :
}

if [ $# = 0 ]; then
  set -- spec
fi
for file in $(find "$@" -name '*_spec.lua' | sort); do run_file "$file"; done
echo "Windows, under Wine: $passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
