/* SPDX-License-Identifier: MIT */
/* Connections: bind, listen, accept, connect, shutdown, and the addresses of both ends. */
#include <limits.h>
#include <string.h>

#include "loop/loop.h"

#define BACKLOG 128 /* Python's default, where SOMAXCONN allows it */

/***
Accepts a connection, waiting for one.
@function socket:accept
@async
@treturn socket a socket for the connection, with the default timeout; child processes do not inherit its descriptor
@treturn ?address the address of the peer; nil for a family without addresses
@raise OSError as accept(2), BlockingIOError, timeout
@see Python's socket.accept
*/
static int try_accept(lua_State *L, Socket *s, Wait *wait) {
  Address a;
  a.len = sizeof a.storage;
  struct sockaddr *name = &a.any;
#ifdef AF_ALG
  if (s->family == AF_ALG) name = NULL, a.len = 0; /* a request for an address would fail, since there is none */
#endif
  Socket *conn = ps_socket_new(L, s->family, s->type, s->proto, 0);
  int nonblock = ps_socket_nonblocking(L, conn);
  if (ps_socket_dont_block(L, s, wait) < 0) return PS_ERRNO;
  conn->fd = sys_accept(s->fd, name, name ? &a.len : NULL, nonblock);
  if (conn->fd < 0) return PS_ERRNO;
  ps_loops_born(s->world, conn->fd);
  conn->mode = nonblock ? PS_FD_NONBLOCKING : PS_FD_BLOCKING;
  conn->lingers = s->lingers; /* on Linux the connection inherits SO_LINGER, ... */
  conn->hurries = s->hurries; /* ... SO_RCVLOWAT, ... */
  conn->shared = s->shared;   /* ... and the options that other holders of the listener have set */
  ps_address_push(L, &a, s->proto);
  return 2;
}

/* The result of a connection that the system has established in the background. */
static int finish_connect(Socket *s, Wait *wait) {
  int error = 0;
  socklen_t len = sizeof error;
  int ready = sys_wait(s->fd, SYS_WRITE, 0);
  if (ready < 0) return PS_ERRNO;
  if (ready == 0) {
    if (wait->timeout != 0) wait->policy = PS_WAIT_ALWAYS; /* 0: a signal has interrupted a non-blocking call */
    errno = EINPROGRESS;
    return PS_ERRNO;
  }
  if (sys_getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0) return PS_ERRNO;
  errno = error;
  return error == 0 || error == EISCONN ? 0 : PS_ERRNO;
}

/* Are two addresses of a family the same to connect(2)? It takes the wildcard address for this machine. */
static int is_same_target(const Address *wanted, const Address *peer) {
  static const struct in6_addr any = IN6ADDR_ANY_INIT;
  if (wanted->any.sa_family == AF_INET)
    return wanted->in.sin_port == peer->in.sin_port &&
           (wanted->in.sin_addr.s_addr == htonl(INADDR_ANY) || wanted->in.sin_addr.s_addr == peer->in.sin_addr.s_addr);
  return wanted->in6.sin6_port == peer->in6.sin6_port &&
         (memcmp(&wanted->in6.sin6_addr, &any, sizeof any) == 0 ||
          memcmp(&wanted->in6.sin6_addr, &peer->in6.sin6_addr, sizeof any) == 0);
}

/* Does the kind of socket have connections that are under way for a while? */
static int has_peer(const Socket *s, const Address *wanted) {
  return s->type == SOCK_STREAM && (wanted->any.sa_family == AF_INET || wanted->any.sa_family == AF_INET6);
}

/* Is the address the peer of the connection that is established or under way? A connect to B succeeds on Linux when a
   connection to A, which was under way, has been established. Other systems answer EALREADY and EISCONN. */
#ifdef SO_PEERNAME
static int is_peer(const Socket *s, const Address *wanted) {
  Address peer = {.len = wanted->len};
  if (!has_peer(s, wanted)) return 1;
  /* getpeername(2) fails for a connection under way, but an emulator may lack the option */
  if (sys_getsockopt(s->fd, SOL_SOCKET, SO_PEERNAME, &peer.any, &peer.len) < 0 &&
      sys_getpeername(s->fd, &peer.any, &peer.len) < 0)
    return 1;
  return is_same_target(wanted, &peer);
}

