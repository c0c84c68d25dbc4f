/* SPDX-License-Identifier: MIT */
/* Connections: bind, listen, connect, accept, shutdown, and the addresses of both ends. */
#include <string.h>

#include "luasocket.h"

/* Converts host and port at 2 and 3 to an address of the object's family; returns 0 if one of them is a name. */
static int literal(lua_State *L, const Conn *c, int passive, Address *a) {
  int is_number, family = c->any_family ? AF_UNSPEC : c->own.family;
  const char *host = luaL_checkstring(L, 2);
  if (!lua_isstring(L, 3)) luaL_checkstring(L, 3);
  lua_Integer port = lua_tointegerx(L, 3, &is_number);
  if (!is_number || port < 0 || port > 65535) return 0;
  memset(a, 0, sizeof *a);
  int any = passive && strcmp(host, "*") == 0;
  if (family != AF_INET6 && (any || sys_inet_pton(AF_INET, host, &a->in.sin_addr) == 1)) {
    a->in.sin_family = AF_INET;
    a->in.sin_port = htons((uint16_t)port);
    a->len = sizeof a->in;
    return 1;
  }
  if (family == AF_INET || (!any && sys_inet_pton(AF_INET6, host, &a->in6.sin6_addr) != 1)) return 0;
  a->in6.sin6_family = AF_INET6;
  a->in6.sin6_port = htons((uint16_t)port);
  a->len = sizeof a->in6;
  return 1;
}

static int by_name_done(lua_State *L, int status, lua_KContext context) {
  (void)status, (void)context;
  return lua_gettop(L);
}

/* Calls the Lua layer, which looks up the name and calls the method again with the addresses. */
static int by_name(lua_State *L) {
  lua_settop(L, 3);
  lua_getiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_LUASOCKET);
  lua_getfield(L, -1, "by_name");
  lua_replace(L, -2);
  lua_insert(L, 1);
  lua_pushvalue(L, lua_upvalueindex(PS_UP_NAME));
  lua_insert(L, 2);
  lua_callk(L, 4, LUA_MULTRET, 0, by_name_done);
  return lua_gettop(L);
}

/* Converts the path at 2 to an address; returns 0 if the path is too long. */
static int path_at(lua_State *L, Address *a) {
  size_t length;
  const char *path = luaL_checklstring(L, 2, &length);
  memset(a, 0, sizeof *a);
  if (length >= sizeof a->un.sun_path) return 0;
  a->un.sun_family = AF_UNIX;
  memcpy(a->un.sun_path, path, length);
  a->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + 1);
  return 1;
}

static int path_too_long(lua_State *L) {
  lua_pushnil(L);
  lua_pushliteral(L, "path too long");
  return 2;
}

/* ensures a descriptor for addresses of that family, and closes one of another family; 0, or errno */
static int have_descriptor(lua_State *L, Conn *c, int family) {
  if (c->any_family && c->own.family != family) ps_conn_close(L, c);
  return c->carrier.socket->fd == SYS_NO_FD ? ps_conn_create(c, family) : 0;
}

/* the outcome of a connection attempt that continued in the background */
static int finish_connect(const Socket *s) {
  int error = 0;
  socklen_t len = sizeof error;
  int ready = sys_wait(s->fd, SYS_WRITE, 0);
  if (ready <= 0) {
    if (ready == 0) errno = EINPROGRESS;
    return PS_ERRNO;
  }
  if (sys_getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0) return PS_ERRNO;
  errno = error;
  return error == 0 || error == EISCONN ? 0 : PS_ERRNO;
}

static int connected(lua_State *L, const Socket *s) {
  if (s->family == AF_UNIX) ps_conn_set_class(L, 1, UNIX_CLIENT);
  ((Conn *)lua_touserdata(L, 1))->any_family = 0;
  return ps_conn_succeed(L);
}

/***
Connects to a host, and tries its addresses one after the other. `setpeername` is another name of the method.
@function conn:connect
@async
@tparam string host a name or an address
@tparam number|string port a number or the name of a service
@treturn ?number 1
@treturn ?string after nil `"timeout"`, `"connection refused"` or another message
*/
static int try_connect(lua_State *L, Socket *s, Wait *wait) {
  Address a;
  size_t length;
  int progress = PS_PROGRESS(wait->op);
  if (ps_conn_attempt(s, wait) < 0) return PS_ERRNO;
  if (lua_toboolean(L, progress)) return finish_connect(s) < 0 ? PS_ERRNO : connected(L, s);
  const char *bytes = lua_tolstring(L, 2, &length);
  memcpy(&a, bytes, length);
  int code = sys_connect(s->fd, &a.any, (socklen_t)length) == 0 ? 0 : errno;
  /* the attempt that continued in the background has succeeded: Linux returns 0 for the next one, Windows does not */
  if (code == EISCONN && s->connecting) code = 0;
  s->connecting = code == EINPROGRESS || code == EALREADY || code == EINTR;
  if (code == 0) return connected(L, s);
  if (code == EINPROGRESS || code == EINTR) { /* no second call: the attempt continues in the background */
    lua_pushboolean(L, 1);
    lua_replace(L, progress);
  }
  errno = code;
  return PS_ERRNO;
}

