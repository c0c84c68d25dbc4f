# dev lua: builds that Lua from Debian's sources, the library for it, and runs the specs; VERSION[-checked] (5.5: the newest) [busted's ARG...]

. "$root/tools/debian.sh"

need "debian-archive-keyring=$keyring"

# A checked one asserts what it relies on, its callers in C among that, and moves its stack whenever that might move.
wanted=${1:-}
version=${wanted%-checked}
flags=-fPIC
checked=${wanted#"$version"}
[ -z "$checked" ] || flags="$flags -g -DLUAI_ASSERT -DLUA_USE_APICHECK -DHARDSTACKTESTS"
case $version in
  5.4 | 5.5)
    version=$(newest_version "lua$version") || die "Debian's servers have no sources of Lua $wanted for us now"
    shift ;;
  5.4.* | 5.5.*) shift ;;
  *) die "usage: ./dev lua VERSION [ARG...]; versions are 5.4.3 and later, such as 5.5.1" ;;
esac
series=${version%.*}
wanted=$version$checked
home=$root/build/lua/$wanted

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
make_lua "$version" "$home" "MYCFLAGS=$flags"

# Debian's modules in C are for Lua 5.4: there they are found by the paths of Debian's own interpreter.
if [ "$series" = 5.4 ]; then
  debians=$("$(find_lua)" -e 'print(package.path)')
  export LUA_CPATH_5_4="$("$(find_lua)" -e 'print(package.cpath)')" LUA_PATH_5_4="$debians"
else
  make_busted
  export "LUA_PATH_5_5=$root/tools/standins/?.lua;$root/build/lua/busted/?.lua;$root/build/lua/busted/?/init.lua;;"
fi
export LUA="$home/bin/lua" BUILD="$root/build/lua-$wanted"
export PKG_CONFIG_PATH="$home/lib/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}"
build "$BUILD" -Dwerror=true
use "$BUILD"
specs "Lua $wanted: " "$@"
