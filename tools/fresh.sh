# dev fresh: the README's two commands in a Debian made for them and taken down again; SUITE [MIRROR], as root

[ $# -gt 0 ] || die "usage: ./dev fresh SUITE [MIRROR], where SUITE is bookworm, trixie, sid, ..."
. "$root/tools/machine.sh"

apart fresh "$@" <<'END'
suite=$1
machine=$work/machine

timed "the machine" make_machine "$machine" "$@"
mv "$work/clone" "$machine/root/clone"
start_machine "$machine"
failed=0
timed "./dev demo" on_machine "$machine" /root/clone ./dev demo || failed=1
timed "./dev test" on_machine "$machine" /root/clone ./dev test || failed=1
exit "$failed"
END
