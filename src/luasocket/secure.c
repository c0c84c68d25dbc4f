/* SPDX-License-Identifier: MIT */
/*
** LuaSec's connections: objects whose socket is an SSLSocket. The functions of all objects send and receive, through
** the source of that socket; this file contains the handshake, and LuaSec's messages for errors of TLS.
*/
#include <string.h>

#include "luasocket.h"

/* Replaces the error object at the top by OpenSSL's text of its reason: "[SSL: X] wrong version number" becomes
   "wrong version number". */
static void reduce(lua_State *L) {
  lua_getfield(L, -1, "verify_code");
  int refused = !lua_isnil(L, -1);
  lua_pop(L, 1);
  if (lua_getfield(L, -1, "strerror") != LUA_TSTRING) luaL_tolstring(L, -2, NULL);
  const char *text = lua_tostring(L, -1), *reason = strstr(text, "] ");
  if (refused) lua_pushliteral(L, "certificate verify failed");
  else lua_pushstring(L, reason != NULL ? reason + 2 : text);
  lua_replace(L, -3);
  lua_pop(L, 1);
}

ptrdiff_t ps_conn_outcome(lua_State *L, Conn *c, const Wait *wait, ptrdiff_t n) {
  c->wants = n == PS_ERRNO && errno == EAGAIN ? (unsigned char)wait->events : 0;
  if (n == PS_ERROR) {
    c->tls = TLS_BROKEN;
    reduce(L);
  }
  return n;
}

static int fail_with_text(lua_State *L) {
  lua_pushboolean(L, 0);
  lua_insert(L, -2);
  return 2;
}

/***
Performs the TLS handshake, which has to precede the first send or receive.
@function connection:dohandshake
@treturn boolean
@treturn ?string after false `"wantread"` or `"wantwrite"` after a timeout, or another message
*/
static int try_handshake(lua_State *L, Socket *s, Wait *wait) {
  Conn *c = lua_touserdata(L, 1);
  if (ps_conn_attempt(s, wait) < 0) {
    errno = EBADF;
    return PS_ERRNO;
  }
  if (c->tls == TLS_BROKEN) {
    errno = EPIPE;
    return PS_ERRNO;
  }
  ptrdiff_t n = ps_conn_outcome(L, c, wait, ps_source_send(L, s, NULL, 0, wait));
  if (n == PS_ERROR) return fail_with_text(L);
  if (n < 0) return (int)n;
  c->tls = TLS_SHAKEN;
  lua_pushboolean(L, 1);
  return 1;
}

static int failed_handshake(lua_State *L, int code) {
  char buffer[128];
  const Conn *c = lua_touserdata(L, 1);
  if (code == EAGAIN || code == EWOULDBLOCK) ps_conn_error_push(L, c, code);
  else lua_pushstring(L, sys_strerror(code, buffer, sizeof buffer));
  return fail_with_text(L);
}

/* clang-format off */
const Operation ps_conn_shaking =
    {"dohandshake",       1,        SYS_READ, 0,      try_handshake, NULL,     failed_handshake};
/* clang-format on */

int ps_conn_dohandshake(lua_State *L) {
  Conn *c = ps_conn_check(L, 1u << TLS_CONNECTION, "connection");
  lua_settop(L, 1);
  ps_conn_begin(c);
  return ps_operation_run(L);
}

/***
Returns the event that the last call would have waited for.
@function connection:want
@treturn string `"read"`, `"write"` or `"nothing"`
*/
int ps_conn_want(lua_State *L) {
  const Conn *c = ps_conn_check(L, 1u << TLS_CONNECTION, "connection");
  lua_pushstring(L, c->wants & SYS_READ ? "read" : c->wants & SYS_WRITE ? "write" : "nothing");
  return 1;
}

int ps_conn_tls(lua_State *L) {
  Socket *s = ps_socket_check(L, 1);
  if (s->source == NULL) ps_type_error(L, 1, "SSLSocket");
  Conn *c = ps_conn_new(L, TLS_CONNECTION, s->family, SOCK_STREAM);
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, -2, 1);
  s->timeout = -1;
  c->carrier.socket = s;
  c->tls = TLS_NEW;
  return 1;
}

int ps_conn_tls_socket(lua_State *L) {
  const Conn *c = ps_conn_to(L, 1);
  if (c == NULL || c->tls == TLS_NONE) ps_type_error(L, 1, "SSL connection");
  lua_getiuservalue(L, 1, 1);
  lua_pushboolean(L, c->tls == TLS_SHAKEN && c->carrier.socket->fd != SYS_NO_FD);
  return 2;
}
