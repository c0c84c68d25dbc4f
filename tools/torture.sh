# dev torture: what takes longer than a check; [STEP...] of memory api bytes collector tasks graphs signals states fuzz tls valgrind; seconds=N of fuzzing, programs=N of graphs, every=N of the allocations of TLS

need "$to_test clang=clang valgrind=valgrind"

works=$root/build/torture
seconds=60
programs=10000
every=7
steps=
for word; do
  case $word in
    seconds=*) seconds=${word#*=} ;;
    programs=*) programs=${word#*=} ;;
    every=*) every=${word#*=} ;;
    *) steps="$steps $word" ;;
  esac
done
[ -n "$steps" ] || steps="memory api bytes collector tasks graphs signals states fuzz tls valgrind"

failures=
mkdir -p "$works"

# Runs a command as a step's part with that title.
part() {
  title=$1
  shift
  echo "== $title"
  began=$(date +%s)
  if ! ("$@"); then
    echo "FAILED: $title"
    failures="$failures
  $title"
  fi
  echo "   $(($(date +%s) - began)) s"
}

lua_flags() {
  pkg-config --cflags --libs "$(find_lua_pc)"
}

# compile RESULT SOURCE [WORD...]
compile() {
  result=$1
  source=$2
  shift 2
  # shellcheck disable=SC2046
  "${CC:-cc}" -O1 -g -D_GNU_SOURCE -Isrc -o "$result" "$source" "$@" $(lua_flags) -lpthread -ldl
}

use_plain() {
  build "$root/build"
  use "$root/build"
  compile "$works/host" torture/host.c -rdynamic
}

# Each allocation of each scene and of an opening fails, under ASan and LSan, which see what is lost.
step_memory() {
  CC=gcc build "$root/build/asan" -Db_sanitize=address,undefined -Db_lundef=false -Doptimization=1
  use "$root/build/asan"
  CC=gcc compile "$works/host_asan" torture/host.c -rdynamic -fsanitize=address,undefined
  gcc -shared -fPIC -o "$works/keep.so" tools/keep.c
  export ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
  preloaded() { LD_PRELOAD="$(gcc -print-file-name=libasan.so) $works/keep.so" "$works/host_asan" "$@"; }
  part "every allocation of every scene fails" preloaded starve 1
  part "every allocation of an opening fails" preloaded open 2
  part "states are closed in the midst" preloaded close 200
}

use_checked() {
  export LUA="$root/build/lua/5.4.9-checked/bin/lua" PKG_CONFIG_PATH="$root/build/lua/5.4.9-checked/lib/pkgconfig"
  use "$root/build/lua-5.4.9-checked"
}

with_checks() {
  use_checked
  compile "$works/host_checked" torture/host.c -rdynamic
  "$works/host_checked" starve 20
}

# Lua's own assertions see what sanitizers do not: one value more on the stack than there is room for, an index beyond the top.
step_api() {
  part "the specs under a Lua that checks its callers" "$root/dev" lua 5.4.9-checked --filter-out="whose memory runs out"
  part "allocations of every scene fail under it" with_checks
}

# One GiB, with system calls that fail and do a part alone.
step_bytes() {
  use_plain
  cc -shared -fPIC -O1 -D_GNU_SOURCE -o "$works/faults.so" torture/faults.c -ldl
  part "all scenes, with interruptions" env LD_PRELOAD="$works/faults.so" "$lua" torture/scenes.lua "$works/faults.so" 100
  part "1 GiB in pieces, with faults" env LD_PRELOAD="$works/faults.so" "$lua" torture/bytes.lua 1073741824 "$(date +%s)" \
    "$works/faults.so"
  part "files, beside a model" "$lua" torture/files.lua 3000 "$(date +%s)"
}

# A cycle takes as long as the heap is large: each file of specs has a process of its own.
with_collector() {
  export "LUA_INIT_$suffix=dofile('$root/spec/collector.lua').$1"
  failing=
  for file in $(find spec -name '*_spec.lua' | sort); do
    specs "$file: " "$file" --filter-out="takes no more memory" --filter-out="collects once for each time" >"$works/specs.log" 2>&1 || {
      cat "$works/specs.log"
      failing=1
    }
    tail -n 1 "$works/specs.log"
  done
  [ -z "$failing" ]
}

step_collector() {
  use_plain
  part "the specs with a collector that never rests" with_collector "steady()"
  part "the specs with generations" with_collector "generational(1, 1)"
  for mode in aggressive generational full drop; do
    part "all scenes: $mode" "$lua" spec/roles/collector.lua $mode 5
  done
}

