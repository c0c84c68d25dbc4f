/* SPDX-License-Identifier: MIT */
/* Receiving and sending on Windows, with POSIX' manners: a datagram that was cut is no error, and neither is an end of ours. */
#include <io.h>

#include "shared.h"

static int waits(int flags) { return (flags & (MSG_WAITALL | MSG_DONTWAIT | MSG_PEEK)) == MSG_WAITALL; }

/* What the system's call is given: MSG_WAITALL it refuses of a non-blocking socket, and how long a datagram is it cannot tell. */
static int plain(int flags) { return flags & ~(MSG_DONTWAIT | MSG_WAITALL | MSG_TRUNC); }

/* What a failed call has received all the same: bytes, or -1 and errno. */
static ssize_t received(sys_fd fd, size_t size, int code) {
  if (code == WSAEMSGSIZE) return (ssize_t)size;
  if (code == WSAESHUTDOWN) return 0;
  return sys_fail_with(fd);
}

static ssize_t receive(sys_fd fd, char *data, size_t size, int flags) {
  int wanted = sys_clamp(size), n = recv((SOCKET)fd, data, wanted, plain(flags));
  return n >= 0 ? n : received(fd, (size_t)wanted, WSAGetLastError());
}

/* All of it, unless the stream ends or fails before. */
static ssize_t receive_all(sys_fd fd, char *data, size_t size, int flags) {
  size_t done = 0;
  while (done < size) {
    ssize_t n = receive(fd, data + done, size - done, flags);
    if (n > 0) done += (size_t)n;
    if (n == 0 || (n < 0 && (errno != EAGAIN || sys_wait(fd, SYS_READ, -1) < 0)))
      return done > 0 || n == 0 ? (ssize_t)done : n;
  }
  return (ssize_t)done;
}

ssize_t sys_recv(sys_fd fd, void *data, size_t size, int flags) {
  return waits(flags) ? receive_all(fd, data, size, flags) : receive(fd, data, size, flags);
}

ssize_t sys_recvfrom(sys_fd fd, void *data, size_t size, int flags, struct sockaddr *addr, socklen_t *len) {
  int wanted = sys_clamp(size), room = (int)*len;
  addr->sa_family = AF_UNSPEC;
  int n = recvfrom((SOCKET)fd, data, wanted, plain(flags), addr, &room);
  ssize_t count = n >= 0 ? n : received(fd, (size_t)wanted, WSAGetLastError());
  *len = addr->sa_family == AF_UNSPEC ? 0 : (socklen_t)room; /* a stream's peer is not told */
  return count;
}

/* The buffers of a message as Windows has them; their bytes. */
static size_t buffers_of(const struct msghdr *msg, WSABUF *buffers) {
  size_t total = 0;
  for (size_t i = 0; i < msg->msg_iovlen; i++) {
    size_t len = msg->msg_iov[i].iov_len, left = SYS_SIZE_MAX - total;
    buffers[i].len = (ULONG)(len < left ? len : left);
    buffers[i].buf = msg->msg_iov[i].iov_base;
    total += buffers[i].len;
  }
  return total;
}

/* The call that receives messages has no name to link against. */
static LPFN_WSARECVMSG find_recvmsg(sys_fd fd) {
  static void *volatile found; /* the same in all threads */
  void *f = found;
  GUID id = WSAID_WSARECVMSG;
  DWORD size;
  if (f == NULL &&
      WSAIoctl((SOCKET)fd, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof id, &f, sizeof f, &size, NULL, NULL) != 0)
    return NULL;
  found = f;
  return (LPFN_WSARECVMSG)(uintptr_t)f;
}

/* For streams, which have no messages. */
static ssize_t receive_plain(sys_fd fd, struct msghdr *msg, int flags, WSABUF *buffers, size_t total) {
  DWORD count = 0, bits = (DWORD)plain(flags);
  struct sockaddr none = {.sa_family = AF_UNSPEC}, *addr = msg->msg_name != NULL ? msg->msg_name : &none;
  int room = msg->msg_name != NULL ? (int)msg->msg_namelen : (int)sizeof none;
  addr->sa_family = AF_UNSPEC;
  int done = WSARecvFrom((SOCKET)fd, buffers, (DWORD)msg->msg_iovlen, &count, &bits, addr, &room, NULL, NULL);
  int code = done == 0 ? 0 : WSAGetLastError();
  msg->msg_namelen = addr->sa_family == AF_UNSPEC ? 0 : (socklen_t)room;
  msg->msg_controllen = 0;
  msg->msg_flags = code == WSAEMSGSIZE ? MSG_TRUNC : 0;
  return done == 0 ? (ssize_t)count : received(fd, total, code);
}

/* Windows refuses to receive a message from a stream; Wine tells the peer's address. */
static int is_stream(sys_fd fd) {
  int type = 0, len = sizeof type;
  return getsockopt((SOCKET)fd, SOL_SOCKET, SO_TYPE, (char *)&type, &len) == 0 && type == SOCK_STREAM;
}

