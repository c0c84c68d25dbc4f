/* SPDX-License-Identifier: MIT */
/*
** Windows' headers, and the types and calls of system.h that differ there: the calls are functions, which leave an errno. Structures
** and names that Windows lacks are declared as POSIX has them.
*/
#ifndef PS_SYSTEM_WINDOWS_H
#define PS_SYSTEM_WINDOWS_H
#ifdef _WIN32

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>
#include <unistd.h>

#include <winsock2.h>
#include <ws2tcpip.h>
#include <mswsock.h>
#include <afunix.h>
#include <mstcpip.h>

/* One number for what would block, as Linux has it: programs ask for either name. */
#undef EWOULDBLOCK
#define EWOULDBLOCK EAGAIN

/* Errors that mingw-w64's C library does not number. */
#define EDQUOT WSAEDQUOT
#define EHOSTDOWN WSAEHOSTDOWN
#define EPFNOSUPPORT WSAEPFNOSUPPORT
#define EPROCLIM WSAEPROCLIM
#define EREMOTE WSAEREMOTE
#define ESHUTDOWN WSAESHUTDOWN
#define ESOCKTNOSUPPORT WSAESOCKTNOSUPPORT
#define ESTALE WSAESTALE
#define ETOOMANYREFS WSAETOOMANYREFS
#define EUSERS WSAEUSERS

/* Families whose names are others here, or that mingw-w64's headers lack. */
#define AF_BLUETOOTH AF_BTH
#ifndef AF_HYPERV
#define AF_HYPERV 34
#endif

typedef ADDRESS_FAMILY sa_family_t;
typedef unsigned sys_Length; /* unsigned as elsewhere: no call of Windows' sees one */
#define socklen_t sys_Length

typedef intptr_t sys_fd; /* a SOCKET */
typedef SRWLOCK sys_Lock;

typedef struct sys_Poll {
  sys_fd fd;
  short events, revents; /* POLL* */
} sys_Poll;

static inline void sys_lock_open(sys_Lock *lock) { InitializeSRWLock(lock); }
static inline void sys_lock_close(sys_Lock *lock) { (void)lock; }
static inline void sys_lock_take(sys_Lock *lock) { AcquireSRWLockExclusive(lock); }
static inline void sys_lock_give(sys_Lock *lock) { ReleaseSRWLockExclusive(lock); }

struct iovec {
  void *iov_base;
  size_t iov_len;
};

#define IOV_MAX 1024

struct msghdr {
  void *msg_name;
  socklen_t msg_namelen;
  struct iovec *msg_iov;
  size_t msg_iovlen;
  void *msg_control;
  size_t msg_controllen;
  int msg_flags;
};

struct cmsghdr { /* a WSACMSGHDR */
  size_t cmsg_len;
  int cmsg_level, cmsg_type;
};

#define CMSG_LEN(length) (sizeof(struct cmsghdr) + (length))
#define CMSG_SPACE(length) (sizeof(struct cmsghdr) + (((length) + 7) & ~(size_t)7))

#define MSG_DONTWAIT 0x10000000 /* ours: the calls below take it out */

#define SHUT_RD SD_RECEIVE
#define SHUT_WR SD_SEND
#define SHUT_RDWR SD_BOTH

#define EAI_SYSTEM 11 /* glibc's: an errno tells */

#define IF_NAMESIZE 256

struct if_nameindex {
  unsigned if_index;
  char *if_name;
};

#define SYS_WINERROR 1                      /* errors have numbers of their own */
#define SYS_SHARE sizeof(WSAPROTOCOL_INFOW) /* a socket is given to another process by so many bytes */
#define SYS_STORES 1                        /* the system keeps certificates, in stores that have names */
#define SYS_PAIR_FAMILY AF_INET
#define SYS_LIST_SEPARATOR ";"
#define SYS_SILENT_SHUTDOWN 1 /* a shutdown by this process ends none of its waits */

int sys_begin(void);
int sys_adopt(sys_fd fd);
void sys_part(sys_fd fd, int nonblock);
void sys_signal_wake(sys_fd fd);

