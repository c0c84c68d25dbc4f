# dev bench: us beside other libraries, Python and plain C; [WORKLOAD...] [rounds=N] [scale=N] [output=FILE]

# Contenders that cannot be had are left out.
need "$to_build python3=python3"
(need "gnuplot-nox=gnuplot") || true
for module in socket luv cqueues; do
  "$(find_lua)" -e "require '$module'" 2>/dev/null || (need "lua-$module=lua-$module") || true
done

place=$root/build/bench
build "$place" --buildtype=release -Db_ndebug=true
use "$place"

# The C programs, and those of a package that has files for Lua 5.2 alone: they run on 5.4.
programs() {
  cc -O2 -D_GNU_SOURCE -o "$place/peer" bench/peer.c
  for source in bench/*/plain.c; do
    program=${source#bench/}
    mkdir -p "$place/${program%/*}"
    cc -O2 -D_GNU_SOURCE -o "$place/${program%.c}" "$source"
  done
}

fetch_copas() {
  [ ! -f "$place/copas/usr/share/lua/5.2/copas.lua" ] || return 0
  command -v apt-get >/dev/null && command -v dpkg >/dev/null || return 0
  mkdir -p "$place/copas"
  (cd "$place/copas" && apt-get download lua-copas lua-coxpcall lua-binaryheap && for file in *.deb; do
    dpkg -x "$file" .
  done) >/dev/null 2>&1 || true
}

programs
fetch_copas
if [ -f "$place/copas/usr/share/lua/5.2/copas.lua" ]; then
  export BENCH_COPAS="$place/copas/usr/share/lua/5.2"
fi
export BENCH_PEER="$place/peer" BENCH_PROGRAMS="$place" BENCH_LUA="$lua"
LUA_PATH_5_4="$root/?.lua;${BENCH_COPAS:+$BENCH_COPAS/?.lua;}$LUA_PATH_5_4"
"$lua" bench/run.lua "$@"
