/* SPDX-License-Identifier: MIT */
/*
** Preloaded, it makes system calls fail. A Lua program says which, through package.loadlib(PATH, "fault") and its siblings:
**
**   fault(call, errno, first, count)   of the coming calls, number 'first' and the 'count' - 1 after it fail with that errno;
**                                      connect goes on by itself all the same where that is EINTR
**   rain(seed, interrupts, blocks, shorts)
**                                      from now on, of a thousand calls so many are interrupted (EINTR), so many would block
**                                      where the descriptor is non-blocking (EAGAIN), and so many transfer a part alone.
**                                      Not for those who wait for an edge, as loops do: for a call that would block although it
**                                      need not there is none
**   injected()                         how many faults there have been
*/
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

typedef struct lua_State lua_State;
const char *luaL_checklstring(lua_State *L, int arg, size_t *len) __attribute__((weak));
long long luaL_checkinteger(lua_State *L, int arg) __attribute__((weak));
void lua_pushinteger(lua_State *L, long long n) __attribute__((weak));

enum {
  RECV,
  RECVFROM,
  RECVMSG,
  SENDTO,
  SENDMSG,
  SENDFILE,
  ACCEPT,
  CONNECT,
  POLL,
  EPOLL_WAIT,
  SOCKET,
  SOCKETPAIR,
  FCNTL,
  EPOLL_CREATE,
  EVENTFD,
  GETSOCKOPT,
  GETSOCKNAME,
  CLOSE,
  THREAD,
  CALLOC,
  EPOLL_CTL,
  CALLS
};

static const char *const names[] = {
    "recv",    "recvfrom",   "recvmsg",     "sendto", "sendmsg",        "sendfile", "accept4",
    "connect", "poll",       "epoll_wait",  "socket", "socketpair",     "fcntl",    "epoll_create1",
    "eventfd", "getsockopt", "getsockname", "close",  "pthread_create", "calloc",   "epoll_ctl"};

static struct {
  int code;
  long long first, count; /* calls until the first one fails; how many fail then */
} plans[CALLS];

static unsigned interrupts, blocks, shorts;
static uint64_t state;
static long long faults;

#define NEXT(type, name) ((type)(uintptr_t)dlsym(RTLD_NEXT, name))

static unsigned roll(unsigned n) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return (unsigned)(state >> 33) % n;
}

/* Is this call to fail? errno is set then. */
static int fails(int call, int fd) {
  if (plans[call].count > 0 && --plans[call].first < 1) {
    plans[call].count--;
    faults++;
    errno = plans[call].code;
    return 1;
  }
  if (interrupts + blocks == 0 || call >= SOCKET) return 0;
  unsigned drop = roll(1000);
  if (drop >= interrupts + blocks) return 0;
  if (drop >= interrupts) {
    int flags = call < CONNECT ? NEXT(int (*)(int, int, ...), "fcntl")(fd, F_GETFL) : 0;
    if (!(flags & O_NONBLOCK)) return 0;
  }
  faults++;
  errno = drop < interrupts ? EINTR : EAGAIN;
  return 1;
}

static int is_stream(int fd) {
  int type = 0;
  socklen_t len = sizeof type;
  int done = NEXT(int (*)(int, int, int, void *, socklen_t *), "getsockopt")(fd, SOL_SOCKET, SO_TYPE, &type, &len);
  return done == 0 && type == SOCK_STREAM;
}

/* how much of 'len' is transferred */
static size_t part(int fd, size_t len) {
  if (shorts == 0 || len < 2 || roll(1000) >= shorts || !is_stream(fd)) return len;
  faults++;
  return 1 + roll(len < 1000000 ? (unsigned)len - 1 : 1000000);
}

/* How much of 'len' is received. A receive of TCP that gives less than was asked for has emptied the queue, and a loop relies on
   that: no event tells of what a cut one has left. */
static size_t part_received(int fd, size_t len) {
  int family = 0;
  socklen_t size = sizeof family;
  int done = NEXT(int (*)(int, int, int, void *, socklen_t *), "getsockopt")(fd, SOL_SOCKET, SO_DOMAIN, &family, &size);
  return done == 0 && (family == AF_INET || family == AF_INET6) ? len : part(fd, len);
}

ssize_t recv(int fd, void *data, size_t len, int flags) {
  if (fails(RECV, fd)) return -1;
  return NEXT(ssize_t(*)(int, void *, size_t, int), "recv")(fd, data,
                                                            flags & MSG_WAITALL ? len : part_received(fd, len), flags);
}

