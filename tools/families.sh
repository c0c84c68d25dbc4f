# dev families: the specs of the address families, under a kernel that has them; or these specs

# The kernel is User-Mode Linux, an ordinary process whose root is our own file system: nothing here is changed by what it
# does to its network. Where it cannot be had, that is said, and nothing has failed.

skip() {
  echo "families: $*"
  echo "0 passed, 0 failed, 1 skipped"
  exit 0
}

[ $# -gt 0 ] || set -- spec/families_spec.lua spec/family_examples_spec.lua spec/ktls_spec.lua

need "$to_test"
(need "user-mode-linux=linux.uml kmod=modprobe") || skip "User-Mode Linux cannot be installed"
build "$root/build"
use "$root/build"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# What runs there as the first process. Nobody learns its exit status, so that of the specs goes to a file.
{
  echo '#!/bin/sh'
  printf "work='%s' root='%s' lua='%s' specs='%s'\n" "$work" "$root" "$(command -v "$lua")" "$*"
  printf "export PATH='%s'\n" "$PATH"
  env | sed -n "s/^\(LUA_C\{0,1\}PATH_[0-9_]*\)=\(.*\)/export \1='\2'/p"
  cat <<'END'
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t tmpfs -o mode=755 run /run
mkdir -p /run/kernel/lib
ln -s /usr/lib/uml/modules /run/kernel/lib/modules
# the kernel itself asks for more of them
printf '#!/bin/sh\nexec %s -d /run/kernel "$@"\n' "$(command -v modprobe)" >/run/kernel/modprobe
chmod +x /run/kernel/modprobe
echo /run/kernel/modprobe >/proc/sys/kernel/modprobe
for module in vcan can-raw can-bcm can-isotp can-j1939 tipc sctp vsock_loopback algif_hash algif_skcipher algif_aead \
  rds_tcp bluetooth rfcomm qrtr tls; do
  /run/kernel/modprobe -q "$module" 2>/dev/null
done
ip link set lo up
ip link add vcan0 type vcan && ip link set vcan0 up
cd "$root" && : >"$work/started"
# shellcheck disable=SC2086
"$lua" "$(command -v busted)" --output=spec/output.lua $specs >"$work/report" 2>&1
echo $? >"$work/status"
echo o >/proc/sysrq-trigger
exec sleep 60
END
} >"$work/init"
chmod +x "$work/init"

cc -shared -fPIC -O1 -o "$work/preload.so" tools/families.c -ldl
timeout -k 5 300 env LD_PRELOAD="$work/preload.so" linux.uml mem=512M root=/dev/root rootfstype=hostfs rootflags=/ rw \
  "init=$work/init" con=null con0=null,fd:1 con1=null loglevel=1 </dev/null >"$work/output" 2>"$work/errors" || true

if [ ! -f "$work/started" ]; then
  cat "$work/errors" "$work/output" >&2
  skip "User-Mode Linux does not run here"
fi
if [ ! -f "$work/status" ]; then
  cat "$work/report" "$work/errors" "$work/output"
  echo "The specs broke off."
  echo "0 passed, 1 failed, 0 skipped"
  exit 1
fi
cat "$work/report"
exit "$(cat "$work/status")"
