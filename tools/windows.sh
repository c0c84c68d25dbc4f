# dev windows: builds for Windows by mingw-w64, and runs programs and specs under Wine; [ssl] [programs] [SPEC...], run FILE [ARG...], or torture

# All that is made is in build/windows, with the prefix of Wine. No real Windows is tried. TLS is taken along where 'ssl' has been
# asked for once: OpenSSL is built then.

. "$root/tools/debian.sh"

(need "$to_build lua-busted=busted gcc-mingw-w64-x86-64=x86_64-w64-mingw32-gcc wine64=/usr/lib/wine/wine64 wine=wine
  debian-archive-keyring=$keyring") || {
  echo "windows: mingw-w64 and Wine cannot be installed"
  echo "0 passed, 0 failed, 1 skipped"
  exit 0
}

home=$root/build/windows
tools=x86_64-w64-mingw32
version=5.4.9
limit=900 # seconds for the specs of a file: those of loops take hundreds on two busy processors

# Builds lua54.dll, and lua.exe, which calls it, as Lua's own makefile does for mingw.
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
. "$root/tools/windows_openssl.sh"

cat >"$home/cross.txt" <<END
[binaries]
c = '$tools-gcc'
ar = '$tools-ar'
strip = '$tools-strip'
dlltool = '$tools-dlltool'
pkgconfig = 'pkg-config'
exe_wrapper = 'wine'
[properties]
pkg_config_libdir = '$home/lua/lib/pkgconfig:$home/openssl/lib/pkgconfig'
[host_machine]
system = 'windows'
cpu_family = 'x86_64'
cpu = 'x86_64'
endian = 'little'
END
build "$home" --cross-file "$home/cross.txt" -Dlua=5.4 -Dwerror=true -Dssl=$ssl

export WINEPREFIX="$home/prefix" WINEDEBUG=-all WINEDLLOVERRIDES="mscoree=d;mshtml=d;winemenubuilder.exe=d"
[ -d "$WINEPREFIX" ] || wine wineboot --init >/dev/null 2>&1 || die "Wine cannot make a prefix in $WINEPREFIX"