ssize_t recvfrom(int fd, void *data, size_t len, int flags, struct sockaddr *addr, socklen_t *addrlen) {
  if (fails(RECVFROM, fd)) return -1;
  return NEXT(ssize_t(*)(int, void *, size_t, int, struct sockaddr *, socklen_t *), "recvfrom")(
      fd, data, part_received(fd, len), flags, addr, addrlen);
}

/* the first 'len' bytes of a message's buffers */
static struct msghdr cut(const struct msghdr *msg, struct iovec *iov, size_t len) {
  struct msghdr copy = *msg;
  copy.msg_iov = iov;
  for (copy.msg_iovlen = 0; copy.msg_iovlen < msg->msg_iovlen && len > 0; copy.msg_iovlen++) {
    iov[copy.msg_iovlen] = msg->msg_iov[copy.msg_iovlen];
    if (iov[copy.msg_iovlen].iov_len > len) iov[copy.msg_iovlen].iov_len = len;
    len -= iov[copy.msg_iovlen].iov_len;
  }
  return copy;
}

static size_t size_of(const struct msghdr *msg) {
  size_t size = 0;
  for (size_t i = 0; i < msg->msg_iovlen; i++) size += msg->msg_iov[i].iov_len;
  return size;
}

ssize_t recvmsg(int fd, struct msghdr *msg, int flags) {
  struct iovec iov[1024];
  ssize_t (*next)(int, struct msghdr *, int) = NEXT(ssize_t(*)(int, struct msghdr *, int), "recvmsg");
  if (fails(RECVMSG, fd)) return -1;
  size_t size = size_of(msg), wanted = msg->msg_iovlen <= 1024 ? part_received(fd, size) : size;
  if (wanted == size) return next(fd, msg, flags);
  struct msghdr copy = cut(msg, iov, wanted);
  ssize_t n = next(fd, &copy, flags);
  copy.msg_iov = msg->msg_iov;
  copy.msg_iovlen = msg->msg_iovlen;
  *msg = copy;
  return n;
}

ssize_t sendto(int fd, const void *data, size_t len, int flags, const struct sockaddr *addr, socklen_t addrlen) {
  if (fails(SENDTO, fd)) return -1;
  return NEXT(ssize_t(*)(int, const void *, size_t, int, const struct sockaddr *, socklen_t), "sendto")(
      fd, data, part(fd, len), flags, addr, addrlen);
}

ssize_t send(int fd, const void *data, size_t len, int flags) { return sendto(fd, data, len, flags, NULL, 0); }

ssize_t sendmsg(int fd, const struct msghdr *msg, int flags) {
  struct iovec iov[1024];
  ssize_t (*next)(int, const struct msghdr *, int) = NEXT(ssize_t(*)(int, const struct msghdr *, int), "sendmsg");
  if (fails(SENDMSG, fd)) return -1;
  size_t size = size_of(msg), wanted = msg->msg_iovlen <= 1024 ? part(fd, size) : size;
  if (wanted == size) return next(fd, msg, flags);
  struct msghdr copy = cut(msg, iov, wanted);
  return next(fd, &copy, flags);
}

ssize_t sendfile(int out, int in, off_t *offset, size_t count) {
  if (fails(SENDFILE, out)) return -1;
  return NEXT(ssize_t(*)(int, int, off_t *, size_t), "sendfile")(out, in, offset, part(out, count));
}

int accept4(int fd, struct sockaddr *addr, socklen_t *len, int flags) {
  if (fails(ACCEPT, fd)) return -1;
  return NEXT(int (*)(int, struct sockaddr *, socklen_t *, int), "accept4")(fd, addr, len, flags);
}

int connect(int fd, const struct sockaddr *addr, socklen_t len) {
  int (*next)(int, const struct sockaddr *, socklen_t) =
      NEXT(int (*)(int, const struct sockaddr *, socklen_t), "connect");
  if (!fails(CONNECT, fd)) return next(fd, addr, len);
  int code = errno;
  if (code != EINTR || next(fd, addr, len) == 0 || errno == EINPROGRESS) errno = code;
  return -1;
}

int poll(struct pollfd *fds, nfds_t count, int ms) {
  if (fails(POLL, -1)) return -1;
  return NEXT(int (*)(struct pollfd *, nfds_t, int), "poll")(fds, count, ms);
}

int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *limit, const sigset_t *mask) {
  if (fails(POLL, -1)) return -1;
  return NEXT(int (*)(struct pollfd *, nfds_t, const struct timespec *, const sigset_t *), "ppoll")(fds, count, limit,
                                                                                                    mask);
}

