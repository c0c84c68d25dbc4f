/* SPDX-License-Identifier: MIT */
/* SSLSession: what a later connection resumes from. */
#include <string.h>

#include "tls.h"

#define SESSIONS "pysocket.SSLSession"

/* The userdata is one pointer, NULL until it owns a session. */
void ps_tls_session_push(lua_State *L, SSL_SESSION *session) {
  if (session == NULL) {
    lua_pushnil(L);
    return;
  }
  SSL_SESSION **place = lua_newuserdatauv(L, sizeof *place, 0);
  *place = session;
  luaL_setmetatable(L, SESSIONS);
}

SSL_SESSION *ps_tls_session_check(lua_State *L, int arg) {
  SSL_SESSION **place = luaL_testudata(L, arg, SESSIONS);
  if (place == NULL) ps_type_error(L, arg, "SSLSession");
  return *place;
}

static int session_gc(lua_State *L) {
  SSL_SESSION **place = lua_touserdata(L, 1);
  SSL_SESSION_free(*place);
  *place = NULL;
  return 0;
}

/***
What a later connection resumes from: the option `session` of `wrap_socket`.
@class SSLSession
@tfield string id
@tfield integer time when it began, in seconds since 1970
@tfield integer timeout seconds
@tfield integer ticket_lifetime_hint seconds
@tfield boolean has_ticket
*/
static int session_index(lua_State *L) {
  SSL_SESSION *session = ps_tls_session_check(L, 1);
  const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
  if (strcmp(name, "time") == 0) lua_pushinteger(L, (lua_Integer)SSL_SESSION_get_time(session));
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
