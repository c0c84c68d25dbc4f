# dev poller: the loop's, the selectors', connections' and tasks' specs over another poller; epoll, kqueue or poll [busted's ARG...]

# On Linux kqueue is a stand-in: torture/kqueue.

poller=${1:-}
case $poller in
  epoll | kqueue | poll) shift ;;
  *) die "usage: ./dev poller NAME [ARG...]; names are epoll, kqueue, poll" ;;
esac
need "$to_test"
build "$root/build/poller/$poller" "-Dpoller=$poller" -Dwerror=true
use "$root/build/poller/$poller"
if [ $# = 0 ]; then
  set -- spec/loop spec/loop_spec.lua spec/poller_spec.lua spec/select_spec.lua spec/selectors_spec.lua spec/waiting_spec.lua \
    spec/schedulers_spec.lua spec/fairness_spec.lua spec/connection_spec.lua spec/connect_spec.lua spec/server_spec.lua \
    spec/socket_spec.lua spec/transfer_spec.lua spec/sendfile_spec.lua spec/signal_spec.lua spec/kqueue_spec.lua \
    spec/task_examples_spec.lua spec/file
fi
BUILD=$place specs "$poller: " "$@"
