/* SPDX-License-Identifier: MIT */
/* Pairs of sockets, which Windows does not make: both ends of a connection over loopback. And what threads need. */
#include <stdlib.h>
#include <string.h>

#include "shared.h"

#define PAIR_NS INT64_C(5000000000) /* so long the system may take for a connection within it */

typedef union Name {
  struct sockaddr any;
  struct sockaddr_in in;
  struct sockaddr_in6 in6;
} Name;

static int are_same(const Name *a, const Name *b) {
  if (a->any.sa_family == AF_INET)
    return a->in.sin_port == b->in.sin_port && a->in.sin_addr.s_addr == b->in.sin_addr.s_addr;
  return a->in6.sin6_port == b->in6.sin6_port &&
         memcmp(&a->in6.sin6_addr, &b->in6.sin6_addr, sizeof(struct in6_addr)) == 0;
}

#define BACKLOG 16 /* a stranger who has connected does not keep out our own connection */

/* A listener on a port of the system's choice, which nobody else may take. */
static int listen_at(sys_fd listener, int family, Name *name) {
  static const struct in6_addr loopback = IN6ADDR_LOOPBACK_INIT;
  socklen_t len = family == AF_INET6 ? sizeof name->in6 : sizeof name->in;
  BOOL on = TRUE;
  memset(name, 0, sizeof *name);
  name->any.sa_family = (sa_family_t)family;
  if (family == AF_INET6) name->in6.sin6_addr = loopback;
  else name->in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  sys_setsockopt(listener, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, &on, sizeof on);
  if (sys_bind(listener, &name->any, len) < 0 || sys_listen(listener, BACKLOG) < 0) return -1;
  return sys_getsockname(listener, &name->any, &len);
}

/* The connection of 'mine', and no stranger's, who may have been quicker. */
static sys_fd accept_from(sys_fd listener, sys_fd mine) {
  int64_t deadline = sys_monotonic() + PAIR_NS;
  for (;;) {
    int64_t left = deadline - sys_monotonic();
    int ready = left > 0 ? sys_wait(listener, SYS_READ, left) : 0;
    if (ready < 0 && errno == EINTR) continue;
    if (ready == 0) errno = ETIMEDOUT;
    if (ready <= 0) return SYS_NO_FD;
    Name peer, own;
    socklen_t len = sizeof peer, own_len = sizeof own;
    sys_fd fd = sys_accept(listener, &peer.any, &len, 1);
    if (fd == SYS_NO_FD && errno != EAGAIN && errno != ECONNRESET) return SYS_NO_FD;
    if (fd == SYS_NO_FD) continue;
    if (sys_getsockname(mine, &own.any, &own_len) == 0 && are_same(&peer, &own)) return fd;
    sys_close(fd);
  }
}

static int connect_to(sys_fd fd, const Name *name) {
  socklen_t len = name->any.sa_family == AF_INET6 ? sizeof name->in6 : sizeof name->in;
  return sys_connect(fd, &name->any, len) == 0 || errno == EINPROGRESS ? 0 : -1;
}

int sys_socketpair(int family, int type, int proto, int nonblock, sys_fd fds[2]) {
  Name name;
  if ((family != AF_INET && family != AF_INET6) || type != SOCK_STREAM) {
    errno = EOPNOTSUPP;
    return -1;
  }
  sys_fd listener = sys_socket(family, type, proto, nonblock);
  if (listener == SYS_NO_FD) return -1;
  fds[0] = sys_socket(family, type, proto, nonblock);
  fds[1] = SYS_NO_FD;
  if (fds[0] != SYS_NO_FD && listen_at(listener, family, &name) == 0 && connect_to(fds[0], &name) == 0)
    fds[1] = accept_from(listener, fds[0]);
  int code = errno;
  sys_close(listener);
  if (fds[1] == SYS_NO_FD && fds[0] != SYS_NO_FD) sys_close(fds[0]);
  if (fds[1] != SYS_NO_FD) sys_wait(fds[0], SYS_WRITE, PAIR_NS); /* it hears of it a moment later */
  errno = code;
  return fds[1] == SYS_NO_FD ? -1 : 0;
}

int sys_signal_open(sys_fd fds[2]) {
  BOOL on = TRUE;
  if (sys_socketpair(AF_INET, SOCK_STREAM, 0, 1, fds) < 0) return -1;
  sys_setsockopt(fds[1], IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return 0;
}

void sys_signal_lower(const sys_fd fds[2]) {
  char bytes[256];
  while (recv((SOCKET)fds[0], bytes, sizeof bytes, 0) == sizeof bytes) continue;
}

void sys_signal_raise(const sys_fd fds[2]) {
  while (send((SOCKET)fds[1], "", 1, 0) < 0 && WSAGetLastError() == WSAEWOULDBLOCK)
    sys_signal_lower(fds); /* full: nobody waits for it */
}

void sys_signal_wake(sys_fd fd) {
  int before = errno;
  DWORD code = GetLastError();
  send((SOCKET)fd, "", 1, 0); /* where it is full there is a wake already */
  SetLastError(code);
  errno = before;
}

typedef struct Start {
  void *(*work)(void *);
  void *argument;
} Start;

static DWORD WINAPI run(void *memory) {
  Start start = *(Start *)memory;
  free(memory);
  start.work(start.argument);
  return 0;
}

int sys_thread(void *(*work)(void *), void *argument) {
  Start *start = malloc(sizeof *start);
  if (start == NULL) return ENOMEM;
  *start = (Start){work, argument};
  sys_pin_code();
  HANDLE thread = CreateThread(NULL, 0, run, start, 0, NULL);
  if (thread != NULL) return CloseHandle(thread), 0;
  free(start);
  return EAGAIN;
}

void sys_pin_code(void) {
  HMODULE module;
  GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS,
                     (LPCWSTR)(uintptr_t)sys_pin_code, &module);
}
