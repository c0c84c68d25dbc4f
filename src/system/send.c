/* SPDX-License-Identifier: MIT */
/* Sending without SIGPIPE, and several messages by one call, on POSIX systems. */
#include <signal.h>
#include <time.h>

#include "../system.h"

#ifdef SYS_SENDFILE
#include <sys/sendfile.h>
#endif

/* A send raises no SIGPIPE by a flag, or by an option set at birth; where the system has neither, or the protocol refuses the
   flag (RDS, QRTR, X.25), the signal is held back in this thread, and taken if it came by us. */
#if defined MSG_NOSIGNAL
#define SEND_QUIET MSG_NOSIGNAL
#elif defined SO_NOSIGPIPE
#define SEND_QUIET 0
#endif

typedef struct Hold {
  sigset_t pipe, old;
  int before;
} Hold;

static int is_pending(void) {
  sigset_t pending;
  sigpending(&pending);
  return sigismember(&pending, SIGPIPE);
}

/* Only a signal that was held back before can wait to be delivered. */
static void hold_signal(Hold *hold) {
  sigemptyset(&hold->pipe);
  sigaddset(&hold->pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &hold->pipe, &hold->old);
  hold->before = sigismember(&hold->old, SIGPIPE) && is_pending();
}

static void take_signal(const sigset_t *pipe) {
#ifdef SYS_SIGTIMEDWAIT
  sigtimedwait(pipe, NULL, &(struct timespec){0, 0});
#else
  int taken;
  if (is_pending()) sigwait(pipe, &taken);
#endif
}

static ssize_t release_signal(const Hold *hold, ssize_t n) {
  int code = errno;
  if (n < 0 && code == EPIPE && !hold->before) take_signal(&hold->pipe);
  pthread_sigmask(SIG_SETMASK, &hold->old, NULL);
  errno = code;
  return n;
}

static ssize_t send_held(sys_fd fd, const struct msghdr *msg, int flags) {
  Hold hold;
  hold_signal(&hold);
  return release_signal(&hold, sendmsg(fd, msg, flags));
}

ssize_t sys_send(sys_fd fd, const void *data, size_t len, int flags) {
  return sys_sendto(fd, data, len, flags, NULL, 0);
}

ssize_t sys_sendto(sys_fd fd, const void *data, size_t len, int flags, const struct sockaddr *addr, socklen_t addrlen) {
#ifdef SEND_QUIET
  ssize_t n = sendto(fd, data, len, flags | SEND_QUIET, addr, addrlen);
  if (n >= 0 || (errno != EOPNOTSUPP && errno != EINVAL)) return n;
#endif
  struct iovec iov = {(void *)(uintptr_t)data, len};
  struct msghdr msg = {.msg_name = (void *)(uintptr_t)addr, .msg_namelen = addrlen, .msg_iov = &iov, .msg_iovlen = 1};
  return send_held(fd, &msg, flags);
}

ssize_t sys_sendmsg(sys_fd fd, const struct msghdr *msg, int flags) {
#ifdef SEND_QUIET
  ssize_t n = sendmsg(fd, msg, flags | SEND_QUIET);
  if (n >= 0 || (errno != EOPNOTSUPP && errno != EINVAL)) return n;
#endif
  return send_held(fd, msg, flags);
}

int sys_sendmmsg(sys_fd fd, sys_Message *messages, unsigned count, int flags) {
#if defined SYS_MMSG && defined SEND_QUIET
  int n = sendmmsg(fd, messages, count, flags | SEND_QUIET);
  if (n >= 0 || (errno != EOPNOTSUPP && errno != EINVAL && errno != ENOSYS)) return n;
#endif
  unsigned done = 0;
  for (ssize_t size; done < count && (size = sys_sendmsg(fd, &messages[done].msg_hdr, flags)) >= 0; done++)
    messages[done].msg_len = (unsigned)size;
  return done > 0 || count == 0 ? (int)done : -1;
}

int sys_recvmmsg(sys_fd fd, sys_Message *messages, unsigned count, int flags) {
#ifdef SYS_MMSG
  int n = recvmmsg(fd, messages, count, flags | MSG_WAITFORONE, NULL);
  if (n >= 0 || errno != ENOSYS) return n;
#endif
  unsigned done = 0;
  for (ssize_t size; done < count && (size = recvmsg(fd, &messages[done].msg_hdr, flags)) >= 0; done++) {
    messages[done].msg_len = (unsigned)size;
    flags |= MSG_DONTWAIT;
  }
  return done > 0 || count == 0 ? (int)done : -1;
}

int sys_filled(sys_fd fd) {
  struct stat st;
  char byte;
  if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) return -1;
  return st.st_size > 0 || pread(fd, &byte, 1, 0) != 0;
}

#ifdef SYS_SPLICE
ssize_t sys_splice_in(sys_fd in, sys_fd pipe, size_t count) {
  return splice(in, NULL, pipe, NULL, count, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
}

ssize_t sys_splice_out(sys_fd pipe, sys_fd out, size_t count) {
  Hold hold;
  hold_signal(&hold);
  return release_signal(&hold, splice(pipe, NULL, out, NULL, count, SPLICE_F_MOVE | SPLICE_F_NONBLOCK));
}

ssize_t sys_pipe_read(sys_fd pipe, void *data, size_t size) { return read(pipe, data, size); }

int sys_pipe(sys_fd fds[2]) { return pipe2(fds, O_CLOEXEC | O_NONBLOCK); }
#endif

#define PIECE_MAX 8192

#if defined SYS_SENDFILE
#define SENDS_FILES 1
static ssize_t send_file(sys_fd out, sys_fd in, int64_t offset, size_t count) {
  off_t from = (off_t)offset;
  return sendfile(out, in, &from, count);
}
#elif defined SYS_SENDFILE_DARWIN
#define SENDS_FILES 1
/* The number of bytes comes back in 'len', also where the call was interrupted, or would have had to wait, after some. */
static ssize_t send_file(sys_fd out, sys_fd in, int64_t offset, size_t count) {
  off_t len = (off_t)count;
  if (len == 0) return 0; /* for the system: all of the file */
  return sendfile(in, out, (off_t)offset, &len, NULL, 0) == 0 || len > 0 ? (ssize_t)len : -1;
}
#elif defined SYS_SENDFILE_FREEBSD
#define SENDS_FILES 1
static ssize_t send_file(sys_fd out, sys_fd in, int64_t offset, size_t count) {
  off_t sent = 0;
  if (count == 0) return 0; /* for the system: all of the file */
  return sendfile(in, out, (off_t)offset, count, NULL, &sent, 0) == 0 || sent > 0 ? (ssize_t)sent : -1;
}
#endif

/* What sendfile(2) cannot take from the file, as most of /proc, or where there is none that suits, is read and sent: a piece. */
ssize_t sys_sendfile(sys_fd out, sys_fd in, int64_t offset, size_t count) {
#ifdef SENDS_FILES
  Hold hold;
  hold_signal(&hold);
  ssize_t sent = release_signal(&hold, send_file(out, in, offset, count));
  if (sent >= 0 || (errno != EINVAL && errno != ENOTSUP && errno != EOPNOTSUPP)) return sent;
#endif
  char piece[PIECE_MAX];
  ssize_t n = pread(in, piece, count < sizeof piece ? count : sizeof piece, (off_t)offset);
  return n > 0 ? sys_send(out, piece, (size_t)n, 0) : n;
}