# Removes the temporary files of earlier runs: Windows uses their names again.
rm -rf "$WINEPREFIX"/drive_c/users/*/Temp/*

# Where lua.exe finds modules: the library's, stand-ins for busted's in C, and busted.
busted=$("$(find_lua)" -e 'print(package.searchpath("busted.core", package.path):match("^(.*)busted.core.lua$"))')
LUA_PATH_5_4="$root/lua/?.lua;$root/lua/?/init.lua;./?.lua;$root/tools/standins/windows/?.lua;$root/tools/standins/?.lua"
export LUA_PATH_5_4="$LUA_PATH_5_4;$busted?.lua;$busted?/init.lua"
export LUA_CPATH_5_4="$home/?.dll"
cd "$root"

# compile RESULT SOURCE [WORD...]: where the result is older than the source
compile() {
  result=$1
  source=$2
  shift 2
  [ -n "$(find "$result" -newer "$source" 2>/dev/null)" ] ||
    $tools-gcc -O1 -static-libgcc -o "$result" "$source" "$@" -lws2_32 || die "cannot compile $source"
}

# Compiles the libraries that the specs load: under Wine there is no compiler.
export PYSOCKET_ROLES="$home/roles"
mkdir -p "$PYSOCKET_ROLES"
for library in hook memory store stranger windows; do
  compile "$PYSOCKET_ROLES/$library.dll" "spec/roles/$library.c" -shared "$home/lua/bin/lua54.dll" -lcrypt32
done

export PYSOCKET_SLOWNESS=3
wine_lua() { timeout -k 5 "$limit" wine "$home/lua/bin/lua.exe" "$@"; }

if [ "${1:-}" = run ]; then
  shift
  wine_lua "$@"
  exit
fi

# What ./dev torture memory does on Linux, without a sanitizer: only some of the allocations of the scenes fail.
if [ "${1:-}" = torture ]; then
  rm -f "$home/host.exe"
  compile "$home/host.exe" torture/host.c -Isrc "-I$home/lua/include" "$home/lua/bin/lua54.dll" -Wl,-Bstatic -lpthread
  cp "$home/lua/bin/lua54.dll" "$home"
  limit=1800
  status=0
  for words in "open 31" "close 20" "starve 23"; do
    echo "== $words"
    # shellcheck disable=SC2086
    timeout -k 5 "$limit" wine "$home/host.exe" $words || { status=1; echo "FAILED: $words"; }
  done
  exit "$status"
fi

script=$(command -v busted)
runs=$(mktemp -d)

# Runs the specs of one file, and counts them, also where they crash or take too long.
run_file() {
  tally=$runs/$2.tally
  : >"$tally"
  status=0
  began=$(date +%s)
  PYSOCKET_TALLY=$tally wine_lua "$script" "$1" </dev/null || status=$?
  last=$(tail -n 1 "$tally" | tr -d '\r')
  if [ "$last" != . ]; then
    printf '\n%s broke off with status %s. %s\n' "$1" "$status" "$last"
    echo - >>"$tally"
  fi
  echo "$1: $(($(date +%s) - began)) s"
}

# Runs the files that no other worker has taken.
work() {
  number=0
  for file; do
    number=$((number + 1))
    mkdir "$runs/$number" 2>/dev/null || continue
    run_file "$file" "$number" >"$runs/$number/output" 2>&1
    # Wine sometimes does not find a DLL that is there, while two programs start
    if grep -q "error loading module 'pysocket.core'" "$runs/$number/output"; then
      echo "$file: Wine has not found core.dll; once more"
      run_file "$file" "$number" >"$runs/$number/output" 2>&1
    fi
    cat "$runs/$number/output"
  done
}

count() { cat "$runs"/*.tally | grep -c "^$1" || :; }

# A server here and a client there, and the other way: the programs that run Lua for each.
here_lua() { env "LUA_CPATH_5_4=$root/build/?.so" lua5.4 "$@"; }
meet() {
  : >"$home/server"
  "$1" examples/echo_server.lua 127.0.0.1 0 1 >"$home/server" &
  tries=0
  until grep -q listening "$home/server" || [ "$tries" = 60 ]; do
    tries=$((tries + 1))
    sleep 1
  done
  port=$(tr -d '\r' <"$home/server" | sed -n 's/^listening on .*:\([0-9]*\)$/\1/p')
  "$2" examples/echo_client.lua 127.0.0.1 "$port" hello | grep -q 'received: hello' || die "a client does not reach its server: $2, $1"
  wait
  echo "A client has reached its server: $2, $1"
}

if [ "${1:-programs}" = programs ]; then
  [ $# = 0 ] || shift
  build "$root/build"
  meet here_lua wine_lua
  meet wine_lua here_lua
  [ "$ssl" = disabled ] || meet_openssl
  wine_lua examples/demo.lua || die "the demo does not run"
  # Ctrl-C is pressed in a console: Wine has one where there is a terminal.
  for wait in call tasks; do
    : >"$home/interrupted"
    command="wine '$home/lua/bin/lua.exe' spec/roles/interrupted.lua $wait '$home/interrupted'"
    timeout -k 5 "$limit" script -qc "$command" /dev/null >/dev/null || :
    [ "$(cat "$home/interrupted")" = "interrupted!" ] || die "Ctrl-C does not end a wait: $wait: $(cat "$home/interrupted")"
    echo "Ctrl-C ends a wait: $wait"
  done
fi

# The faults of Wine: each program in tools/wine/ fails on a system that has its fault. The specs that
# tools/wine/specs.txt has for such a fault are pending, and no others.
export PYSOCKET_KNOWN="$home/known"
: >"$PYSOCKET_KNOWN"
for program in tools/wine/*.c; do
  fault=$(basename "$program" .c)
  compile "$home/$fault.exe" "$program"
  if timeout 60 wine "$home/$fault.exe" >/dev/null 2>&1; then
    echo "note: this Wine has no fault that $program shows"
  else
    sed -n "s|^$fault  *\(.*\)|\1\tWine's fault: $program|p" tools/wine/specs.txt >>"$PYSOCKET_KNOWN"
  fi
done

if [ $# = 0 ]; then
  set -- spec
fi
start=$(date +%s)
files=$(find "$@" -name '*_spec.lua' | sort)
# shellcheck disable=SC2086
{
  [ "$(nproc)" = 1 ] || work $files &
  work $files
  wait
}
failed=$(count -)
echo "Windows, under Wine: $(count +) passed, $failed failed, $(count '?') skipped, $(($(date +%s) - start)) s"
rm -rf "$runs"
[ "$failed" = 0 ]
