# dev package: tarball and Debian packages, each built and tried in a minimal Debian and kept in build/packages; [SUITE...], as root

# The tarball is that of meson dist. The packages are built from it, and their build runs the specs unless DEB_BUILD_OPTIONS says
# nocheck. A second machine, without a compiler at first, installs and uses them.

[ $# -gt 0 ] || set -- bookworm trixie
. "$root/tools/machine.sh"

apart package "$@" <<'END'
# the tools, and what the packages need to be built
prepare() {
  on_machine "$builder" /root/clone sh -c 'apt-get update && apt-get install -y --no-install-recommends build-essential git lintian &&
    apt-get build-dep -y --no-install-recommends .'
}

make_tarball() {
  on_machine "$builder" /root sh -c 'meson setup dist clone && meson dist -C dist --no-tests && ls dist/meson-dist/*.xz'
}

# from the tarball, in its own folder
make_packages() {
  on_machine "$builder" /root sh -c 'set -e
    tarball=$(ls dist/meson-dist/*.tar.xz)
    version=$(basename "$tarball" .tar.xz)
    mkdir packages
    cp "$tarball" "packages/lua-pysocket_${version#pysocket-}.orig.tar.xz"
    tar -xf "$tarball" -C packages
    cd "packages/$version"
    dpkg-buildpackage -us -uc
    ls ../*.deb | wc -l | sed "s/\$/ packages/"'
}

lint() {
  on_machine "$builder" /root/packages sh -c 'lintian --allow-root --fail-on error *.changes && echo "no errors"'
}

# without a compiler: the module with and without TLS, and the man page
use_module() {
  on_machine "$user" /root/packages sh -c 'set -e
    apt-get update
    apt-get install -y --no-install-recommends lua5.4 man-db ./lua-pysocket_*.deb
    test -f /usr/share/doc/lua-pysocket/copyright
    man 3lua pysocket | grep "socket.create_server"
    lua5.4 -e "require \"pysocket.ssl\".create_default_context()"
    lua5.4 -e "print(\"pysocket \" .. require \"pysocket\"._VERSION)"'
}

use_archives() {
  on_machine "$user" /root sh -c 'set -e
    apt-get install -y --no-install-recommends gcc libc6-dev pkg-config ./packages/lua-pysocket-dev_*.deb \
      $(apt-cache show liblua5.5-dev >/dev/null 2>&1 && echo liblua5.5-dev)
    test -f /usr/share/doc/lua-pysocket/html/index.html
    test -f /usr/share/pysocket/types/pysocket.d.lua
    for library in pysocket pysocket-ssl $(cd /usr/lib/*/pkgconfig && ls pysocket*lua*.pc 2>/dev/null | sed "s/\.pc$//"); do
      cc -o host host.c $(pkg-config --cflags --libs "$library")
      ./host
    done'
}

remove_packages() {
  on_machine "$user" / sh -c 'set -e
    apt-get purge -y lua-pysocket lua-pysocket-dev
    ! find /usr /etc /var/lib -name "*pysocket*" -not -path "/var/lib/*/info/*" | grep .
    echo "nothing is left"'
}

try_suite() {
  suite=$1
  base=$work/$suite builder=$work/$suite-builder user=$work/$suite-user
  kept=$root/build/packages/$suite
  timed "the machine" make_machine "$base" "$suite" || return
  cp -a "$base" "$builder"
  mv "$base" "$user"
  git clone --quiet --no-hardlinks "$work/clone" "$builder/root/clone" # a copy would look changed to meson dist
  start_machine "$builder"
  start_machine "$user"
  timed "tools" prepare || return
  timed "tarball" make_tarball || return
  timed "packages" make_packages || return
  rm -rf "$kept"
  mkdir -p "$kept" "$user/root/packages"
  find "$builder/root/packages" -maxdepth 1 -type f -exec cp {} "$kept" \;
  cp "$kept"/*.deb "$user/root/packages"
  timed "lintian" lint || return
  timed "the module" use_module || return
  cp "$work/clone/examples/cmake/host.c" "$user/root/host.c"
  timed "the archives" use_archives || return
  timed "removed" remove_packages
}

failed=0
for suite; do try_suite "$suite" || failed=1; done
exit "$failed"
END
