# dev fresh: the README's two commands in a Debian made for them and taken down again; SUITE [MIRROR], as root

[ $# -gt 0 ] || die "usage: ./dev fresh SUITE [MIRROR], where SUITE is bookworm, trixie, sid, ..."
[ "$(id -u)" = 0 ] || die "./dev fresh makes a file system of its own: run it as root"
need "debootstrap=/usr/sbin/debootstrap git=git util-linux=unshare"

work=$(mktemp -d "${TMPDIR:-/var/tmp}/fresh-$1.XXXXXX")
inside=

# The mounts and the processes end with their namespaces. Files may appear until the last process is gone.
take_down() {
  [ -z "$inside" ] || kill -KILL "$inside" 2>/dev/null || :
  for _ in 1 2 3 4 5; do
    ! rm -rf --one-file-system "$work" 2>/dev/null || return 0
    sleep 1
  done
  echo "cannot remove $work" >&2
}
trap take_down EXIT
trap 'exit 130' INT
trap 'exit 143' HUP TERM

git clone --quiet --no-hardlinks "$root" "$work/clone"

cat >"$work/script" <<'END'
set -eu
work=$1 suite=$2 mirror=${3:-}
machine=$work/machine

# timed TITLE COMMAND...: prints the last line of its output, and all of it after a failure
timed() {
  title=$1
  shift
  began=$(date +%s)
  status=0
  "$@" >"$work/log" 2>&1 </dev/null || status=$?
  [ "$status" = 0 ] || cat "$work/log"
  echo "$suite, $title: $(tail -n 1 "$work/log") ($(($(date +%s) - began)) s)"
  return "$status"
}

# Names and packages are to be had as they are here.
make_machine() {
  debootstrap --variant=minbase "$suite" "$machine" ${mirror:+"$mirror"} &&
    cp /etc/hosts /etc/resolv.conf "$machine/etc/" &&
    apt-config dump 2>/dev/null | sed -nE '/^Acquire::(https?::|Check-|Retries)/p' >"$machine/etc/apt/apt.conf.d/90here" &&
    mv "$work/clone" "$machine/root/clone" &&
    mount --bind "$machine" "$machine" &&
    mount -t proc proc "$machine/proc" &&
    mount --rbind /sys "$machine/sys" &&
    mount --rbind /dev "$machine/dev"
}

# Its file system is the root, as on a machine: chroot would keep the specs from making namespaces of users.
on_machine() {
  unshare --mount sh -c 'cd "$1" && shift && pivot_root . mnt && umount -l /mnt && cd /root/clone && exec "$@"' sh "$machine" \
    env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} "$@"
}

timed "the machine" make_machine
failed=0
timed "./dev demo" on_machine ./dev demo || failed=1
timed "./dev test" on_machine ./dev test || failed=1
exit "$failed"
END

unshare --mount --pid --fork --kill-child --mount-proc sh "$work/script" "$work" "$@" &
inside=$!
status=0
wait "$inside" || status=$?
inside=
exit "$status"