# What hangs in the kernel nothing in the process can end.
step_tasks() {
  use_plain
  for mode in incremental generational; do
    part "random programs of tasks: $mode" timeout 1800 "$lua" torture/tasks.lua 1 200 $mode
    part "what tasks need between themselves: $mode" timeout 1800 "$lua" torture/between.lua 1 2000 $mode
  done
  part "data, ends and resets from another process, at any time" timeout 1800 "$lua" torture/arrival.lua 1 200
}

# Runs the graphs in shares, a process for each processor, by the words given: an interpreter.
graphs() {
  share=$(((programs + $(nproc) - 1) / $(nproc)))
  first=1
  shares=
  while [ "$first" -le "$programs" ]; do
    timeout 3600 "$@" torture/graph.lua "$first" "$share" "$mode" &
    shares="$shares $!"
    first=$((first + share))
  done
  status=0
  for pid in $shares; do wait "$pid" || status=1; done
  return $status
}

asan_graphs() {
  CC=gcc build "$root/build/asan" -Db_sanitize=address,undefined -Db_lundef=false -Doptimization=1
  use "$root/build/asan"
  gcc -shared -fPIC -o "$works/keep.so" tools/keep.c
  export ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
  graphs env LD_PRELOAD="$(gcc -print-file-name=libasan.so) $(gcc -print-file-name=libubsan.so) $works/keep.so" "$lua"
}

checked_graphs() {
  "$root/dev" lua 5.4.9-checked spec/version_spec.lua && use_checked && graphs "$lua"
}

step_graphs() {
  use_plain
  mode=generational
  part "random graphs of tasks, and a collector of generations" graphs "$lua"
  mode=restless
  part "random graphs of tasks under ASan, and a collector that never rests" asan_graphs
  part "random graphs of tasks under a Lua that checks its callers, and a collector that never rests" checked_graphs
}

storm() {
  export STORM="$1"
  "$lua" torture/scenes.lua "$works/storm.so" 300 && "$lua" torture/bytes.lua 1073741824 1 "$works/storm.so"
}

step_signals() {
  use_plain
  cc -shared -fPIC -O1 -o "$works/storm.so" torture/storm.c
  part "a signal every millisecond" storm interrupt
  part "a signal every millisecond, with SA_RESTART" storm restart
}

# Without address space randomization, which TSan does not always bear.
racing() {
  use "$works/tsan"
  TSAN_OPTIONS=halt_on_error=1 setarch -R "$works/host_tsan" states 8 10
}

step_states() {
  use_plain
  part "8 states in 8 threads" "$works/host" states 8 100
  CC=gcc build "$works/tsan" -Db_sanitize=thread -Db_lundef=false -Doptimization=1
  CC=gcc compile "$works/host_tsan" torture/host.c -rdynamic -fsanitize=thread
  part "8 states in 8 threads under ThreadSanitizer" racing
}

# What is found goes to torture/seeds, where the specs give it again.
fuzz() {
  mkdir -p "$works/corpus/$1"
  ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 "$works/fuzz_$1" -max_total_time="$seconds" -max_len=400 \
    -rss_limit_mb=4000 -artifact_prefix="torture/seeds/$1/found-" -print_final_stats=1 "$works/corpus/$1" "torture/seeds/$1" \
    >"$works/fuzz_$1.log" 2>&1 || {
    tail -40 "$works/fuzz_$1.log"
    return 1
  }
  sed -n 's/^stat::number_of_executed_units: */   executions: /p' "$works/fuzz_$1.log"
}

step_fuzz() {
  echo "int main(void) { return 0; }" | clang -fsanitize=address -x c - -o "$works/probe" 2>/dev/null ||
    need "libclang-rt-14-dev=libclang-rt-14-dev"
  CC=clang build "$works/fuzz" -Db_sanitize=address,undefined -Db_lundef=false -Doptimization=1 \
    -Dc_args="-fsanitize=fuzzer-no-link -fno-sanitize-recover=undefined"
  for target in address ancillary bytes calls; do
    CC=clang compile "$works/fuzz_$target" torture/fuzz/fuzz.c -DTARGET="\"$target\"" \
      -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined "$works/fuzz/pysocket/libpysocket.a"
    part "fuzzing: $target, $seconds s" fuzz "$target"
  done
}

