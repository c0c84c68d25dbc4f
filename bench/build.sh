# What ./dev bench and ./dev counts have in common: an optimized build, the programs in C, and where all that is.

place=$root/build/bench
. "$root/torture/certificates.sh"
build "$place" --buildtype=release -Db_ndebug=true
use "$place"

# The workloads over TLS are left out where OpenSSL cannot be had.
tls=
if pkg-config --exists 'openssl >= 3' && command -v openssl >/dev/null; then
  tls="-DTLS -lssl -lcrypto"
  export BENCH_TLS="$place/certificates"
  make_certificates "$BENCH_TLS"
fi

# shellcheck disable=SC2086
cc -O2 -D_GNU_SOURCE -o "$place/peer" bench/peer.c $tls
for source in bench/*/plain.c bench/*/batched.c; do
  case $source in bench/tls_*) [ -n "$tls" ] || continue ;; esac
  program=${source#bench/}
  mkdir -p "$place/${program%/*}"
  # shellcheck disable=SC2086
  cc -O2 -D_GNU_SOURCE -o "$place/${program%.c}" "$source" $tls
done

cc -O2 -D_GNU_SOURCE -shared -fPIC $(pkg-config --cflags "$(find_lua_pc)") -o "$place/floor.so" bench/floor.c

# what 'python3' stands for may be a script that looks for the program
BENCH_PYTHON=$(python3 -c 'import sys; print(sys.executable)' 2>/dev/null) || BENCH_PYTHON=python3
export BENCH_PYTHON
export BENCH_PEER="$place/peer" BENCH_PROGRAMS="$place" BENCH_LUA="$lua"
LUA_PATH_5_4="$root/?.lua;$LUA_PATH_5_4"