int epoll_wait(int fd, struct epoll_event *events, int most, int ms) {
  if (fails(EPOLL_WAIT, -1)) return -1;
  return NEXT(int (*)(int, struct epoll_event *, int, int), "epoll_wait")(fd, events, most, ms);
}

int epoll_pwait2(int fd, struct epoll_event *events, int most, const struct timespec *limit, const sigset_t *mask) {
  if (fails(EPOLL_WAIT, -1)) return -1;
  int (*next)(int, struct epoll_event *, int, const struct timespec *, const sigset_t *) =
      NEXT(int (*)(int, struct epoll_event *, int, const struct timespec *, const sigset_t *), "epoll_pwait2");
  return next(fd, events, most, limit, mask);
}

int socket(int family, int type, int proto) {
  if (fails(SOCKET, -1)) return -1;
  return NEXT(int (*)(int, int, int), "socket")(family, type, proto);
}

int socketpair(int family, int type, int proto, int fds[2]) {
  if (fails(SOCKETPAIR, -1)) return -1;
  return NEXT(int (*)(int, int, int, int *), "socketpair")(family, type, proto, fds);
}

int fcntl(int fd, int command, ...) {
  va_list arguments;
  va_start(arguments, command);
  void *argument = va_arg(arguments, void *);
  va_end(arguments);
  if (fails(FCNTL, fd)) return -1;
  return NEXT(int (*)(int, int, ...), "fcntl")(fd, command, argument);
}

int fcntl64(int fd, int command, ...) {
  va_list arguments;
  va_start(arguments, command);
  void *argument = va_arg(arguments, void *);
  va_end(arguments);
  return fcntl(fd, command, argument);
}

int epoll_create1(int flags) {
  if (fails(EPOLL_CREATE, -1)) return -1;
  return NEXT(int (*)(int), "epoll_create1")(flags);
}

int epoll_ctl(int set, int op, int fd, struct epoll_event *event) {
  if (fails(EPOLL_CTL, -1)) return -1;
  return NEXT(int (*)(int, int, int, struct epoll_event *), "epoll_ctl")(set, op, fd, event);
}

int eventfd(unsigned start, int flags) {
  if (fails(EVENTFD, -1)) return -1;
  return NEXT(int (*)(unsigned, int), "eventfd")(start, flags);
}

int getsockopt(int fd, int level, int name, void *value, socklen_t *len) {
  if (fails(GETSOCKOPT, fd)) return -1;
  return NEXT(int (*)(int, int, int, void *, socklen_t *), "getsockopt")(fd, level, name, value, len);
}

int getsockname(int fd, struct sockaddr *addr, socklen_t *len) {
  if (fails(GETSOCKNAME, fd)) return -1;
  return NEXT(int (*)(int, struct sockaddr *, socklen_t *), "getsockname")(fd, addr, len);
}

/* it is closed all the same, as Linux does */
int close(int fd) {
  int (*next)(int) = NEXT(int (*)(int), "close");
  if (!fails(CLOSE, fd)) return next(fd);
  int code = errno;
  next(fd);
  errno = code;
  return -1;
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*f)(void *), void *argument) {
  if (fails(THREAD, -1)) return errno;
  return NEXT(int (*)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *), "pthread_create")(
      thread, attributes, f, argument);
}

#ifndef SANITIZED /* a sanitizer has a calloc of its own */
#ifdef __GLIBC__  /* its dlsym needs calloc */
void *__libc_calloc(size_t n, size_t size);
#else
#define __libc_calloc NEXT(void *(*)(size_t, size_t), "calloc")
#endif

void *calloc(size_t n, size_t size) {
  if (plans[CALLOC].count > 0 && fails(CALLOC, -1)) return NULL;
  return __libc_calloc(n, size);
}
#endif

int fault(lua_State *L) {
  const char *name = luaL_checklstring(L, 1, NULL);
  for (int i = 0; i < CALLS; i++) {
    if (strcmp(name, names[i]) != 0) continue;
    plans[i].code = (int)luaL_checkinteger(L, 2);
    plans[i].first = luaL_checkinteger(L, 3);
    plans[i].count = luaL_checkinteger(L, 4);
    return 0;
  }
  abort();
}

int rain(lua_State *L) {
  state = (uint64_t)luaL_checkinteger(L, 1) * 2654435761u + 1;
  interrupts = (unsigned)luaL_checkinteger(L, 2);
  blocks = (unsigned)luaL_checkinteger(L, 3);
  shorts = (unsigned)luaL_checkinteger(L, 4);
  return 0;
}

int injected(lua_State *L) {
  lua_pushinteger(L, faults);
  return 1;
}