# testssl looks up names that do not exist: in a network of its own it is told so at once.
graded() {
  rm -f "$works/testssl.json" "$works/server.log"
  unshare -n sh -c '
    ip link set lo up
    "$1" examples/https_server.lua "$TLS_FOLDER/localhost.pem" "$TLS_FOLDER/localhost.key" 127.0.0.1 0 >"$2/server.log" &
    until grep -q "^listening" "$2/server.log"; do sleep 0.1; done
    port=$(sed -n "s/^listening on 127.0.0.1:\([0-9]*\)$/\1/p" "$2/server.log")
    testssl --nodns none --add-ca "$TLS_FOLDER/authority.pem" --quiet --color 0 --ip 127.0.0.1 --warnings batch \
      --jsonfile "$2/testssl.json" --severity LOW "localhost:$port" >"$2/testssl.log" 2>&1
    kill $!' sh "$lua" "$works"
  "$lua" torture/graded.lua "$works/testssl.json"
}

step_tls() {
  use_plain
  . "$root/torture/certificates.sh"
  export TLS_FOLDER="$works/tls"
  make_certificates "$TLS_FOLDER"
  cc -shared -fPIC -O1 -D_GNU_SOURCE -o "$works/faults.so" torture/faults.c -ldl
  part "every system call of TLS fails" env LD_PRELOAD="$works/faults.so" "$lua" torture/once.lua "$works/faults.so" torture.tls
  need "testssl.sh=testssl iproute2=ip"
  part "testssl.sh finds nothing above its lowest severity" graded
  CC=gcc build "$root/build/asan" -Db_sanitize=address,undefined -Db_lundef=false -Doptimization=1
  use "$root/build/asan"
  CC=gcc compile "$works/host_tls" torture/host.c -DTLS -rdynamic -fsanitize=address,undefined -lcrypto
  gcc -shared -fPIC -o "$works/keep.so" tools/keep.c
  export ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
  starved() {
    SCENES=torture.tls LD_PRELOAD="$(gcc -print-file-name=libasan.so) $works/keep.so" "$works/host_tls" "$@"
  }
  part "allocations of TLS fail, OpenSSL's too" starved starve "$every"
  part "every allocation of an opening with TLS fails" starved open 2
  CC=clang build "$works/fuzz" -Db_sanitize=address,undefined -Db_lundef=false -Doptimization=1 \
    -Dc_args="-fsanitize=fuzzer-no-link -fno-sanitize-recover=undefined"
  CC=clang compile "$works/fuzz_tls" torture/fuzz/fuzz.c -DTARGET='"tls"' -DTLS -fsanitize=fuzzer,address,undefined \
    -fno-sanitize-recover=undefined "$works/fuzz/pysocket/libpysocket-ssl.a" "$works/fuzz/pysocket/libpysocket.a" -lssl -lcrypto
  part "fuzzing: tls, $seconds s" fuzz tls
}

# A spec takes some thirty times as long, and memory that was freed is kept for a while: specs that time or weigh things are left
# out, as are those that look at other programs, at documents and at builds. Each file has a process of its own.
others='(amalgamation|coverage|dev|docs|embed|examples|families|frames|luasec|luasocket|peers|rockspec|scale|systems|types)_'
check_file() {
  tally=$(mktemp)
  log=$works/valgrind.log
  status=0
  PYSOCKET_TALLY=$tally valgrind -q --leak-check=full --error-exitcode=9 --suppressions=torture/valgrind.supp --log-file="$log" \
    "$lua" "$(command -v busted)" --filter-out="timeout while signals" --filter-out="keep none of it in memory" "$1" \
    >"$works/valgrind.output" 2>&1 || status=$?
  sed -i '/^--[0-9]*-- /d' "$log" # that it does not know epoll_pwait2, without which the library goes on
  echo "$1: $(grep -c '^+' "$tally") passed, $(grep -c '^-' "$tally") failed"
  last=$(tail -n 1 "$tally")
  rm -f "$tally"
  [ "$status" = 0 ] && [ ! -s "$log" ] && [ "$last" = . ] || {
    cat "$works/valgrind.output" "$log"
    return 1
  }
}

checked() {
  failing=
  for file in $(find spec -name '*_spec.lua' | grep -vE "$others" | sort); do
    check_file "$file" || failing=1
  done
  [ -z "$failing" ]
}

step_valgrind() {
  use_plain
  part "the specs under Valgrind" checked
}

for step in $steps; do
  case $step in
    memory | api | bytes | collector | tasks | graphs | signals | states | fuzz | tls | valgrind) "step_$step" ;;
    *) die "there is no step '$step'" ;;
  esac
done

[ -z "$failures" ] || die "
torture failed:$failures"
echo "
torture: all is well"
