/* SPDX-License-Identifier: MIT */
/* The objects that the files of TLS share: checks of arguments, metatables, and owners of OpenSSL's objects. */
#include "tls.h"

#define OWNERS "pysocket.Tls.owner" /* the key of the metatable in the registry */

Context *ps_tls_context_check(lua_State *L, int arg) {
  Context *c = luaL_testudata(L, arg, TLS_CONTEXTS);
  if (c == NULL || c->ctx == NULL) ps_type_error(L, arg, "SSLContext");
  return c;
}

Tls *ps_tls_check(lua_State *L, int arg) {
  const Socket *s = ps_socket_to(L, ps_world(L), arg);
  Tls *t = s == NULL ? luaL_testudata(L, arg, TLS_OBJECTS) : (Tls *)(uintptr_t)s->source;
  if (t == NULL) ps_type_error(L, arg, "SSLSocket");
  if (s != NULL) t->fd = s->fd;
  return t;
}

void ps_tls_values_push(lua_State *L, int object) {
  if (luaL_testudata(L, object, TLS_OBJECTS) != NULL) lua_pushvalue(L, object);
  else lua_getiuservalue(L, object, PS_SOCKET_SOURCE);
}

void ps_tls_metatable_push(lua_State *L, const char *name, const luaL_Reg *metamethods, const luaL_Reg *methods) {
  luaL_newmetatable(L, name);
  ps_register(L, -1, metamethods, PS_METHOD);
  if (methods == NULL) return;
  lua_newtable(L);
  ps_register(L, -1, methods, PS_METHOD);
  lua_setfield(L, -2, "__index");
}

_Noreturn void ps_tls_refuse_field(lua_State *L, const char *what) {
  ps_where_push(L);
  lua_pushfstring(L, "field '%s' of %s cannot be set", luaL_tolstring(L, 2, NULL), what);
  lua_remove(L, -2);
  lua_concat(L, 2);
  lua_error(L);
}

Owner *ps_tls_owner_push(lua_State *L, void (*release)(void *object)) {
  Owner *owner = lua_newuserdatauv(L, sizeof *owner, 0);
  *owner = (Owner){NULL, release};
  luaL_setmetatable(L, OWNERS);
  return owner;
}

void ps_tls_owner_release(Owner *owner) {
  if (owner->object != NULL) owner->release(owner->object);
  owner->object = NULL;
}

static int owner_gc(lua_State *L) {
  ps_tls_owner_release(lua_touserdata(L, 1));
  return 0;
}

static void free_bio(void *bio) { BIO_free(bio); }

BIO *ps_tls_memory_push(lua_State *L) {
  Owner *owner = ps_tls_owner_push(L, free_bio);
  owner->object = BIO_new(BIO_s_mem());
  if (owner->object == NULL) ps_tls_error_raise(L, "BIO_new");
  return owner->object;
}

void ps_tls_written_push(lua_State *L, BIO *bio) {
  char *data;
  long length = BIO_get_mem_data(bio, &data);
  lua_pushlstring(L, data, length > 0 ? (size_t)length : 0);
  ps_tls_owner_release(lua_touserdata(L, -2));
  lua_remove(L, -2);
}

void ps_tls_objects_open(lua_State *L) {
  static const luaL_Reg metamethods[] = {{"__gc", owner_gc}, {NULL, NULL}};
  ps_tls_metatable_push(L, OWNERS, metamethods, NULL);
}