ssize_t sys_recvmsg(sys_fd fd, struct msghdr *msg, int flags) {
  WSABUF buffers[IOV_MAX], none = {0, NULL};
  size_t total = buffers_of(msg, buffers);
  LPFN_WSARECVMSG call = find_recvmsg(fd);
  struct sockaddr *name = msg->msg_name;
  DWORD count = 0;
  if (call == NULL || is_stream(fd)) return receive_plain(fd, msg, flags, buffers, total);
  if (name != NULL) name->sa_family = AF_UNSPEC;
  WSAMSG m = {.name = msg->msg_name,
              .namelen = (int)msg->msg_namelen,
              .lpBuffers = msg->msg_iovlen > 0 ? buffers : &none,
              .dwBufferCount = (ULONG)msg->msg_iovlen,
              .Control = {.len = (ULONG)msg->msg_controllen, .buf = msg->msg_control},
              .dwFlags = (DWORD)plain(flags)};
  int done = call((SOCKET)fd, &m, &count, NULL, NULL), code = done == 0 ? 0 : WSAGetLastError();
  if (code == WSAEOPNOTSUPP || code == WSAEINVAL || code == WSAENOTCONN)
    return receive_plain(fd, msg, flags, buffers, total);
  WSASetLastError(code);
  msg->msg_namelen = name == NULL || name->sa_family == AF_UNSPEC ? 0 : (socklen_t)m.namelen;
  msg->msg_controllen = m.Control.len;
  msg->msg_flags = (int)m.dwFlags | (code == WSAEMSGSIZE ? MSG_TRUNC : 0);
  return done == 0 ? (ssize_t)count : received(fd, total, code);
}

ssize_t sys_send(sys_fd fd, const void *data, size_t len, int flags) {
  int n = send((SOCKET)fd, data, sys_clamp(len), plain(flags));
  return n >= 0 ? n : sys_fail_with(fd);
}

ssize_t sys_sendto(sys_fd fd, const void *data, size_t len, int flags, const struct sockaddr *addr, socklen_t addrlen) {
  int n = sendto((SOCKET)fd, data, sys_clamp(len), plain(flags), addr, (int)addrlen);
  return n >= 0 ? n : sys_fail_with(fd);
}

ssize_t sys_sendmsg(sys_fd fd, const struct msghdr *msg, int flags) {
  WSABUF buffers[IOV_MAX], none = {0, NULL};
  DWORD count = 0, parts = (DWORD)msg->msg_iovlen;
  buffers_of(msg, buffers);
  if (parts == 0) buffers[0] = none, parts = 1;
  int done;
  if (msg->msg_controllen > 0) {
    WSAMSG m = {.name = msg->msg_name,
                .namelen = (int)msg->msg_namelen,
                .lpBuffers = buffers,
                .dwBufferCount = parts,
                .Control = {.len = (ULONG)msg->msg_controllen, .buf = msg->msg_control}};
    done = WSASendMsg((SOCKET)fd, &m, (DWORD)plain(flags), &count, NULL, NULL);
  } else {
    done = WSASendTo((SOCKET)fd, buffers, parts, &count, (DWORD)plain(flags), msg->msg_name, (int)msg->msg_namelen,
                     NULL, NULL);
  }
  return done == 0 ? (ssize_t)count : sys_fail_with(fd);
}

int sys_sendmmsg(sys_fd fd, sys_Message *messages, unsigned count, int flags) {
  unsigned done = 0;
  for (ssize_t size; done < count && (size = sys_sendmsg(fd, &messages[done].msg_hdr, flags)) >= 0; done++)
    messages[done].msg_len = (unsigned)size;
  return done > 0 || count == 0 ? (int)done : -1;
}

int sys_recvmmsg(sys_fd fd, sys_Message *messages, unsigned count, int flags) {
  unsigned done = 0;
  for (ssize_t size; done < count && (size = sys_recvmsg(fd, &messages[done].msg_hdr, flags)) >= 0; done++)
    messages[done].msg_len = (unsigned)size;
  return done > 0 || count == 0 ? (int)done : -1;
}

/* The file of a descriptor of the C library's. */
static HANDLE file_of(sys_fd fd) {
  HANDLE file = (HANDLE)_get_osfhandle((int)fd);
  if (file == INVALID_HANDLE_VALUE) errno = EBADF;
  return file;
}

int sys_fileno(FILE *file) { return _fileno(file); }

int sys_filled(sys_fd fd) {
  LARGE_INTEGER size;
  HANDLE file = file_of(fd);
  if (file == INVALID_HANDLE_VALUE || GetFileType(file) != FILE_TYPE_DISK || !GetFileSizeEx(file, &size)) return -1;
  return size.QuadPart > 0;
}

#define PIECE_MAX 65536

/* Where the file is read next is as before, for others. */
ssize_t sys_sendfile(sys_fd out, sys_fd in, int64_t offset, size_t count) {
  char piece[PIECE_MAX];
  HANDLE file = file_of(in);
  LARGE_INTEGER before, start = {.QuadPart = 0};
  if (file == INVALID_HANDLE_VALUE) return -1;
  if (!SetFilePointerEx(file, start, &before, FILE_CURRENT)) return sys_fail();
  OVERLAPPED place = {.Offset = (DWORD)offset, .OffsetHigh = (DWORD)(offset >> 32)};
  DWORD n = 0, code = 0;
  if (!ReadFile(file, piece, count < sizeof piece ? (DWORD)count : (DWORD)sizeof piece, &n, &place))
    code = GetLastError();
  SetFilePointerEx(file, before, NULL, FILE_BEGIN);
  if (code == 0 && n > 0) return sys_send(out, piece, n, 0);
  if (code == 0 || code == ERROR_HANDLE_EOF) return 0;
  errno = sys_errno_of(code);
  return -1;
}
