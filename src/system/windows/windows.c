/* SPDX-License-Identifier: MIT */
/*
** Sockets on Windows: their birth, their modes, their ends and their options. The system knows each of them as non-blocking: a
** call that shall wait does so in wait.c, where Ctrl-C and other threads can end it. What Windows does not tell, as whether a
** socket is non-blocking, is so by this alone.
*/
#include <string.h>

#include "shared.h"

static BOOL CALLBACK start(INIT_ONCE *once, void *code, void **context) {
  WSADATA data;
  (void)once, (void)context;
  *(int *)code = WSAStartup(MAKEWORD(2, 2), &data);
  return *(int *)code == 0;
}

int sys_begin(void) {
  static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
  int code = 0;
  InitOnceExecuteOnce(&once, start, &code, NULL);
  return code == 0 ? 0 : sys_errno_of((DWORD)code);
}

int64_t sys_monotonic(void) {
  LARGE_INTEGER now, rate;
  QueryPerformanceCounter(&now);
  QueryPerformanceFrequency(&rate);
  return now.QuadPart / rate.QuadPart * 1000000000 + now.QuadPart % rate.QuadPart * 1000000000 / rate.QuadPart;
}

int64_t sys_monotonic_coarse(void) { return sys_monotonic(); }

static int set_mode(sys_fd fd, int nonblock) {
  u_long on = (u_long)nonblock;
  return ioctlsocket((SOCKET)fd, (long)FIONBIO, &on) == 0 ? 0 : sys_fail_with(fd);
}

int sys_adopt(sys_fd fd) { return set_mode(fd, 1) == 0; }

int sys_is_nonblocking(sys_fd fd) { return (void)fd, 1; }

int sys_set_nonblocking(sys_fd fd, int on) { return set_mode(fd, 1) < 0 ? -1 : on != 0; }

void sys_part(sys_fd fd, int nonblock) { set_mode(fd, nonblock); }

int sys_get_inheritable(sys_fd fd) {
  DWORD flags;
  if (fd != SYS_NO_FD && GetHandleInformation((HANDLE)fd, &flags)) return (flags & HANDLE_FLAG_INHERIT) != 0;
  errno = EBADF;
  return -1;
}

int sys_set_inheritable(sys_fd fd, int on) {
  DWORD flags = on ? HANDLE_FLAG_INHERIT : 0;
  if (fd != SYS_NO_FD && SetHandleInformation((HANDLE)fd, HANDLE_FLAG_INHERIT, flags)) return 0;
  errno = EBADF;
  return -1;
}

int sys_close(sys_fd fd) {
  if (closesocket((SOCKET)fd) == 0) return 0;
  if (WSAGetLastError() == WSAEWOULDBLOCK && set_mode(fd, 0) == 0 && closesocket((SOCKET)fd) == 0)
    return 0; /* SO_LINGER */
  sys_fail_with(fd);
  return errno == ECONNRESET || errno == EINTR ? 0 : -1;
}

/* The socket, as every socket here begins; or SYS_NO_FD with nothing left open. */
static sys_fd finish_birth(sys_fd fd) {
  if (fd == SYS_NO_FD) return sys_fail();
  if (set_mode(fd, 1) == 0) return fd;
  int code = errno;
  closesocket((SOCKET)fd);
  errno = code;
  return SYS_NO_FD;
}

/* Of datagrams that nobody took, and that the peer's host tells of, only a connected socket is to hear. */
static void set_reports(sys_fd fd, BOOL on) {
  DWORD size;
  WSAIoctl((SOCKET)fd, SIO_UDP_CONNRESET, &on, sizeof on, NULL, 0, &size, NULL, NULL);
}

#define BIRTH_FLAGS (WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT)

sys_fd sys_socket(int family, int type, int proto, int nonblock) {
  (void)nonblock;
  sys_fd fd = finish_birth((sys_fd)WSASocketW(family, type, proto, NULL, 0, BIRTH_FLAGS));
  if (fd != SYS_NO_FD && type == SOCK_DGRAM) set_reports(fd, FALSE);
  return fd;
}

/* A socket that the system knows already, by what WSADuplicateSocket has told of it. */
static sys_fd of_info(WSAPROTOCOL_INFOW *info) {
  int from = FROM_PROTOCOL_INFO;
  return finish_birth((sys_fd)WSASocketW(from, from, from, info, 0, BIRTH_FLAGS));
}

sys_fd sys_dup(sys_fd fd) {
  WSAPROTOCOL_INFOW info;
  if (WSADuplicateSocketW((SOCKET)fd, GetCurrentProcessId(), &info) != 0) return sys_fail_with(fd);
  return of_info(&info);
}

int sys_share(sys_fd fd, uint32_t process, void *bytes) {
  WSAPROTOCOL_INFOW info;
  if (WSADuplicateSocketW((SOCKET)fd, process, &info) != 0) return sys_fail_with(fd);
  memcpy(bytes, &info, sizeof info);
  return 0;
}

sys_fd sys_from_share(const void *bytes, int *family, int *type, int *proto) {
  WSAPROTOCOL_INFOW info;
  memcpy(&info, bytes, sizeof info);
  *family = info.iAddressFamily;
  *type = info.iSocketType;
  *proto = info.iProtocol;
  return of_info(&info);
}

