/* SPDX-License-Identifier: MIT */
/* What POSIX systems do alike, and how they differ: the contract is in system.h. */
#include <dlfcn.h>
#include <limits.h>
#include <locale.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "../system.h"

#ifdef SYS_EVENTFD
#include <sys/eventfd.h>
#endif
#ifdef SYS_RESOLVER_STATE
#include <resolv.h>
#endif

int64_t sys_monotonic(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t sys_monotonic_coarse(void) {
#ifdef CLOCK_MONOTONIC_COARSE
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
#else
  return sys_monotonic();
#endif
}

#if !defined SYS_PPOLL || defined SYS_EPOLL
static int milliseconds(int64_t ns) {
  if (ns < 0) return -1;
  int64_t ms = ns / 1000000 + (ns % 1000000 != 0);
  return ms > INT_MAX ? INT_MAX : (int)ms;
}
#endif

#if defined SYS_PPOLL || defined SYS_EPOLL_PWAIT2 || defined SYS_KQUEUE
static struct timespec timespec(int64_t ns) {
  return (struct timespec){.tv_sec = (time_t)(ns / 1000000000), .tv_nsec = (long)(ns % 1000000000)};
}
#endif

int sys_poll(sys_Poll *fds, size_t count, int64_t ns) {
#ifdef SYS_PPOLL
  struct timespec limit = timespec(ns);
  return ppoll(fds, (nfds_t)count, ns < 0 ? NULL : &limit, NULL);
#else
  return poll(fds, (nfds_t)count, milliseconds(ns));
#endif
}

#ifdef SYS_EPOLL
int sys_epoll_wait(sys_fd set, struct epoll_event *events, int max, int64_t ns) {
#ifdef SYS_EPOLL_PWAIT2
  if (ns > 0 && ns % 1000000 != 0) {
    struct timespec limit = timespec(ns);
    int n = epoll_pwait2(set, events, max, &limit, NULL);
    if (n >= 0 || (errno != ENOSYS && errno != EPERM)) return n; /* EPERM: a container's word for it */
  }
#endif
  return epoll_wait(set, events, max, milliseconds(ns));
}
#endif

#ifdef SYS_KQUEUE
int sys_kevent_wait(sys_fd queue, struct kevent *events, int max, int64_t ns) {
  struct timespec limit = timespec(ns);
  return kevent(queue, NULL, 0, events, max, ns < 0 ? NULL : &limit);
}
#endif

int sys_wait(sys_fd fd, int events, int64_t ns) {
  struct pollfd p = {.fd = fd, .events = 0};
  if (events & SYS_READ) p.events |= POLLIN;
  if (events & SYS_WRITE) p.events |= POLLOUT;
  return sys_poll(&p, 1, ns);
}

int sys_disconnect(sys_fd fd) {
  struct sockaddr nobody = {.sa_family = AF_UNSPEC};
  if (connect(fd, &nobody, sizeof nobody) == 0) return 0;
#ifndef __linux__
  /* BSD has done it before it looks at the family and the length */
  if (errno == EAFNOSUPPORT || errno == EINVAL) return 0;
#endif
  return -1;
}

int sys_close(sys_fd fd) { return close(fd) < 0 && errno != ECONNRESET && errno != EINTR ? -1 : 0; }

int sys_is_nonblocking(sys_fd fd) {
  int flags = fcntl(fd, F_GETFL);
  return flags < 0 ? -1 : (flags & O_NONBLOCK) != 0;
}

int sys_set_nonblocking(sys_fd fd, int on) {
  int flags = fcntl(fd, F_GETFL);
  if (flags < 0) return -1;
  int was = (flags & O_NONBLOCK) != 0;
  return was == !!on || fcntl(fd, F_SETFL, flags ^ O_NONBLOCK) == 0 ? was : -1;
}

int sys_get_inheritable(sys_fd fd) {
  int flags = fcntl(fd, F_GETFD);
  return flags < 0 ? -1 : !(flags & FD_CLOEXEC);
}

int sys_set_inheritable(sys_fd fd, int on) {
  int flags = fcntl(fd, F_GETFD);
  if (flags < 0) return -1;
  return fcntl(fd, F_SETFD, on ? flags & ~FD_CLOEXEC : flags | FD_CLOEXEC);
}

#ifdef SOCK_CLOEXEC
static int birth_flags(int nonblock) { return SOCK_CLOEXEC | (nonblock ? SOCK_NONBLOCK : 0); }
#else
/* what the system could not do at birth; the descriptor, or -1 with nothing left open */
static sys_fd finish_birth(sys_fd fd, int nonblock) {
  if (fd < 0) return fd;
  sys_adopt(fd);
  if (sys_set_inheritable(fd, 0) == 0 && sys_set_nonblocking(fd, nonblock) >= 0) return fd;
  int code = errno;
  close(fd);
  errno = code;
  return -1;
}
#endif

sys_fd sys_socket(int family, int type, int proto, int nonblock) {
#ifdef SOCK_CLOEXEC
  return socket(family, type | birth_flags(nonblock), proto);
#else
  return finish_birth(socket(family, type, proto), nonblock);
#endif
}

int sys_socketpair(int family, int type, int proto, int nonblock, sys_fd fds[2]) {
#ifdef SOCK_CLOEXEC
  return socketpair(family, type | birth_flags(nonblock), proto, fds);
#else
  if (socketpair(family, type, proto, fds) < 0) return -1;
  fds[0] = finish_birth(fds[0], nonblock);
  fds[1] = finish_birth(fds[1], nonblock);
  if (fds[0] >= 0 && fds[1] >= 0) return 0;
  int code = errno;
  for (int i = 0; i < 2; i++)
    if (fds[i] >= 0) close(fds[i]);
  errno = code;
  return -1;
#endif
}

sys_fd sys_accept(sys_fd fd, struct sockaddr *addr, socklen_t *len, int nonblock) {
#ifdef SOCK_CLOEXEC
  return accept4(fd, addr, len, birth_flags(nonblock));
#else
  return finish_birth(accept(fd, addr, len), nonblock);
#endif
}

sys_fd sys_dup(sys_fd fd) { return fcntl(fd, F_DUPFD_CLOEXEC, 0); }

/* Without eventfd(2) it is a pair of datagram sockets: a write to one whose other end is closed raises no SIGPIPE, as that to a pipe or
   stream does. */
int sys_signal_open(sys_fd fds[2]) {
#ifdef SYS_EVENTFD
  fds[0] = fds[1] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  return fds[0] < 0 ? -1 : 0;
#else
  return sys_socketpair(AF_UNIX, SOCK_DGRAM, 0, 1, fds);
#endif
}

void sys_signal_lower(const sys_fd fds[2]) {
  uint64_t count; /* an eventfd gives one number, of all */
  ssize_t n;
  do n = read(fds[0], &count, sizeof count);
  while ((n > 0 && fds[0] != fds[1]) || (n < 0 && errno == EINTR));
}

void sys_signal_raise(const sys_fd fds[2]) {
  uint64_t one = 1;
  while (write(fds[1], &one, sizeof one) < 0 && (errno == EINTR || errno == EAGAIN || errno == ENOBUFS))
    if (errno != EINTR) sys_signal_lower(fds); /* full: nobody waits for it */
}

/* After a fork the C library gives a new thread the stack of one that was looking up a name in the parent, and with it the socket
   of that query: both processes would take the other's answers, or the descriptor is another file by now. */
void sys_resolver_begin(void) {
#ifdef SYS_RESOLVER_STATE
  memset(&_res, 0, sizeof _res);
#endif
}

#ifdef AI_IDN
static int is_ascii(const char *text) {
  while (*text != '\0' && (unsigned char)*text < 0x80) text++;
  return *text == '\0';
}
#endif

int sys_getaddrinfo(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **list) {
#ifdef AI_IDN
  locale_t utf8 = host == NULL || is_ascii(host) ? (locale_t)0 : newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
  if (utf8 != (locale_t)0) {
    struct addrinfo idn = *hints;
    idn.ai_flags |= AI_IDN;
    locale_t before = uselocale(utf8); /* of this thread alone */
    int code = getaddrinfo(host, service, &idn, list);
    uselocale(before);
    freelocale(utf8);
    return code;
  }
#endif
  return getaddrinfo(host, service, hints, list);
}

/* the bare address of a sockaddr, for gethostbyaddr */
static const void *bare_address(const struct sockaddr *addr, socklen_t *len) {
  int six = addr->sa_family == AF_INET6;
  *len = six ? sizeof(struct in6_addr) : sizeof(struct in_addr);
  return six ? (const void *)&((const struct sockaddr_in6 *)addr)->sin6_addr
             : (const void *)&((const struct sockaddr_in *)addr)->sin_addr;
}

#ifdef SYS_HOSTS_R
int sys_gethostbyname(const char *name, int family, struct hostent *space, char *buffer, size_t size,
                      struct hostent **result, int *h_error) {
  return gethostbyname2_r(name, family, space, buffer, size, result, h_error);
}

int sys_gethostbyaddr(const struct sockaddr *addr, struct hostent *space, char *buffer, size_t size,
                      struct hostent **result, int *h_error) {
  socklen_t len;
  const void *bare = bare_address(addr, &len);
  return gethostbyaddr_r(bare, len, addr->sa_family, space, buffer, size, result, h_error);
}
#else
/* elsewhere the plain calls keep their result for each thread, and let go of it when the thread ends */
int sys_gethostbyname(const char *name, int family, struct hostent *space, char *buffer, size_t size,
                      struct hostent **result, int *h_error) {
  const struct hostent *found = gethostbyname2(name, family);
  *h_error = found == NULL ? h_errno : 0;
  return sys_hostent_copy(found, space, buffer, size, result);
}

int sys_gethostbyaddr(const struct sockaddr *addr, struct hostent *space, char *buffer, size_t size,
                      struct hostent **result, int *h_error) {
  socklen_t len;
  const void *bare = bare_address(addr, &len);
  const struct hostent *found = gethostbyaddr(bare, len, addr->sa_family);
  *h_error = found == NULL ? h_errno : 0;
  return sys_hostent_copy(found, space, buffer, size, result);
}
#endif

#ifdef SYS_CONTROL
int sys_control_find(const char *name, uint32_t *id) {
  struct ctl_info info = {.ctl_id = 0};
  strncpy(info.ctl_name, name, sizeof info.ctl_name - 1);
  sys_fd fd = sys_socket(AF_SYSTEM, SOCK_DGRAM, SYSPROTO_CONTROL, 0);
  if (fd == SYS_NO_FD) return -1;
  int done = ioctl(fd, CTLIOCGINFO, &info), code = errno;
  close(fd);
  errno = code;
  *id = info.ctl_id;
  return done;
}
#endif

int64_t sys_descriptor_limit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur > INT_MAX)
    return INT_MAX;
  return (int64_t)limit.rlim_cur;
}

const char *sys_strerror(int code, char *buffer, size_t size) {
#if defined(__GLIBC__) && defined(_GNU_SOURCE)
  return strerror_r(code, buffer, size);
#else
  return strerror_r(code, buffer, size) == 0 ? buffer : "Unknown error";
#endif
}

int sys_thread(void *(*work)(void *), void *argument) {
  pthread_t thread;
  sigset_t all, old;
  sigfillset(&all);
  sys_pin_code();
  pthread_sigmask(SIG_SETMASK, &all, &old);
  int code = pthread_create(&thread, NULL, work, argument);
  pthread_sigmask(SIG_SETMASK, &old, NULL);
  if (code == 0) pthread_detach(thread);
  return code;
}

void sys_pin_code(void) {
  Dl_info info;
  if (dladdr((void *)(uintptr_t)sys_pin_code, &info) && info.dli_fname != NULL)
    dlopen(info.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE);
}
