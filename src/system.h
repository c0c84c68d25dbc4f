/* SPDX-License-Identifier: MIT */
/*
** What differs between systems: one contract, a file each (system/posix.c). What needs no code of its own there is in the
** header of the system (system/posix.h), as calls that begin with sys_, too.
** The names of systems stand here and nowhere else.
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

/* A bare build does without the extensions of this system, to try the code of systems that lack them. */
#ifdef SYS_BARE
#undef AI_IDN
#undef MSG_NOSIGNAL
#undef NI_IDN
#undef SOCK_CLOEXEC
#undef SOCK_NONBLOCK
#else
#ifdef __linux__
#define SYS_EVENTFD 1       /* one descriptor both to signal and to wait on */
#define SYS_SENDFILE 1      /* sendfile(2) with Linux's arguments */
#define SYS_SPLICE 1        /* splice(2) */
#define SYS_ABSTRACT_UNIX 1 /* AF_UNIX names without a file */
#define SYS_HOSTS_R 1       /* the reentrant forms of gethostbyname2 and gethostbyaddr, with glibc's arguments */
#ifndef SCM_PIDFD
#define SCM_PIDFD 4 /* Linux adds such descriptors since 6.5, whether the headers know it or not */
#endif
#endif
#if defined(__linux__) || defined(__FreeBSD__) || defined(__OpenBSD__)
#define SYS_PPOLL 1
#endif
#if defined(__linux__) || defined(__FreeBSD__) || defined(__NetBSD__)
#define SYS_MMSG 1 /* recvmmsg(2) and sendmmsg(2) */
#endif
#ifdef __GLIBC__
#define SYS_RESOLVER_STATE 1 /* the resolver's sockets are in the memory of a thread */
#endif
#ifdef __GLIBC_PREREQ
#if __GLIBC_PREREQ(2, 35)
#define SYS_EPOLL_PWAIT2 1 /* in the C library: the kernel may still lack it */
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
#define SYS_SA_LEN 1 /* a sockaddr says how long it is */
#endif

/* The poller is the one that a build asks for, else the best that the system has. */
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
#define SYS_POLLER_OPENS "epoll_create1" /* the calls that errors of a poller name */
#define SYS_POLLER_ARMS "epoll_ctl"
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

/* kernel controls, which macOS has */
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

/* a message of several, as recvmmsg(2) has it */
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
#define SYS_END 8      /* an error, or both directions have ended: told unasked */

/* nanoseconds on the monotonic clock */
int64_t sys_monotonic(void);
/* the same, some milliseconds behind, at a sixth of the price */
int64_t sys_monotonic_coarse(void);

/* Waits until 'fd' is ready for 'events' or 'ns' have passed (negative: no limit). 1 when ready, 0 when
   time is up, -1 and errno. SYS_NO_FD waits for the time alone. */
int sys_wait(sys_fd fd, int events, int64_t ns);

/* poll(2), epoll_wait(2) and kevent(2) for so many ns (negative: no limit): to the nanosecond where the system can, else to the next
   millisecond. No wait ends early. */
int sys_poll(sys_Poll *fds, size_t count, int64_t ns);
#ifdef SYS_EPOLL
int sys_epoll_wait(sys_fd set, struct epoll_event *events, int max, int64_t ns);
#endif
#ifdef SYS_KQUEUE
int sys_kevent_wait(sys_fd queue, struct kevent *events, int max, int64_t ns);
#endif

/* These give a descriptor that is close-on-exec from birth, or -1 and errno. */
sys_fd sys_socket(int family, int type, int proto, int nonblock);
int sys_socketpair(int family, int type, int proto, int nonblock, sys_fd fds[2]);
sys_fd sys_accept(sys_fd fd, struct sockaddr *addr, socklen_t *len, int nonblock);
sys_fd sys_dup(sys_fd fd);

