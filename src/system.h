/* SPDX-License-Identifier: MIT */
/*
** The system layer: one contract for all systems, which a file for each system fulfils (system/posix.c). Functions that
** need no code of their own are in the header of the system (system/posix.h); their names begin with sys_, too. Only
** this file contains the macros that name a system.
*/
#ifndef PS_SYSTEM_H
#define PS_SYSTEM_H

#ifdef __APPLE__
#define __APPLE_USE_RFC_3542 1 /* without it the headers hide most options of IPv6 */
#endif

#include <stddef.h>
#include <stdint.h>

#include "system/posix.h"
#include "system/windows.h"

/* A bare build uses no extensions of this system, to test the code for systems without them. */
#ifdef SYS_BARE
#undef AI_IDN
#undef MSG_NOSIGNAL
#undef NI_IDN
#undef SOCK_CLOEXEC
#undef SOCK_NONBLOCK
#undef SO_PEERNAME
#else
#ifdef __linux__
#define SYS_EVENTFD 1       /* eventfd(2): one descriptor both for the signal and for the wait */
#define SYS_SENDFILE 1      /* sendfile(2) with Linux's arguments */
#define SYS_SPLICE 1        /* splice(2) */
#define SYS_ABSTRACT_UNIX 1 /* AF_UNIX names without a file */
#define SYS_HOSTS_R 1       /* the reentrant forms of gethostbyname2 and gethostbyaddr, with glibc's arguments */
#ifndef SCM_PIDFD
#define SCM_PIDFD 4 /* Linux sends such descriptors since 6.5, even where the headers lack the name */
#endif
#endif
#if defined(__linux__) || defined(__FreeBSD__) || defined(__OpenBSD__)
#define SYS_PPOLL 1
#endif
#if defined(__linux__) || defined(__FreeBSD__) || defined(__NetBSD__)
#define SYS_MMSG 1 /* recvmmsg(2) and sendmmsg(2) */
#endif
#ifdef __GLIBC__
#define SYS_RESOLVER_STATE 1 /* each thread has a resolver state of its own, with sockets */
#endif
#ifdef __GLIBC_PREREQ
#if __GLIBC_PREREQ(2, 35)
#define SYS_EPOLL_PWAIT2 1 /* the C library has it; the kernel may still lack it */
#endif
#endif
#if defined _POSIX_REALTIME_SIGNALS && _POSIX_REALTIME_SIGNALS > 0
#define SYS_SIGTIMEDWAIT 1
#endif
/* the reentrant forms of getservbyname and getservbyport, with glibc's arguments; and of getprotobyname */
#if (defined(__linux__) && !defined(__ANDROID__)) || defined(__FreeBSD__)
#define SYS_SERVICES_R 1
#endif
#if defined(__GLIBC__) || defined(__FreeBSD__)
#define SYS_PROTOCOLS_R 1
#endif
#endif

#if defined __APPLE__ && !defined SYS_BARE
#define SYS_SENDFILE_DARWIN 1 /* sendfile(2) with macOS' arguments */
#endif
#if defined __FreeBSD__ && !defined SYS_BARE
#define SYS_SENDFILE_FREEBSD 1
#endif
#if defined __APPLE__ || defined __FreeBSD__ || defined __NetBSD__ || defined __OpenBSD__ || defined __DragonFly__
#define SYS_SA_LEN 1 /* a sockaddr contains its length */
#endif

/* The poller is the one that the build has chosen, or else the best one of the system. */
#if !defined SYS_EPOLL && !defined SYS_KQUEUE && !defined SYS_POLL
#if defined _WIN32
#define SYS_AFD 1
#elif defined SYS_BARE
#define SYS_POLL 1
#elif defined __linux__
#define SYS_EPOLL 1
#elif defined __APPLE__ || defined __FreeBSD__ || defined __NetBSD__ || defined __OpenBSD__ || defined __DragonFly__
#define SYS_KQUEUE 1
#else
#define SYS_POLL 1
#endif
#endif

