# dev bench: us beside other libraries, Python and plain C; [WORKLOAD...] [rounds=N] [scale=N]

need "$to_build python3=python3"
(need "gnuplot-nox=gnuplot") || true

# Contenders that cannot be had are left out.
for module in socket luv cqueues; do
  "$(find_lua)" -e "require '$module'" 2>/dev/null || (need "lua-$module=lua-$module") || true
done

"$(find_lua)" -e "require 'ssl'" 2>/dev/null || (need "lua-sec=require:ssl openssl=openssl") || true

. "$root/bench/build.sh"

# A library whose package has no files for Lua 5.4: those for 5.2 run.
copas=$place/copas/usr/share/lua/5.2
if [ ! -f "$copas/copas.lua" ] && command -v apt-get >/dev/null && command -v dpkg >/dev/null; then
  mkdir -p "$place/copas"
  (cd "$place/copas" && apt-get download lua-copas lua-coxpcall && for package in *.deb; do
    dpkg -x "$package" .
  done) >/dev/null 2>&1 || true
fi
if [ -f "$copas/copas.lua" ]; then
  export BENCH_COPAS="$copas"
  LUA_PATH_5_4="$LUA_PATH_5_4;$copas/?.lua"
fi

"$lua" bench/run.lua "$@"

# Only what was measured together belongs in one chart.
for word; do
  case $word in
    *=*) ;;
    *) exit 0 ;;
  esac
done
if command -v gnuplot >/dev/null; then
  "$lua" bench/chart.lua bench/results.tsv "$place/chart.tsv"
  gnuplot -e "table='$place/chart.tsv'; image='docs/bench'" bench/chart.gp
  echo "
drawn: docs/bench.svg, docs/bench.png"
fi
