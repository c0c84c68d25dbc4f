/* SPDX-License-Identifier: MIT */
/* Datagrams of UDP and AF_UNIX. */
#include <string.h>

#include "luasocket.h"

#define USUAL 8192       /* bytes of the default buffer, on the C stack */
#define RETRY_NS 2000000 /* no event reports that the queue of an AF_UNIX peer has room */

/* Receives at most that many bytes; the rest of the datagram is lost. */
static int receive(lua_State *L, Socket *s, Wait *wait, Address *a) {
  char usual[USUAL], *data = usual;
  lua_Integer size = lua_tointeger(L, 2);
  if (ps_conn_attempt(s, wait) < 0) return PS_ERRNO;
  if (size > USUAL) {
    lua_settop(L, PS_DEADLINE(wait->op));
    data = ps_scratch(L, (size_t)size);
  }
  a->len = sizeof a->storage;
  ssize_t n = sys_recvfrom(s->fd, data, (size_t)size, wait->flags, &a->any, &a->len);
  if (n < 0) return PS_ERRNO;
  ((Conn *)lua_touserdata(L, 1))->received += (double)n;
  lua_pushlstring(L, data, (size_t)n);
  return 1;
}

/***
Receives a datagram.
@function udp:receive
@async
@tparam[opt=8192] number size the maximum number of bytes; the rest is lost
@treturn ?string
@treturn ?string after nil `"timeout"` or another message
*/
static int try_receive(lua_State *L, Socket *s, Wait *wait) {
  Address a;
  return receive(L, s, wait, &a);
}

/***
Receives a datagram, and returns the address of its sender.
@function udp:receivefrom
@async
@tparam[opt=8192] number size the maximum number of bytes; the rest is lost
@treturn ?string
@treturn string the sender's address (for AF_UNIX its path); after nil `"timeout"` or another message
@treturn ?number the sender's port
*/
static int try_receivefrom(lua_State *L, Socket *s, Wait *wait) {
  Address a;
  int n = receive(L, s, wait, &a);
  if (n < 0) return n;
  if (s->family == AF_UNIX) {
    lua_pushstring(L, a.len > offsetof(struct sockaddr_un, sun_path) ? a.un.sun_path : "");
    return 2;
  }
  char host[NI_MAXHOST];
  int code = sys_getnameinfo(&a.any, a.len, host, sizeof host, NULL, 0, NI_NUMERICHOST);
  if (code != 0) {
    lua_pushnil(L);
    lua_pushstring(L, sys_gai_strerror(code));
    return 2;
  }
  lua_pushstring(L, host);
  lua_pushinteger(L, ntohs(a.any.sa_family == AF_INET6 ? a.in6.sin6_port : a.in.sin_port));
  return 3;
}

static int sent(lua_State *L, ssize_t n) {
  if (n < 0) return PS_ERRNO;
  ((Conn *)lua_touserdata(L, 1))->sent += (double)n;
  lua_pushnumber(L, (double)n);
  return 1;
}

/***
Sends a datagram to the peer.
@function udp:send
@async
@tparam string data
@treturn ?number the number of bytes
@treturn ?string the message, after nil
*/
static int try_send(lua_State *L, Socket *s, Wait *wait) {
  size_t size;
  const char *data = lua_tolstring(L, 2, &size);
  if (ps_conn_attempt(s, wait) < 0) return PS_ERRNO;
  return sent(L, sys_send(s->fd, data, size, wait->flags));
}

/***
Sends a datagram to an address.
@function udp:sendto
@async
@tparam string data
@tparam string ip an address, not a name; for AF_UNIX a path
@tparam number|string port
@treturn ?number the number of bytes
@treturn ?string the message, after nil
*/
static int try_sendto(lua_State *L, Socket *s, Wait *wait) {
  Address a;
  size_t size, length;
  const char *data = lua_tolstring(L, 2, &size), *bytes = lua_tolstring(L, 3, &length);
  memcpy(&a, bytes, length);
  if (ps_conn_attempt(s, wait) < 0) return PS_ERRNO;
  if (s->family == AF_UNIX) wait->pause = RETRY_NS;
  return sent(L, sys_sendto(s->fd, data, size, wait->flags, &a.any, (socklen_t)length));
}