/* clang-format off */
const Operation ps_conn_connecting =
    {"connect",           2,        SYS_WRITE, 0,     try_connect, NULL,       ps_conn_failed};
/* clang-format on */

static int run_connect(lua_State *L, Conn *c, const Address *a) {
  lua_settop(L, 1);
  lua_pushlstring(L, a->bytes, a->len);
  ps_conn_begin(c);
  return ps_operation_run(L);
}

int ps_conn_connect(lua_State *L) {
  Address a;
  Conn *c = ps_conn_check(L, ANY, "any");
  if (!literal(L, c, 0, &a)) return by_name(L);
  int code = have_descriptor(L, c, a.any.sa_family);
  ps_conn_set_class(L, 1, TCP_CLIENT); /* even if the attempt fails or continues */
  return code != 0 ? ps_conn_fail(L, c, code) : run_connect(L, c, &a);
}

/***
Connects a stream of AF_UNIX to a path.
@function conn:connect_path
@local
@tparam string path
@treturn ?number 1
@treturn ?string the message, after nil
*/
int ps_conn_connect_path(lua_State *L) {
  Address a;
  Conn *c = ps_conn_check(L, MASTERS, "master");
  return path_at(L, &a) ? run_connect(L, c, &a) : path_too_long(L);
}

/***
Sets the peer of a datagram socket: the socket receives only from the peer, and `send` needs no address.
@function udp:setpeername
@async
@tparam string host a name or an address; `"*"` removes the peer. For AF_UNIX, the method is `connect`, with a path
@tparam number|string port
@treturn ?number 1
@treturn ?string the message, after nil
*/
int ps_conn_setpeername(lua_State *L) {
  Address a;
  Conn *c = ps_conn_check(L, ANY, "any");
  int local = c->own.family == AF_UNIX, code;
  if (!local && strcmp(luaL_checkstring(L, 2), "*") == 0) {
    code = c->own.fd != SYS_NO_FD && sys_disconnect(c->own.fd) < 0 ? errno : 0;
    if (code == 0) ps_conn_set_class(L, 1, UDP_UNCONNECTED);
    return code != 0 ? ps_conn_fail(L, c, code) : ps_conn_succeed(L);
  }
  if (local && !path_at(L, &a)) return path_too_long(L);
  if (!local && !literal(L, c, 0, &a)) return by_name(L);
  code = have_descriptor(L, c, a.any.sa_family);
  if (code == 0 && sys_connect(c->own.fd, &a.any, a.len) < 0) code = errno;
  if (code != 0) return ps_conn_fail(L, c, code);
  c->any_family = 0;
  ps_conn_set_class(L, 1, local ? UNIXDGRAM_CONNECTED : UDP_CONNECTED);
  return ps_conn_succeed(L);
}

/***
Binds the object to an address. `setsockname` is another name of the method.
@function conn:bind
@tparam string host a name, an address, or `"*"` for every interface; for AF_UNIX a path
@tparam number|string port 0: a free port
@treturn ?number 1
@treturn ?string the message, after nil
*/
int ps_conn_bind(lua_State *L) {
  Address a;
  int datagrams = *lua_tostring(L, lua_upvalueindex(PS_CONN_KIND)) == 'u';
  Conn *c = ps_conn_check(L, datagrams ? UNCONNECTED : MASTERS, datagrams ? "unconnected" : "master");
  if (!literal(L, c, 1, &a)) return by_name(L);
  int code = have_descriptor(L, c, a.any.sa_family);
  if (code == 0 && sys_bind(c->own.fd, &a.any, a.len) < 0) code = errno;
  if (code != 0) return ps_conn_fail(L, c, code);
  c->any_family = 0;
  return ps_conn_succeed(L);
}

int ps_conn_bind_path(lua_State *L) {
  Address a;
  Conn *c = ps_conn_check(L, MASTERS | UNCONNECTED, "master");
  if (!path_at(L, &a)) return path_too_long(L);
  if (sys_bind(c->own.fd, &a.any, a.len) == 0) return ps_conn_succeed(L);
  int code = errno;
  if (c->own.type == SOCK_STREAM) ps_conn_close(L, c);
  return ps_conn_fail(L, c, code);
}

/***
Makes a server of a master object.
@function conn:listen
@tparam[opt=32] number backlog the number of connections that may wait to be accepted
@treturn ?number 1
@treturn ?string the message, after nil
*/
int ps_conn_listen(lua_State *L) {
  Conn *c = ps_conn_check(L, MASTERS, "master");
  if (sys_listen(c->own.fd, (int)luaL_optnumber(L, 2, 32)) < 0) return ps_conn_fail(L, c, errno);
  ps_conn_set_class(L, 1, c->class == TCP_MASTER ? TCP_SERVER : UNIX_SERVER);
  return ps_conn_succeed(L);
}