#ifdef SYS_EPOLL
#include <sys/epoll.h>
#define SYS_POLLER_OPENS "epoll_create1" /* the names of the calls in errors of a poller */
#define SYS_POLLER_ARMS "epoll_ctl"
#define SYS_TELLS_ALL 1 /* each arrival at an armed descriptor causes an event: see ps_watch_emptied */
#endif
#ifdef SYS_KQUEUE
#include <sys/event.h>
#define SYS_POLLER_OPENS "kqueue"
#define SYS_POLLER_ARMS "kevent"
#endif
#ifdef SYS_POLL
#define SYS_POLLER_OPENS "poll"
#define SYS_POLLER_ARMS "poll"
#endif

#ifdef SYS_AFD
#define SYS_POLLER_OPENS "CreateIoCompletionPort"
#define SYS_POLLER_ARMS "DeviceIoControl"
#endif

/* kernel controls of macOS */
#if defined AF_SYSTEM && __has_include(<sys/kern_control.h>) && __has_include(<sys/sys_domain.h>)
#include <sys/kern_control.h>
#include <sys/sys_domain.h>
#define SYS_CONTROL 1
#define SYS_CONTROL_NAME (sizeof(((struct ctl_info *)0)->ctl_name)) /* room for a name and its zero */
#endif

#ifdef SYS_EVENTFD
#define SYS_SIGNAL_OPENS "eventfd"
#else
#define SYS_SIGNAL_OPENS "socketpair"
#endif

#define SYS_NO_FD ((sys_fd)-1)

/* the structure of recvmmsg(2) and sendmmsg(2) */
#ifdef SYS_MMSG
typedef struct mmsghdr sys_Message;
#else
typedef struct sys_Message {
  struct msghdr msg_hdr;
  unsigned msg_len; /* bytes received or sent */
} sys_Message;
#endif

/* events; the first two are selectors.EVENT_READ and EVENT_WRITE */
#define SYS_READ 1
#define SYS_WRITE 2
#define SYS_PRIORITY 4 /* urgent data */
#define SYS_END 8      /* an error, or the end of both directions: reported without being asked for */
#define SYS_LAST 16    /* the end of the peer's data: reported with SYS_READ by a poller that has SYS_TELLS_ALL */

/* The time of the monotonic clock, in ns. */
int64_t sys_monotonic(void);
/* The same, up to some milliseconds late, at a sixth of the cost. */
int64_t sys_monotonic_coarse(void);

/* Waits until 'fd' is ready for one of 'events', or until 'ns' have passed (negative: no limit): 1 if the descriptor is
   ready, 0 after the time, or -1 and errno. With SYS_NO_FD, the function waits for the time alone. */
int sys_wait(sys_fd fd, int events, int64_t ns);

/* poll(2), epoll_wait(2) and kevent(2) with a time in ns (negative: no limit), which is exact if the system can do
   that, or else rounded up to a millisecond. No wait ends early. */
int sys_poll(sys_Poll *fds, size_t count, int64_t ns);
#ifdef SYS_EPOLL
int sys_epoll_wait(sys_fd set, struct epoll_event *events, int max, int64_t ns);
#endif
#ifdef SYS_KQUEUE
int sys_kevent_wait(sys_fd queue, struct kevent *events, int max, int64_t ns);
#endif

/* These return a descriptor that is close-on-exec from the start, or -1 and errno. */
sys_fd sys_socket(int family, int type, int proto, int nonblock);
int sys_socketpair(int family, int type, int proto, int nonblock, sys_fd fds[2]);
sys_fd sys_accept(sys_fd fd, struct sockaddr *addr, socklen_t *len, int nonblock);
sys_fd sys_dup(sys_fd fd);