static void note_target(Socket *s, const Address *wanted) { (void)s, (void)wanted; }
#else
/* FNV-1a of the address and the port */
static uint32_t target_of(const Address *wanted) {
  const int four = wanted->any.sa_family == AF_INET;
  const unsigned char *host = four ? (const void *)&wanted->in.sin_addr : (const void *)&wanted->in6.sin6_addr;
  const unsigned char *port = (const void *)&wanted->in.sin_port; /* both structures have it there */
  uint32_t hash = 2166136261u;
  for (size_t i = 0; i < sizeof wanted->in.sin_port; i++) hash = (hash ^ port[i]) * 16777619u;
  for (size_t i = 0; i < (four ? sizeof wanted->in.sin_addr : sizeof wanted->in6.sin6_addr); i++)
    hash = (hash ^ host[i]) * 16777619u;
  return hash;
}

static int is_peer(const Socket *s, const Address *wanted) {
  Address peer = {.len = wanted->len};
  if (!has_peer(s, wanted)) return 1;
  if (sys_getpeername(s->fd, &peer.any, &peer.len) == 0) return is_same_target(wanted, &peer);
  return s->target == 0 || s->target == target_of(wanted);
}

static void note_target(Socket *s, const Address *wanted) { s->target = has_peer(s, wanted) ? target_of(wanted) : 0; }
#endif

/* connect(2): 0, or errno. If the connection under way is to another address, the operation does not wait for it. */
static int connect_once(Socket *s, const Address *a, Wait *wait) {
  int code = sys_connect(s->fd, &a->any, a->len) == 0 ? 0 : errno;
  if (!s->connecting) return code;
  if (code ==
      ECONNABORTED) { /* Linux: for the previous connection, whose failure SO_ERROR has reported; now there is none */
    s->connecting = 0;
    return connect_once(s, a, wait);
  }
#ifndef SO_PEERNAME
  if (code == EISCONN && s->target != 0 &&
      is_peer(s, a)) { /* the connection under way is established: once a success */
    s->connecting = 0;
    return 0;
  }
#endif
  if ((code != 0 && code != EALREADY && code != EINTR) || is_peer(s, a)) return code;
  wait->policy = PS_WAIT_NEVER;
  return code == 0 ? EISCONN : EALREADY;
}

/***
Connects to an address.
@function socket:connect
@async
@tparam address address an address of the socket's family; a host name is resolved, and the timeout includes the lookup
@raise OSError as connect(2), gaierror, timeout; BlockingIOError (EINPROGRESS) on a non-blocking socket: the system
  connects in the background, then the socket is writable, and `SO_ERROR` is the result; EALREADY while a connection to
  another address is under way, EISCONN when it is established
@see Python's socket.connect
*/
static int try_connect(lua_State *L, Socket *s, Wait *wait) {
  Address a;
  int progress = PS_PROGRESS(wait->op);
  if (lua_toboolean(L, progress) && lua_isboolean(L, progress)) return finish_connect(s, wait);
  if (!ps_address_check(L, 2, s, &a)) return ps_resolve_address(L, s, 2, &a, wait);
  if (ps_socket_dont_block(L, s, wait) < 0) return PS_ERRNO;
  int code = connect_once(s, &a, wait);
  if (code == EINPROGRESS || code == EINTR) { /* the system goes on in the background: no second call */
    s->connecting = 1;
    note_target(s, &a);
    lua_pushboolean(L, 1);
    lua_replace(L, progress);
  }
  errno = code;
  return code == 0 ? 0 : PS_ERRNO;
}

/***
Connects to an address, and returns an error of the system instead of raising it.
@function socket:connect_ex
@async
@tparam address address an address of the socket's family; a host name is resolved
@treturn integer 0, or the errno of the error; `EAGAIN` after a timeout
@raise gaierror; errors for an invalid address
@see Python's socket.connect_ex
*/
static int failed_connect_ex(lua_State *L, int code) {
  lua_pushinteger(L, code);
  return 1;
}

static int try_connect_ex(lua_State *L, Socket *s, Wait *wait) {
  int n = try_connect(L, s, wait);
  return n == 0 ? failed_connect_ex(L, 0) : n;
}

/***
Binds the socket to an address.
@function socket:bind
@async
@tparam address address an address of the socket's family; a host name is resolved
@raise OSError as bind(2): EADDRINUSE, EADDRNOTAVAIL, EACCES, ...; gaierror
@see Python's socket.bind
*/
static int try_bind(lua_State *L, Socket *s, Wait *wait) {
  Address a;
  if (!ps_address_check(L, 2, s, &a)) return ps_resolve_address(L, s, 2, &a, wait);
  return sys_bind(s->fd, &a.any, a.len) < 0 ? PS_ERRNO : 0;
}