/* A control code of sockets: the number of bytes that come back, none of which is kept; or -1 and errno. */
int sys_ioctl(sys_fd fd, uint32_t control, const void *option, size_t size);
/* The bytes for a process of that number, which makes a descriptor of the same socket of them, once: 0, or -1 and errno. */
int sys_share(sys_fd fd, uint32_t process, void *bytes);
/* Returns the descriptor of a shared socket, which child processes do not inherit, and the properties of the socket; or SYS_NO_FD
   and errno. */
sys_fd sys_from_share(const void *bytes, int *family, int *type, int *proto);

typedef struct sys_Store sys_Store;

typedef struct sys_StoreItem {
  const void *data; /* valid until the next call for the store */
  size_t size;
  int pkcs7;             /* whether the data are PKCS #7, and not X.509 */
  char *const *purposes; /* the OIDs of the purposes to which the certificate is limited; NULL: it is good for all */
  size_t count;          /* the number of the purposes */
} sys_StoreItem;

/* Opens all the system's stores of that name, to read them: NULL and errno if there is none. */
sys_Store *sys_store_open(const char *name);
/* Returns the next certificate, or list of revoked ones: 1; 0 after the last one; -1 and errno. */
int sys_store_next_certificate(sys_Store *store, sys_StoreItem *item);
int sys_store_next_list(sys_Store *store, sys_StoreItem *item);
void sys_store_close(sys_Store *store);

/* As POSIX' calls of these names, with texts in UTF-8. */
int sys_bind(sys_fd fd, const struct sockaddr *addr, socklen_t len);
int sys_connect(sys_fd fd, const struct sockaddr *addr, socklen_t len);
int sys_listen(sys_fd fd, int backlog);
int sys_shutdown(sys_fd fd, int how);
int sys_getsockname(sys_fd fd, struct sockaddr *addr, socklen_t *len);
int sys_getpeername(sys_fd fd, struct sockaddr *addr, socklen_t *len);
int sys_getsockopt(sys_fd fd, int level, int name, void *value, socklen_t *len);
int sys_setsockopt(sys_fd fd, int level, int name, const void *value, socklen_t len);
ssize_t sys_recv(sys_fd fd, void *data, size_t size, int flags);
ssize_t sys_recvfrom(sys_fd fd, void *data, size_t size, int flags, struct sockaddr *addr, socklen_t *len);
ssize_t sys_recvmsg(sys_fd fd, struct msghdr *msg, int flags);
void sys_freeaddrinfo(struct addrinfo *list);
int sys_getnameinfo(const struct sockaddr *addr, socklen_t len, char *host, socklen_t hostlen, char *service,
                    socklen_t servicelen, int flags);
const char *sys_gai_strerror(int code);
const char *sys_hstrerror(int code);
int sys_inet_aton(const char *text, struct in_addr *addr);
const char *sys_inet_ntop(int family, const void *addr, char *text, socklen_t size);
int sys_inet_pton(int family, const char *text, void *addr);
struct if_nameindex *sys_if_nameindex(void);
void sys_if_freenameindex(struct if_nameindex *list);
unsigned sys_if_nametoindex(const char *name);
char *sys_if_indextoname(unsigned index, char name[IF_NAMESIZE]);
int sys_gethostname(char *name, size_t size);
int sys_fileno(FILE *file);

/* A request to AFD, the driver of sockets: the system writes into it until it has told of its end. */
typedef struct sys_AfdPoll {
  LARGE_INTEGER timeout; /* in 100 ns; negative: from now on */
  ULONG count;
  ULONG exclusive;
  struct sys_AfdHandle {
    HANDLE handle;
    ULONG events;
    LONG status;
  } handles[1];
} sys_AfdPoll;

typedef struct sys_AfdRequest {
  void *status[2]; /* an IO_STATUS_BLOCK */
  sys_AfdPoll poll;
  unsigned char state;
} sys_AfdRequest;

#endif
#endif
