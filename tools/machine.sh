# Minimal Debians in a folder of their own, made by debootstrap and taken down again: for fresh.sh and package.sh.

# apart NAME [WORD...]: runs the script of its standard input in namespaces of its own, as root. The script has 'root', the folder
# 'work', which is new and goes away with all that is in it, the words, and the functions below.
apart() {
  script=$(cat)
  [ "$(id -u)" = 0 ] || die "./dev $1 makes a file system of its own: run it as root"
  need "debootstrap=/usr/sbin/debootstrap git=git util-linux=unshare"
  work=$(mktemp -d "${TMPDIR:-/var/tmp}/$1.XXXXXX")
  shift
  inside=
  trap take_down EXIT
  trap 'exit 130' INT
  trap 'exit 143' HUP TERM
  printf '%s\n' 'set -eu; root=$1 work=$2; shift 2; . "$root/tools/machine.sh"' "$script" >"$work/script"
  git clone --quiet --no-hardlinks "$root" "$work/clone"
  unshare --mount --pid --fork --kill-child --mount-proc sh "$work/script" "$root" "$work" "$@" &
  inside=$!
  status=0
  wait "$inside" || status=$?
  inside=
  exit "$status"
}

# The mounts and the processes end with their namespaces. Files may appear until the last process is gone.
take_down() {
  [ -z "$inside" ] || kill -KILL "$inside" 2>/dev/null || :
  for _ in 1 2 3 4 5; do
    ! rm -rf --one-file-system "$work" 2>/dev/null || return 0
    sleep 1
  done
  echo "cannot remove $work" >&2
}

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

# make_machine FOLDER SUITE [MIRROR]: names and packages are to be had there as they are here.
make_machine() {
  debootstrap --variant=minbase "$2" "$1" ${3:+"$3"} &&
    cp /etc/hosts /etc/resolv.conf "$1/etc/" &&
    apt-config dump 2>/dev/null | sed -nE '/^Acquire::(https?::|Check-|Retries)/p' >"$1/etc/apt/apt.conf.d/90here"
}

# start_machine FOLDER: until then it may be copied
start_machine() {
  mount --bind "$1" "$1" &&
    mount -t proc proc "$1/proc" &&
    mount --rbind /sys "$1/sys" &&
    mount --rbind /dev "$1/dev"
}

# on_machine FOLDER PLACE COMMAND...: in that place of the machine, whose file system is the root, as on a machine: chroot would keep
# the specs from making namespaces of users.
on_machine() {
  machine=$1
  place=$2
  shift 2
  unshare --mount sh -c 'cd "$1" && pivot_root . mnt && umount -l /mnt && cd "$2" && shift 2 && exec "$@"' sh "$machine" "$place" \
    env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive \
    ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} \
    ${DEB_BUILD_OPTIONS:+DEB_BUILD_OPTIONS="$DEB_BUILD_OPTIONS"} "$@"
}
