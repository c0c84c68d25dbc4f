/* SPDX-License-Identifier: MIT */
/* POSIX' headers, and what of system.h costs nothing there: its types, its locks, and the calls that are as they are everywhere. */
#ifndef PS_SYSTEM_POSIX_H
#define PS_SYSTEM_POSIX_H
#ifndef _WIN32

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

typedef int sys_fd;
typedef pthread_mutex_t sys_Lock;
typedef struct pollfd sys_Poll;

static inline void sys_lock_open(sys_Lock *lock) { pthread_mutex_init(lock, NULL); }
static inline void sys_lock_close(sys_Lock *lock) { pthread_mutex_destroy(lock); }
static inline void sys_lock_take(sys_Lock *lock) { pthread_mutex_lock(lock); }
static inline void sys_lock_give(sys_Lock *lock) { pthread_mutex_unlock(lock); }

/* No send on it raises SIGPIPE, where that is the socket's and not the call's to say: also on macOS, of which newer releases alone
   have MSG_NOSIGNAL, too. A duplicate is of the same socket. */
static inline int sys_adopt(sys_fd fd) {
#if defined SO_NOSIGPIPE && (defined __APPLE__ || !defined MSG_NOSIGNAL)
  setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &(int){1}, sizeof(int));
#endif
  return (void)fd, 0;
}

/* An eventfd takes numbers of eight bytes. One that is full has been written to, and wakes anyway. */
static inline void sys_signal_wake(sys_fd fd) {
  static const uint64_t one = 1;
  int before = errno;
  while (write(fd, &one, sizeof one) < 0 && errno == EINTR) continue;
  errno = before;
}

#define SYS_PAIR_FAMILY AF_UNIX
#define SYS_LIST_SEPARATOR ":" /* between the folders of an environment variable */

#define sys_begin() 0
#define sys_part sys_set_nonblocking
#define sys_bind bind
#define sys_connect connect
#define sys_listen listen
#define sys_shutdown shutdown
#define sys_getsockname getsockname
#define sys_getpeername getpeername
#define sys_getsockopt getsockopt
#define sys_setsockopt setsockopt
#define sys_recv recv
#define sys_recvfrom recvfrom
#define sys_recvmsg recvmsg

#define sys_freeaddrinfo freeaddrinfo
#define sys_getnameinfo getnameinfo
#define sys_gai_strerror gai_strerror
#define sys_hstrerror hstrerror
#define sys_inet_aton inet_aton
#define sys_inet_ntop inet_ntop
#define sys_inet_pton inet_pton

#define sys_if_nameindex if_nameindex
#define sys_if_freenameindex if_freenameindex
#define sys_if_nametoindex if_nametoindex
#define sys_if_indextoname if_indextoname

#define sys_gethostname gethostname
#define sys_sethostname sethostname
#define sys_fileno fileno

#endif
#endif