/***
Accepts a connection, and waits for one if necessary.
@function conn:accept
@async
@treturn ?conn a client
@treturn ?string after nil `"timeout"`, `"closed"` or another message
*/
static int accept_once(lua_State *L, const Socket *s) {
  Conn *conn;
  if (lua_getiuservalue(L, 1, 1) == LUA_TUSERDATA) conn = lua_touserdata(L, -1);
  else {
    lua_pop(L, 1);
    conn = ps_conn_new(L, s->family == AF_UNIX ? UNIX_CLIENT : TCP_CLIENT, s->family, SOCK_STREAM);
    lua_pushvalue(L, -1);
    lua_setiuservalue(L, 1, 1); /* kept for the next attempt if this one fails: a program may poll */
    if (s->fd == SYS_NO_FD) return errno = EPIPE, PS_ERRNO; /* a finalizer has closed it */
  }
  sys_fd fd = sys_accept(s->fd, NULL, NULL, 1);
  if (fd < 0) return PS_ERRNO;
  ps_conn_adopt(conn, fd);
  conn->born = ps_conn_time();
  conn->own.lingers = s->lingers; /* Linux passes both options ... */
  conn->own.hurries = s->hurries; /* ... to accepted sockets */
  lua_pushnil(L);
  lua_setiuservalue(L, 1, 1);
  return 1;
}

static int try_accept(lua_State *L, Socket *s, Wait *wait) {
  if (ps_conn_attempt(s, wait) < 0 || ps_conn_blocked(lua_touserdata(L, 1))) return PS_ERRNO;
  return accept_once(L, s);
}

/* clang-format off */
const Operation ps_conn_accepting =
    {"accept",            1,        SYS_READ, 0,      try_accept, NULL,        ps_conn_failed};
/* clang-format on */

int ps_conn_accept(lua_State *L) {
  Conn *c = ps_conn_check(L, SERVERS, "server");
  const Socket *s = c->carrier.socket;
  ps_conn_begin(c);
  if (!ps_conn_direct(c) || s->fd == SYS_NO_FD) return ps_operation_run(L);
  if (accept_once(L, s) > 0) return 1;
  int code = errno;
  if (code == EAGAIN && s->timeout == 0) return ps_conn_fail(L, c, code);
  c->blocked = code == EAGAIN;
  return ps_operation_run(L);
}

/***
Shuts down one or both directions of the connection.
@function conn:shutdown
@tparam[opt="both"] string mode `"receive"`, `"send"` or `"both"`
@treturn number 1
*/
int ps_conn_shutdown(lua_State *L) {
  static const char *const modes[] = {"receive", "send", "both", NULL};
  static const int ways[] = {SHUT_RD, SHUT_WR, SHUT_RDWR};
  const Conn *c = ps_conn_check(L, CLIENTS, "client");
  const Socket *s = c->carrier.socket;
  int how = ways[luaL_checkoption(L, 2, "both", modes)];
  if (sys_shutdown(s->fd, how) == 0) ps_loops_shut(s->world, s->fd, how);
  return ps_conn_succeed(L);
}

/* pushes the address, the port (an integer for the peer, a string for this side), and the family */
static int push_name(lua_State *L, const Conn *c, int is_peer) {
  Address a = {.len = sizeof a.storage};
  char host[NI_MAXHOST], port[NI_MAXSERV];
  sys_fd fd = c->carrier.socket->fd;
  if ((is_peer ? sys_getpeername(fd, &a.any, &a.len) : sys_getsockname(fd, &a.any, &a.len)) < 0)
    return ps_conn_fail(L, c, errno);
  if (a.any.sa_family == AF_UNIX) {
    lua_pushstring(L, a.len > offsetof(struct sockaddr_un, sun_path) ? a.un.sun_path : "");
    return 1;
  }
  int code = sys_getnameinfo(&a.any, a.len, host, sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
  if (code != 0) {
    lua_pushnil(L);
    lua_pushstring(L, sys_gai_strerror(code));
    return 2;
  }
  lua_pushstring(L, host);
  if (is_peer) lua_pushinteger(L, ntohs(a.any.sa_family == AF_INET6 ? a.in6.sin6_port : a.in.sin_port));
  else lua_pushstring(L, port);
  lua_pushstring(L, a.any.sa_family == AF_INET6 ? "inet6" : "inet");
  return 3;
}

/***
Returns the address of the peer.
@function conn:getpeername
@treturn ?string the address
@treturn number|string the port; after nil the message
@treturn ?string `"inet"` or `"inet6"`
*/
int ps_conn_getpeername(lua_State *L) {
  int datagrams = *lua_tostring(L, lua_upvalueindex(PS_CONN_KIND)) == 'u';
  return push_name(L, ps_conn_check(L, datagrams ? CONNECTED : ANY, datagrams ? "connected" : "any"), 1);
}

/***
Returns the local address.
@function conn:getsockname
@treturn ?string the address; for AF_UNIX a path
@treturn ?string the port; after nil the message
@treturn ?string `"inet"` or `"inet6"`
*/
int ps_conn_getsockname(lua_State *L) { return push_name(L, ps_conn_check(L, ANY, "any"), 0); }
