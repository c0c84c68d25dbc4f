# dev arch: the library and its specs for another C library or processor; musl or arm64, armhf, i386, s390x, riscv64 [again] [ARG...]

# musl runs here. The other processors are Debian's, in a sysroot of their packages, under QEMU's emulation of user programs.

. "$root/tools/debian.sh"
. "$root/tools/files.sh"

target=${1:-}
[ -z "$target" ] || shift
home=$root/build/arch/$target
release=bookworm
case $target in
  musl) ;;
  arm64) triplet=aarch64-linux-gnu cpu=aarch64 endian=little qemu=aarch64 ;;
  armhf) triplet=arm-linux-gnueabihf cpu=arm endian=little qemu=arm ;;
  i386) triplet=i686-linux-gnu cpu=x86 endian=little qemu=i386 ;;
  s390x) triplet=s390x-linux-gnu cpu=s390x endian=big qemu=s390x ;;
  riscv64) triplet=riscv64-linux-gnu cpu=riscv64 endian=little qemu=riscv64 release=trixie ;;
  *) die "usage: ./dev arch NAME [ARG...]; names are musl, arm64, armhf, i386, s390x, riscv64" ;;
esac
mkdir -p "$home/bin"

# From now on 'cc' and pkg-config are those of the target, also for the specs that build something.
use_tools() {
  export PATH="$home/bin:$PATH"
  export PKG_CONFIG_LIBDIR="$1"
  export BUILD="$home/build"
}

# musl finds the kernel's headers beside its own, and Lua's modules in C are stand-ins.
prepare_musl() {
  need "$to_test musl-tools=musl-gcc make=make"
  headers=/usr/include/$(gcc -print-multiarch)
  mkdir -p "$home/include/openssl"
  cp -rsf /usr/include/openssl/. "$headers/openssl/." "$home/include/openssl" # ./dev asks for a header of it
  ln -sfn /usr/include/linux "$home/include/linux"
  ln -sfn /usr/include/asm-generic "$home/include/asm-generic"
  ln -sfn /usr/include/bluetooth "$home/include/bluetooth"
  ln -sfn "$headers/asm" "$home/include/asm"
  printf '#!/bin/sh\nexec musl-gcc -isystem "%s" "$@"\n' "$home/include" >"$home/bin/cc"
  chmod +x "$home/bin/cc"
  debians=$("$(find_lua)" -e 'print(package.path)')
  make_lua 5.4.9 "$home/lua" "CC=$home/bin/cc -std=gnu99"
  export LUA="$home/lua/bin/lua" LUA_PATH_5_4="$root/tools/standins/?.lua;$debians" LUA_CPATH_5_4="./?.so"
  use_tools "$home/lua/lib/pkgconfig"
  export CC=cc
  build "$BUILD" -Dwerror=true -Dssl=disabled # there is no OpenSSL for it
}

# A program for QEMU beside each that the cross compiler links; 'lua' is the sysroot's.
prepare_foreign() {
  need "$to_test qemu-user-static=qemu-$qemu-static gcc-$triplet=$triplet-gcc
    libc6-dev-$target-cross=/usr/$triplet/include/sys/socket.h debian-archive-keyring=$keyring"
  sysroot=$home/sysroot
  if [ ! -e "$sysroot/usr/share/lua/5.4/ssl.lua" ]; then
    use_apt "$home/apt" deb "$release" "$target"
    install_into "$sysroot" lua5.4 liblua5.4-dev lua-busted libc6-dev libc-bin libbluetooth-dev libssl-dev libidn2-0 \
      lua-socket lua-sec lua-luv lua-cqueues lua-copas
    unset APT_CONFIG
    # trixie's packages count on these links, which no package has
    for name in bin lib sbin; do [ -e "$sysroot/$name" ] || ln -s "usr/$name" "$sysroot/$name"; done
    # instead of PKG_CONFIG_SYSROOT_DIR, which would also stand before what specs install elsewhere
    find "$sysroot/usr" -path "*/pkgconfig/*" -name '*.pc' -exec sed -i "s|= */usr\\>|=$sysroot/usr|" {} +
  fi
  mkdir -p "$home/programs"
  gcc -static -O1 -DQEMU="\"$(command -v "qemu-$qemu-static")\"" -DSYSROOT="\"$sysroot\"" -DPROGRAMS="\"$home/programs\"" \
    -o "$home/foreign" tools/foreign.c
  folder=$(cd "$sysroot/usr/lib" && ls -d -- */pkgconfig | head -n 1)
  for tool in ar nm ranlib size strip; do ln -sfn "$(command -v "$triplet-$tool")" "$home/bin/$tool"; done
  cat >"$home/bin/cc" <<END
#!/bin/sh
# The cross compiler, with the C library of the sysroot and not its own. A program that it links is put aside for QEMU, and a program
# that runs QEMU stands in its place.
output=a.out links=1
for word; do
  [ "\${before:-}" != -o ] || output=\$word
  case \$word in -c | -E | -S | -shared | -fsyntax-only | -M | -MM | --version | -print* | -dump*) links= ;; esac
  before=\$word
