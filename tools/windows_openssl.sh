# OpenSSL for Windows: cross-built from Debian's sources by mingw-w64, in build/windows/openssl. For windows.sh.

openssl=$home/openssl

# Prints where the sources are. They are fetched if they are not here.
openssl_tarball() (
  mkdir -p "$sources"
  cd "$sources"
  if ! ls openssl_3.0.*.orig.tar.gz >/dev/null 2>&1; then
    use_apt "$sources/bookworm" deb-src bookworm "$(dpkg --print-architecture)"
    { apt-get update -qq && apt-get source -qq --download-only --tar-only openssl; } >&2 ||
      die "Debian's sources of OpenSSL cannot be had. Put openssl_3.0.x.orig.tar.gz into build/sources to go on."
  fi
  echo "$sources/$(ls openssl_3.0.*.orig.tar.gz | sort -V | tail -n 1)"
)

# Builds the two DLLs alone, which takes ten minutes of two cores, and puts them beside lua.exe: there Windows looks for what a
# module needs.
make_windows_openssl() (
  tarball=$(openssl_tarball) || exit
  work=$home/openssl.new
  rm -rf "$openssl" "$work"
  mkdir -p "$work/source" "$work/lib/pkgconfig" "$work/include"
  tar -xzf "$tarball" -C "$work/source" --strip-components=1
  cd "$work/source"
  compiler=$tools-gcc
  ! command -v ccache >/dev/null || compiler="ccache $compiler"
  {
    CC=$compiler ./Configure mingw64 --prefix=/openssl --openssldir=/openssl shared no-tests no-engine no-legacy no-module \
      "AR=$tools-ar" "RANLIB=$tools-ranlib" "RC=$tools-windres" CFLAGS=-O1 &&
      make build_generated && make -j "$(nproc)" libssl-3-x64.dll
  } >"$work/log" 2>&1 || {
    tail -n 50 "$work/log" >&2
    exit 1
  }
  cp -R include/openssl "$work/include"
  cp libssl.dll.a libcrypto.dll.a "$work/lib"
  $tools-strip -o "$home/lua/bin/libssl-3-x64.dll" libssl-3-x64.dll
  $tools-strip -o "$home/lua/bin/libcrypto-3-x64.dll" libcrypto-3-x64.dll
  cat >"$work/lib/pkgconfig/openssl.pc" <<PC
prefix=$openssl
Name: OpenSSL
Description: OpenSSL as tools/windows_openssl.sh builds it
Version: $(basename "$tarball" | sed 's/^openssl_\(.*\)\.orig.*/\1/')
Libs: -L\${prefix}/lib -lssl -lcrypto
Cflags: -I\${prefix}/include
PC
  rm -rf "$work/source" "$home/pysocket" # which was configured without
  mv "$work" "$openssl"
)

# The certificates of the specs, which specs on this system make: under Wine there is no program of OpenSSL's.
make_certificates() (
  build "$root/build"
  use "$root/build"
  rm -rf "$home/certificates"
  PYSOCKET_CERTIFICATES="$home/certificates" run_busted spec/ssl_memory_spec.lua
)

# Starts a server of that certificate, and sets 'port' when its output has the line 'WORD ADDRESS:PORT'.
serve_localhost() {
  word=$1
  shift
  : >"$home/server"
  "$@" >"$home/server" 2>&1 &
  tries=0
  until grep -q "^$word" "$home/server" || [ "$tries" = 60 ]; do
    tries=$((tries + 1))
    sleep 1
  done
  port=$(tr -d '\r' <"$home/server" | sed -n "s/^$word .*:\([0-9]*\)\$/\1/p")
}

# Our client with openssl's server, and the other way.
meet_openssl() {
  authority=$home/certificates/authority.pem
  certificate=$home/certificates/localhost.pem
  key=$home/certificates/localhost.key
  for version in tls1_2 tls1_3; do
    serve_localhost ACCEPT openssl s_server -accept 127.0.0.1:0 -naccept 1 -www "-$version" -cert "$certificate" -key "$key"
    SSL_CERT_FILE=$authority wine_lua examples/https_get.lua "https://localhost:$port/" | grep -q 's_server' ||
      die "our client does not reach openssl's server: $version"
    wait
    serve_localhost "listening on" wine_lua examples/https_server.lua "$certificate" "$key" 127.0.0.1 0 1
    printf 'GET / HTTP/1.0\r\n\r\n' | openssl s_client -connect "127.0.0.1:$port" -CAfile "$authority" -verify_return_error \
      -verify_hostname localhost "-$version" -quiet 2>/dev/null | grep -q 'that came over TLS' ||
      die "openssl's client does not reach our server: $version"
    wait
    echo "openssl's program and ours have reached each other: $version"
  done
}

# Whether TLS is taken along: 'enabled' or 'disabled' for Meson.
ssl=disabled
if [ "${1:-}" = ssl ] || [ -f "$openssl/lib/pkgconfig/openssl.pc" ]; then
  need "$to_demo lua-busted=busted make=make perl=perl"
  [ -f "$openssl/lib/pkgconfig/openssl.pc" ] || make_windows_openssl || die "cannot build OpenSSL for Windows"
  [ -f "$home/certificates/authority-and-list.pem" ] || make_certificates || die "cannot make certificates for the specs"
  export PYSOCKET_CERTIFICATES="$home/certificates"
  ssl=enabled
  [ "${1:-}" != ssl ] || shift
fi