/* These are in the header of the system, too: int sys_begin(void), which is called before all others, and gives 0 or an errno; and int
   sys_adopt(sys_fd fd), for a descriptor that another program, process or library made, and that is ours from now on: was it made
   non-blocking thereby, as all are where the system does not tell?

   A pair is of SYS_PAIR_FAMILY where nothing else is asked for. */

/* Takes a datagram socket's peer away; 0, or -1 and errno. */
int sys_disconnect(sys_fd fd);

/* The descriptor is gone even where this fails; an error that only tells of the peer or of a signal is none. */
int sys_close(sys_fd fd);
/* The same without waiting: where SO_LINGER would make close(2) wait, it does so in a thread of its own. */
int sys_close_aside(sys_fd fd);
int sys_is_nonblocking(sys_fd fd);          /* 0, 1, or -1 and errno */
int sys_set_nonblocking(sys_fd fd, int on); /* what it was: 0, 1, or -1 and errno */
/* int sys_part(sys_fd fd, int nonblocking), in the header of the system: it goes to somebody else, in that mode. */
int sys_get_inheritable(sys_fd fd); /* 0, 1, or -1 and errno */
int sys_set_inheritable(sys_fd fd, int on);

/* These never raise SIGPIPE. */
ssize_t sys_send(sys_fd fd, const void *data, size_t len, int flags);
ssize_t sys_sendto(sys_fd fd, const void *data, size_t len, int flags, const struct sockaddr *addr, socklen_t addrlen);
ssize_t sys_sendmsg(sys_fd fd, const struct msghdr *msg, int flags);
/* Several messages by one call: how many have gone, or -1 and errno where the first did not. */
int sys_sendmmsg(sys_fd fd, sys_Message *messages, unsigned count, int flags);
/* Receives several messages, and waits for the first alone: how many have come, or -1 and errno. */
int sys_recvmmsg(sys_fd fd, sys_Message *messages, unsigned count, int flags);
ssize_t sys_sendfile(sys_fd out, sys_fd in, int64_t offset, size_t count);
/* Is there anything in the regular file? Its size alone does not tell: that of a file of /proc is 0. -1 for anything else. */
int sys_filled(sys_fd fd);

/* Moves bytes from a socket into a pipe, or out of it, without copying them: how many, or -1 and errno. ENOSYS: the system cannot. */
ssize_t sys_splice_in(sys_fd in, sys_fd pipe, size_t count);
ssize_t sys_splice_out(sys_fd pipe, sys_fd out, size_t count); /* no SIGPIPE either */
ssize_t sys_pipe_read(sys_fd pipe, void *data, size_t size);   /* as read(2) */
/* A pipe for them, neither end of which blocks; 0, or -1 and errno. */
int sys_pipe(sys_fd fds[2]);

/* A descriptor that another thread makes readable: 'fds[0]' to wait on, 'fds[1]' to signal (they may be one). Each raising is
   an event for whoever waits for edges; lowering makes it unreadable again, however often it was raised. */
int sys_signal_open(sys_fd fds[2]);
void sys_signal_raise(const sys_fd fds[2]);
void sys_signal_lower(const sys_fd fds[2]);

/* Called by a thread before it looks up names, with nothing left of the lookups of others. */
void sys_resolver_begin(void);

/* A poller waits for many descriptors at once. It is the same four functions everywhere, in a file for each way to do it. */

/* What a poller knows of a descriptor: it never moves, and lives as long as the poller. Zeroed but for 'fd' at first. */
typedef struct sys_Watched {
  sys_fd fd;
  int place;           /* the poller's own */
  unsigned char armed; /* the events it waits for; whoever believes nothing of the descriptor's number sets it to 0 */
  unsigned char told;  /* the events that 'wait' has found */
#ifdef SYS_AFD
  sys_AfdRequest request;
#endif
} sys_Watched;