/* The header of the system also has these functions. int sys_begin(void) is called before all others, and returns 0 or
   an errno. int sys_adopt(sys_fd fd) takes a descriptor that another program, process or library has made and that the
   library owns from now on; it returns whether it has made the descriptor non-blocking, as it does on systems that do
   not report the mode. void sys_signal_wake(sys_fd fd), for hosts, raises a signal by its 'fds[1]' alone; it
   keeps errno, and may be called in a signal handler on systems that have them.

   SYS_PAIR_FAMILY is the default family of a pair. */

/* Removes the peer of a datagram socket: 0, or -1 and errno. */
int sys_disconnect(sys_fd fd);

/* Closes a descriptor: 0, or -1 and errno. The descriptor is closed even after an error; errors of the peer and signals
   are ignored. */
int sys_close(sys_fd fd);
/* The same without waiting: if SO_LINGER makes close(2) wait, a thread waits. */
int sys_close_aside(sys_fd fd);
int sys_is_nonblocking(sys_fd fd);          /* 0, 1, or -1 and errno */
int sys_set_nonblocking(sys_fd fd, int on); /* the previous mode: 0, 1, or -1 and errno */
/* int sys_part(sys_fd fd, int nonblocking), in the header of the system: sets the mode of a descriptor that the library
   gives up. */
int sys_get_inheritable(sys_fd fd); /* 0, 1, or -1 and errno */
int sys_set_inheritable(sys_fd fd, int on);

/* These never cause the signal SIGPIPE. */
ssize_t sys_send(sys_fd fd, const void *data, size_t len, int flags);
ssize_t sys_sendto(sys_fd fd, const void *data, size_t len, int flags, const struct sockaddr *addr, socklen_t addrlen);
ssize_t sys_sendmsg(sys_fd fd, const struct msghdr *msg, int flags);
/* Sends several messages: their number, or -1 and errno if the first one was not sent. */
int sys_sendmmsg(sys_fd fd, sys_Message *messages, unsigned count, int flags);
/* Receives several messages, and waits for the first one alone: their number, or -1 and errno. */
int sys_recvmmsg(sys_fd fd, sys_Message *messages, unsigned count, int flags);
ssize_t sys_sendfile(sys_fd out, sys_fd in, int64_t offset, size_t count);
/* Does a regular file have content? The size does not tell: that of a file in /proc is 0. -1 for any other file. */
int sys_filled(sys_fd fd);

/* Moves bytes from a socket into a pipe, or out of it, without copying them: their number, or -1 and errno. ENOSYS: the
   system cannot do that. */
ssize_t sys_splice_in(sys_fd in, sys_fd pipe, size_t count);
ssize_t sys_splice_out(sys_fd pipe, sys_fd out, size_t count); /* no SIGPIPE either */
ssize_t sys_pipe_read(sys_fd pipe, void *data, size_t size);   /* as read(2) */
/* Opens a pipe for them, with non-blocking ends: 0, or -1 and errno. */
int sys_pipe(sys_fd fds[2]);

/* A signal for another thread: 'fds[1]' makes 'fds[0]' readable (both may be the same descriptor). Each raise is an
   event for an edge-triggered wait. Lowering makes the descriptor unreadable again, after any number of raises. */
int sys_signal_open(sys_fd fds[2]);
void sys_signal_raise(const sys_fd fds[2]);
void sys_signal_lower(const sys_fd fds[2]);

/* Called by a thread before its first lookup of a name. */
void sys_resolver_begin(void);

/* A poller waits for many descriptors at once. Its functions have the same contract everywhere, in a file for each
   system interface. */

/* A descriptor that a poller watches. The structure never moves, and exists as long as the poller. At first, all fields
   but 'fd' are 0. */
typedef struct sys_Watched {
  sys_fd fd;
  int place;           /* for the poller's own use */
  unsigned char armed; /* the events that the poller waits for; the owner sets 0 if 'fd' may be another file now */
  unsigned char told;  /* the events that sys_poller_wait has found */
#ifdef SYS_AFD
  sys_AfdRequest request;
#endif
} sys_Watched;

