/* SPDX-License-Identifier: MIT */
/* SSLSession: a session that a later connection can resume. */
#include <string.h>

#include "tls.h"

#define SESSIONS "pysocket.SSLSession"

#if OPENSSL_VERSION_NUMBER < 0x30300000L /* seconds that end in 2038 where 'long' has 32 bits */
#define SSL_SESSION_get_time_ex SSL_SESSION_get_time
#endif

typedef struct Session {
  SSL_SESSION *session; /* NULL until it owns one */
  SSL_CTX *ctx;         /* of its connection, with a reference */
} Session;

void ps_tls_session_push(lua_State *L, SSL *ssl) {
  Session *s = lua_newuserdatauv(L, sizeof *s, 0);
  *s = (Session){NULL, NULL};
  luaL_setmetatable(L, SESSIONS);
  s->session = SSL_get1_session(ssl);
  if (s->session == NULL) {
    lua_pushnil(L);
    return;
  }
  s->ctx = SSL_get_SSL_CTX(ssl);
  SSL_CTX_up_ref(s->ctx);
}

/* Resuming a session of another context would skip the verification that this context demands of the peer's
   certificate. */
SSL_SESSION *ps_tls_session_check(lua_State *L, int arg, const SSL_CTX *ctx) {
  const Session *s = luaL_testudata(L, arg, SESSIONS);
  if (s == NULL || s->session == NULL) ps_type_error(L, arg, "SSLSession");
  if (ctx != NULL && s->ctx != ctx) ps_arg_error(L, arg, "session refers to a different SSLContext");
  return s->session;
}

static int session_gc(lua_State *L) {
  Session *s = luaL_testudata(L, 1, SESSIONS); /* scripts may call it with anything */
  if (s == NULL) return 0;
  SSL_SESSION_free(s->session);
  SSL_CTX_free(s->ctx);
  *s = (Session){NULL, NULL};
  return 0;
}

/***
A session that a later connection can resume: the option `session` of `wrap_socket`.
@class SSLSession
@tfield string id
@tfield integer time the time of its beginning, in seconds since 1970
@tfield integer timeout its lifetime in seconds
@tfield integer ticket_lifetime_hint the lifetime of its ticket in seconds
@tfield boolean has_ticket
*/
static int session_index(lua_State *L) {
  SSL_SESSION *session = ps_tls_session_check(L, 1, NULL);
  const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
  if (strcmp(name, "time") == 0) lua_pushinteger(L, (lua_Integer)SSL_SESSION_get_time_ex(session));
  else if (strcmp(name, "timeout") == 0) lua_pushinteger(L, (lua_Integer)SSL_SESSION_get_timeout(session));
  else if (strcmp(name, "ticket_lifetime_hint") == 0)
    lua_pushinteger(L, (lua_Integer)SSL_SESSION_get_ticket_lifetime_hint(session));
  else if (strcmp(name, "has_ticket") == 0) lua_pushboolean(L, SSL_SESSION_has_ticket(session));
  else if (strcmp(name, "id") == 0) {
    unsigned length;
    const unsigned char *id = SSL_SESSION_get_id(session, &length);
    lua_pushlstring(L, (const char *)id, length);
  } else lua_pushnil(L);
  return 1;
}

static const luaL_Reg metamethods[] = {{"__gc", session_gc}, {"__index", session_index}, {NULL, NULL}};

void ps_tls_session_open(lua_State *L) {
  ps_tls_metatable_push(L, SESSIONS, metamethods, NULL);
  lua_pushnil(L);
  ps_class_push(L, "SSLSession");
  lua_pushvalue(L, -1);
  lua_setfield(L, TLS_MODULE, "SSLSession");
  lua_setfield(L, -2, "__class");
  lua_settop(L, TLS_LOCAL);
}