done
$triplet-gcc --sysroot="$sysroot" -L"$sysroot/usr/lib/${folder%/pkgconfig}" "\$@" || exit
if [ "\$links" ] && [ -f "\$output" ]; then
  mv "\$output" "$home/programs/\$(realpath "\$output" | tr / %)" && cp "$home/foreign" "\$output"
fi
END
  chmod +x "$home/bin/cc"
  cp "$home/foreign" "$home/bin/lua5.4"
  ln -sfn "$sysroot/usr/bin/lua5.4" "$home/programs/$(realpath "$home/bin/lua5.4" | tr / %)"
  export LUA="$home/bin/lua5.4"
  cat >"$home/cross.txt" <<END
[binaries]
c = '$triplet-gcc'
ar = '$triplet-ar'
strip = '$triplet-strip'
pkgconfig = 'pkg-config'
[built-in options]
c_args = ['--sysroot=$sysroot']
c_link_args = ['--sysroot=$sysroot', '-L$sysroot/usr/lib/${folder%/pkgconfig}']
[properties]
pkg_config_libdir = '$sysroot/usr/lib/$folder:$sysroot/usr/share/pkgconfig'
[host_machine]
system = 'linux'
cpu_family = '$cpu'
cpu = '$cpu'
endian = '$endian'
END
  use_tools "$sysroot/usr/lib/$folder"
  modules=$(cd "$sysroot/usr/lib" && ls -d ./*/lua/5.4 | head -n 1)
  export LUA_PATH_5_4="$sysroot/usr/share/lua/5.4/?.lua;$sysroot/usr/share/lua/5.4/?/init.lua;./?.lua"
  export LUA_CPATH_5_4="$sysroot/usr/lib/${modules#./}/?.so"
  build "$BUILD" --cross-file "$home/cross.txt" -Dwerror=true
  find_faults
}

# What QEMU does otherwise than Linux: each program in tools/qemu/ succeeds here, and fails where it shows the fault. The specs
# that tools/qemu/specs.txt has for such a fault are pending, and no others: they go to a file, each with its reason.
find_faults() {
  export PYSOCKET_SLOWNESS=10 PYSOCKET_KNOWN="$home/known"
  : >"$PYSOCKET_KNOWN"
  for program in tools/qemu/*.c; do
    fault=$(basename "$program" .c)
    gcc -O1 -o "$home/here" "$program" -lpthread && cc -O1 -o "$home/there" "$program" -lpthread || die "cannot compile $program"
    "$home/here" >/dev/null 2>&1 || die "$program fails on this machine as well: QEMU is not to blame"
    if timeout 60 "$home/there" >/dev/null 2>&1; then
      echo "note: this QEMU has no fault that $program shows"
    else
      sed -n "s|^$fault  *\(.*\)|\1\tQEMU's fault: $program|p" tools/qemu/specs.txt >>"$PYSOCKET_KNOWN"
    fi
  done
}

if [ "$target" = musl ]; then prepare_musl; else prepare_foreign; fi
use "$BUILD"
cd "$root"
"$lua" examples/demo.lua || die "the demo does not run"
specs_by_file "$target: " "$home/specs" $((300 * ${PYSOCKET_SLOWNESS:-1})) "$@"