typedef struct sys_Poller {
  sys_fd fd;     /* readable while sys_poller_wait has events to report; SYS_NO_FD: the system has no such descriptor */
  pid_t process; /* the process that owns the poller: a forked child shares its state in the kernel */
  void *memory;  /* memory that the owner gives, where the system needs it: see sys_poller_wants */
  int count, room;
#ifdef SYS_AFD
  void *port, *device;
#endif
} sys_Poller;

/* Opens a poller: 0, or -1 and errno. */
int sys_poller_open(sys_Poller *p);
/* Makes the poller wait for these events, too, which costs nothing if it already does. Pending events are reported. 0
   for the events ends all waiting for the descriptor, which is about to be closed. Returns 0, or -1 and errno, or 1:
   done, but this process was forked, and no other descriptor is armed any more. */
int sys_poller_arm(sys_Poller *p, sys_Watched *w, int events);
/* Waits for events for at most 'ns' (negative: no limit): the number of elements set in 'ready', or -1 and errno. An
   event may be reported again only after it is armed again: the owner arms before each wait. SYS_POLLER_PARTED: this
   process was forked, so the owner has to arm all descriptors again; 'fd' may have changed. */
int sys_poller_wait(sys_Poller *p, sys_Watched **ready, int max, int64_t ns);
#define SYS_POLLER_PARTED (-2)
void sys_poller_close(sys_Poller *p);

/* The number of bytes of memory that the owner has to give the poller before it arms one more descriptor; 0: none. */
size_t sys_poller_wants(const sys_Poller *p);
void sys_poller_give(sys_Poller *p, void *memory, size_t size);

/* A set is one descriptor that stands for many others: it is readable while one of them is ready for its events, which
   are those of poll(2). */

/* Opens a set, which is close-on-exec: its descriptor, or -1 and errno. */
sys_fd sys_set_open(void);
/* Adds a descriptor: 0, or -1 and errno if it cannot be watched for these events. 1: the descriptor was in the set, and
   the events replace its earlier ones. */
int sys_set_add(sys_fd set, sys_fd fd, int events);
/* Removes a descriptor: was it in the set? */
int sys_set_remove(sys_fd set, sys_fd fd);
/* Does this process have a set, or the descriptor of a poller, that 'process' has opened? */
int sys_set_is_ours(pid_t process);

/* getaddrinfo(3), which takes a host that is not ASCII for an internationalized name (IDNA) in UTF-8, in every locale.
   */
int sys_getaddrinfo(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **list);

/* Reentrant lookups of a host entry: 0, ERANGE if 'buffer' is too small, or another errno. If there is no entry,
   '*result' is NULL and '*h_error' is the reason. */
int sys_gethostbyname(const char *name, int family, struct hostent *space, char *buffer, size_t size,
                      struct hostent **result, int *h_error);
int sys_gethostbyaddr(const struct sockaddr *addr, struct hostent *space, char *buffer, size_t size,
                      struct hostent **result, int *h_error);
#ifndef SYS_HOSTS_R
/* Copies a host entry into 'space' and 'buffer': 0, or ERANGE if the buffer is too small. The copy of NULL is NULL. */
int sys_hostent_copy(const struct hostent *from, struct hostent *space, char *buffer, size_t size,
                     struct hostent **result);
#endif

#ifdef SYS_CONTROL
/* Finds the id of the kernel control of that name: 0, or -1 and errno. */
int sys_control_find(const char *name, uint32_t *id);
#endif

/* The number of descriptors that the process may open. */
int64_t sys_descriptor_limit(void);

/* The message of an errno, in 'buffer' or in static memory. */
const char *sys_strerror(int code, char *buffer, size_t size);
#ifdef SYS_WINERROR
/* The system's own number for an errno; 0: none. */
int sys_winerror(int code);
#endif

/* Starts a thread, which blocks all signals, since they belong to the host: 0, or an errno. The library stays mapped,
   because the thread may outlive the state. */
int sys_thread(void *(*work)(void *), void *argument);

/* Keeps the library mapped until the process ends, because its threads may outlive the state. */
void sys_pin_code(void);

#endif