int sys_ioctl(sys_fd fd, uint32_t control, const void *option, size_t size) {
  DWORD count = 0;
  if (WSAIoctl((SOCKET)fd, control, (void *)(uintptr_t)option, (DWORD)size, NULL, 0, &count, NULL, NULL) != 0)
    return sys_fail_with(fd);
  return (int)count;
}

/* A connection that its client has reset before is WSAECONNRESET to Windows, and WSAENOTCONN to Wine, which has no address of it. */
static sys_fd fail_to_accept(sys_fd fd) {
  sys_fail_with(fd);
  if (errno == ECONNRESET || errno == ENOTCONN) errno = ECONNABORTED;
  return SYS_NO_FD;
}

sys_fd sys_accept(sys_fd fd, struct sockaddr *addr, socklen_t *len, int nonblock) {
  (void)nonblock;
  int size = len != NULL ? (int)*len : 0;
  SOCKET s = accept((SOCKET)fd, addr, len != NULL ? &size : NULL);
  if (s == INVALID_SOCKET) return fail_to_accept(fd);
  SetHandleInformation((HANDLE)s, HANDLE_FLAG_INHERIT, 0);
  if (len != NULL) *len = (socklen_t)size;
  return finish_birth((sys_fd)s);
}

int sys_bind(sys_fd fd, const struct sockaddr *addr, socklen_t len) {
  return bind((SOCKET)fd, addr, (int)len) == 0 ? 0 : sys_fail_with(fd);
}

static int type_of(sys_fd fd) {
  int type = 0, len = sizeof type;
  getsockopt((SOCKET)fd, SOL_SOCKET, SO_TYPE, (char *)&type, &len);
  return type;
}

int sys_connect(sys_fd fd, const struct sockaddr *addr, socklen_t len) {
  if (connect((SOCKET)fd, addr, (int)len) == 0) {
    if (type_of(fd) == SOCK_DGRAM) set_reports(fd, TRUE);
    return 0;
  }
  sys_fail_with(fd);
  if (errno == EAGAIN) errno = EINPROGRESS;
  return -1;
}

int sys_disconnect(sys_fd fd) {
  WSAPROTOCOL_INFOW info;
  int size = sizeof info;
  struct sockaddr_storage nobody;
  if (getsockopt((SOCKET)fd, SOL_SOCKET, SO_PROTOCOL_INFOW, (char *)&info, &size) != 0) return sys_fail_with(fd);
  memset(&nobody, 0, sizeof nobody);
  nobody.ss_family = (short)info.iAddressFamily;
  size = info.iAddressFamily == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
  if (connect((SOCKET)fd, (struct sockaddr *)&nobody, size) != 0) return sys_fail_with(fd);
  set_reports(fd, FALSE);
  return 0;
}

int sys_listen(sys_fd fd, int backlog) { return listen((SOCKET)fd, backlog) == 0 ? 0 : sys_fail_with(fd); }

int sys_shutdown(sys_fd fd, int how) { return shutdown((SOCKET)fd, how) == 0 ? 0 : sys_fail_with(fd); }

static int family_of(sys_fd fd) {
  WSAPROTOCOL_INFOW info;
  int size = sizeof info;
  return getsockopt((SOCKET)fd, SOL_SOCKET, SO_PROTOCOL_INFOW, (char *)&info, &size) == 0 ? info.iAddressFamily : -1;
}

/* A socket that has no name yet is told as one with an empty name, as POSIX has it. */
int sys_getsockname(sys_fd fd, struct sockaddr *addr, socklen_t *len) {
  int size = (int)*len;
  if (getsockname((SOCKET)fd, addr, &size) != 0) {
    sys_fail_with(fd);
    int family = errno == EINVAL ? family_of(fd) : -1;
    if (family < 0) return -1;
    size = family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
    if (size > (int)*len) size = (int)*len;
    memset(addr, 0, (size_t)size);
    addr->sa_family = (ADDRESS_FAMILY)family;
  }
  *len = (socklen_t)size;
  return 0;
}

int sys_getpeername(sys_fd fd, struct sockaddr *addr, socklen_t *len) {
  int size = (int)*len;
  if (getpeername((SOCKET)fd, addr, &size) != 0) return sys_fail_with(fd);
  *len = (socklen_t)size;
  return 0;
}

/* What SO_ERROR tells is an error of Windows. */
int sys_getsockopt(sys_fd fd, int level, int name, void *value, socklen_t *len) {
  int size = (int)*len, code;
  if (getsockopt((SOCKET)fd, level, name, value, &size) != 0) return sys_fail_with(fd);
  *len = (socklen_t)size;
  if (level != SOL_SOCKET || name != SO_ERROR || size != sizeof code) return 0;
  memcpy(&code, value, sizeof code);
  code = sys_errno_of((DWORD)code);
  memcpy(value, &code, sizeof code);
  return 0;
}

int sys_setsockopt(sys_fd fd, int level, int name, const void *value, socklen_t len) {
  return setsockopt((SOCKET)fd, level, name, value, (int)len) == 0 ? 0 : sys_fail_with(fd);
}

/* There is no such limit. */
int64_t sys_descriptor_limit(void) { return INT32_MAX; }