/* The attempt raises the error for any other argument that is no address. */
static void check_address(lua_State *L, Socket *s) {
  (void)s;
  if (lua_isnone(L, 2)) ps_type_error(L, 2, "address");
}

/* clang-format off */
static const Operation operations[] = {
    /* method or function arguments waits for  address attempt         checks         failure as a result */
    {"accept",            1,        SYS_READ,  0,      try_accept,     NULL,          NULL},
    {"connect",           2,        SYS_WRITE, 2,      try_connect,    check_address, NULL},
    {"connect_ex",        2,        SYS_WRITE, 2,      try_connect_ex, check_address, failed_connect_ex},
    {"bind",              2,        SYS_WRITE, 2,      try_bind,       check_address, NULL},
    {NULL,                0,        0,         0,      NULL,           NULL,          NULL},
};
/* clang-format on */

/***
Makes the socket a listener, which accepts connections.
@function socket:listen
@tparam[opt=128] integer backlog the number of connections that may wait to be accepted, up to the system's own limit
@raise OSError as listen(2)
@see Python's socket.listen
*/
static int m_listen(lua_State *L) {
  Socket *s = ps_socket_check(L, 1);
  int backlog = ps_opt_int(L, 2, "backlog", SOMAXCONN < BACKLOG ? SOMAXCONN : BACKLOG);
  if (sys_listen(s->fd, backlog < 0 ? 0 : backlog) < 0) return ps_socket_error_raise(L, s, errno, "listen");
  s->listens = 1;
  return 0;
}

/***
Removes the peer of a datagram socket, which `connect` has set. The socket then receives from every sender, and `send`
needs a new peer. Linux also releases a port that the system has chosen (`bind` to port 0, or no `bind`): call `bind`
again to receive.
@function socket:disconnect
@raise OSError as connect(2) with an address of AF_UNSPEC
*/
static int m_disconnect(lua_State *L) {
  Socket *s = ps_socket_check(L, 1);
  if (sys_disconnect(s->fd) < 0) return ps_socket_error_raise(L, s, errno, "disconnect");
  s->connecting = 0;
  return 0;
}

/***
Shuts down one direction of the connection, or both.
@function socket:shutdown
@tparam integer how `SHUT_RD` (receiving), `SHUT_WR` (sending) or `SHUT_RDWR` (both)
@raise OSError ENOTCONN, EINVAL
@see Python's socket.shutdown
*/
static int m_shutdown(lua_State *L) {
  const Socket *s = ps_socket_check(L, 1);
  int how = ps_check_int(L, 2, "how");
  if (sys_shutdown(s->fd, how) < 0) return ps_socket_error_raise(L, s, errno, "shutdown");
  ps_loops_shut(s->world, s->fd, how);
  return 0;
}

static int push_name(lua_State *L, const char *call, int (*get)(sys_fd, struct sockaddr *, socklen_t *)) {
  const Socket *s = ps_socket_check(L, 1);
  Address a = {.len = sizeof a.storage};
  if (get(s->fd, &a.any, &a.len) < 0) return ps_socket_error_raise(L, s, errno, call);
  ps_address_push(L, &a, s->proto);
  return 1;
}

/***
Returns the socket's own address.
@function socket:getsockname
@treturn address the address, in the form of its family
@raise OSError as getsockname(2)
@see Python's socket.getsockname
*/
static int m_getsockname(lua_State *L) { return push_name(L, "getsockname", sys_getsockname); }

/***
Returns the address of the peer.
@function socket:getpeername
@treturn address the address, in the form of its family
@raise OSError ENOTCONN
@see Python's socket.getpeername
*/
static int m_getpeername(lua_State *L) { return push_name(L, "getpeername", sys_getpeername); }

static const luaL_Reg methods[] = {{"listen", m_listen},           {"disconnect", m_disconnect},
                                   {"shutdown", m_shutdown},       {"getsockname", m_getsockname},
                                   {"getpeername", m_getpeername}, {NULL, NULL}};

void ps_connect_open(lua_State *L) {
  ps_operations_register(L, PS_OPEN_METHODS, operations, PS_METHOD);
  ps_register(L, PS_OPEN_METHODS, methods, PS_METHOD);
}