/* clang-format off */
const Operation ps_conn_receiving_datagram =
    {"receive",           2,        SYS_READ,  0,     try_receive,     NULL,   ps_conn_failed};
const Operation ps_conn_receiving_from =
    {"receivefrom",       2,        SYS_READ,  0,     try_receivefrom, NULL,   ps_conn_failed};
const Operation ps_conn_sending_datagram =
    {"send",              2,        SYS_WRITE, 0,     try_send,        NULL,   ps_conn_failed};
const Operation ps_conn_sending_to =
    {"sendto",            3,        SYS_WRITE, 0,     try_sendto,      NULL,   ps_conn_failed};
/* clang-format on */

static int run_receive(lua_State *L, Conn *c) {
  double size = luaL_optnumber(L, 2, USUAL);
  luaL_argcheck(L, size >= 0 && size <= PS_SIZE_MAX, 2, "invalid size");
  lua_settop(L, 1);
  lua_pushinteger(L, (lua_Integer)size);
  ps_conn_begin(c);
  return ps_operation_run(L);
}

int ps_conn_receive_datagram(lua_State *L) { return run_receive(L, ps_conn_check(L, UNCONNECTED | CONNECTED, "any")); }

int ps_conn_receivefrom(lua_State *L) { return run_receive(L, ps_conn_check(L, UNCONNECTED, "unconnected")); }

int ps_conn_send_datagram(lua_State *L) {
  Conn *c = ps_conn_check(L, CONNECTED, "connected");
  luaL_checkstring(L, 2);
  ps_conn_begin(c);
  return ps_operation_run(L);
}

/* Converts host and port at 3 and 4, or the path at 3, to an address. Returns 0, or pushes nil and a message and
   returns 2. */
static int target(lua_State *L, const Conn *c, Address *a) {
  size_t length;
  const char *host = luaL_checklstring(L, 3, &length);
  memset(a, 0, sizeof *a);
  if (c->own.family == AF_UNIX) {
    if (length >= sizeof a->un.sun_path) return lua_pushnil(L), lua_pushliteral(L, "path too long"), 2;
    a->un.sun_family = AF_UNIX;
    memcpy(a->un.sun_path, host, length);
    a->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + 1);
    return 0;
  }
  struct addrinfo hints = {.ai_family = c->any_family ? AF_UNSPEC : c->own.family,
                           .ai_socktype = SOCK_DGRAM,
                           .ai_flags = AI_NUMERICHOST},
                  *list;
  int code = sys_getaddrinfo(host, luaL_checkstring(L, 4), &hints, &list);
  if (code != 0) return lua_pushnil(L), lua_pushstring(L, sys_gai_strerror(code)), 2;
  memcpy(&a->storage, list->ai_addr, list->ai_addrlen);
  a->len = list->ai_addrlen;
  sys_freeaddrinfo(list);
  return 0;
}

int ps_conn_sendto(lua_State *L) {
  Address a;
  Conn *c = ps_conn_check(L, UNCONNECTED, "unconnected");
  luaL_checkstring(L, 2);
  int n = target(L, c, &a);
  if (n != 0) return n;
  if (c->own.fd == SYS_NO_FD && c->own.family == AF_UNSPEC) { /* the object is not closed: it has had no address yet */
    int code = ps_conn_create(c, a.any.sa_family);
    if (code != 0) return ps_conn_fail(L, c, code);
    c->any_family = 0;
  }
  lua_settop(L, 2);
  lua_pushlstring(L, a.bytes, a.len);
  ps_conn_begin(c);
  return ps_operation_run(L);
}