typedef struct sys_Poller {
  sys_fd fd;     /* readable when 'wait' has something to tell; SYS_NO_FD where there is no such thing */
  pid_t process; /* that it belongs to: one that is forked from it shares what the kernel has of it */
  void *memory;  /* given by its owner, where the system asks for it: see 'wants' */
  int count, room;
#ifdef SYS_AFD
  void *port, *device;
#endif
} sys_Poller;

/* 0, or -1 and errno. */
int sys_poller_open(sys_Poller *p);
/* Has the poller wait for these events, too: costs nothing where it does so already. Events that are there are told; none (0) is
   an end to all waiting for the descriptor, which is about to be closed. 0; -1 and errno; 1: done, and in this process, which was
   forked, nothing else is armed any more. */
int sys_poller_arm(sys_Poller *p, sys_Watched *w, int events);
/* Waits for events for so many ns (negative: no limit): how many of 'ready' it has set, or -1 and errno. What it has told it may
   tell again only when it is armed anew: the owner arms before each wait. SYS_POLLER_PARTED: this process was forked, and what
   the owner has armed it has to arm again; 'fd' may be another. */
int sys_poller_wait(sys_Poller *p, sys_Watched **ready, int max, int64_t ns);
#define SYS_POLLER_PARTED (-2)
void sys_poller_close(sys_Poller *p);

/* The bytes of memory that a poller has to be given before it can be armed for one descriptor more; 0: none. */
size_t sys_poller_wants(const sys_Poller *p);
void sys_poller_give(sys_Poller *p, void *memory, size_t size);

/* A set is one descriptor that stands for many: readable while one of them has what poll(2)'s events ask for. */

/* A new one, that is close-on-exec; -1 and errno where there is none to be had. */
sys_fd sys_set_open(void);
/* 0, or -1 and errno where it cannot be watched for these events; 1: it is in the set, and has been given these in place of others. */
int sys_set_add(sys_fd set, sys_fd fd, int events);
/* Takes a descriptor out: was it in the set? */
int sys_set_remove(sys_fd set, sys_fd fd);
/* Has this process a set, or a poller's descriptor, that was made in that one? */
int sys_set_is_ours(pid_t process);

/* getaddrinfo(3), for which a host that is not ASCII is UTF-8 and an internationalized name (IDNA), whatever the locale is. */
int sys_getaddrinfo(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **list);

/* Reentrant lookups of a host entry: 0, ERANGE where 'buffer' is too small, or another errno; '*result' NULL and a number
   in '*h_error' where there is none. */
int sys_gethostbyname(const char *name, int family, struct hostent *space, char *buffer, size_t size,
                      struct hostent **result, int *h_error);
int sys_gethostbyaddr(const struct sockaddr *addr, struct hostent *space, char *buffer, size_t size,
                      struct hostent **result, int *h_error);
#ifndef SYS_HOSTS_R
/* Copies a host entry into 'space' and 'buffer': 0, or ERANGE where the buffer is too small. Of NULL the copy is NULL. */
int sys_hostent_copy(const struct hostent *from, struct hostent *space, char *buffer, size_t size,
                     struct hostent **result);
#endif

#ifdef SYS_CONTROL
/* The id of the kernel control of that name: 0, or -1 and errno. */
int sys_control_find(const char *name, uint32_t *id);
#endif

/* How many descriptors the process may have. */
int64_t sys_descriptor_limit(void);

/* The message of an errno, in 'buffer' or static. */
const char *sys_strerror(int code, char *buffer, size_t size);
#ifdef SYS_WINERROR
/* The system's own number of an errno; 0: none. */
int sys_winerror(int code);
#endif

/* Starts a thread, which takes no signals: they are the host's. 0, or an errno. The code stays mapped, for it may outlive the
   state. */
int sys_thread(void *(*work)(void *), void *argument);

/* Keeps the code of this library mapped for as long as the process lives: its threads may outlive the state. */
void sys_pin_code(void);

#endif
