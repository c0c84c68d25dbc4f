# dev bare: the specs without what this system has beyond POSIX (epoll, eventfd, sendfile, MSG_NOSIGNAL, ...); [busted's ARG...]

need "$to_test"
build "$root/build/bare" -Dbare=true -Dwerror=true
use "$root/build/bare"
BUILD=$place specs "bare: " "$@"
