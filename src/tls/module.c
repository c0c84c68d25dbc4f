/* SPDX-License-Identifier: MIT */
/* Opens "pysocket._ssl", which ssl.lua completes, in a state in which the core is open. No file of TLS calls this
   one. */
#include <string.h>

#include <openssl/rand.h>

#include "../shared.h"
#include "tls.h"

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

#define OWNERS "pysocket.Tls.owner"

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

/***
Returns random bytes that are fit for keys.
@function RAND_bytes
@tparam integer n
@treturn string
@raise SSLError
@see Python's ssl.RAND_bytes
*/
static int f_rand_bytes(lua_State *L) {
  lua_Integer n = ps_check_integer(L, 1, "n", 0, INT32_MAX);
  luaL_Buffer b;
  char *data = luaL_buffinitsize(L, &b, (size_t)n);
  ERR_clear_error();
  if (RAND_bytes((unsigned char *)data, (int)n) != 1) return ps_tls_error_raise(L, "RAND_bytes");
  luaL_pushresultsize(&b, (size_t)n);
  return 1;
}

/***
Returns whether the random number generator has enough entropy.
@function RAND_status
@treturn boolean
@see Python's ssl.RAND_status
*/
static int f_rand_status(lua_State *L) {
  lua_pushboolean(L, RAND_status());
  return 1;
}

/***
Mixes bytes into the random number generator.
@function RAND_add
@tparam string|bytearray string
@tparam number entropy a lower bound of the number of bytes that cannot be guessed
@see Python's ssl.RAND_add
*/
static int f_rand_add(lua_State *L) {
  size_t length;
  const char *bytes = ps_check_buffer(L, 1, "string", &length);
  RAND_add(bytes, (int)length, luaL_checknumber(L, 2));
  return 0;
}

static const luaL_Reg functions[] = {
    {"RAND_bytes", f_rand_bytes}, {"RAND_status", f_rand_status}, {"RAND_add", f_rand_add}, {NULL, NULL}};

static void (*const openers[])(lua_State *L) = {ps_tls_error_open,   ps_tls_constants_open,  ps_tls_context_open,
                                                ps_tls_offer_open,   ps_tls_callback_open,   ps_tls_trust_open,
                                                ps_tls_session_open, ps_tls_connection_open, ps_tls_transfer_open,
                                                ps_tls_memory_open,  ps_tls_luasec_open,     ps_tls_x509_open};

static const luaL_Reg owner[] = {{"__gc", owner_gc}, {NULL, NULL}};

/* Returns the functions for ssl.lua; the users' module is their field "module". */
static int open_tls(lua_State *L) {
  lua_settop(L, 0);
  lua_createtable(L, 0, 100);
  lua_createtable(L, 0, 16);
  ps_tls_metatable_push(L, OWNERS, owner, NULL);
  lua_settop(L, TLS_LOCAL);
  for (size_t i = 0; i < sizeof openers / sizeof *openers; i++) {
    openers[i](L);
    lua_settop(L, TLS_LOCAL);
  }
  ps_register(L, TLS_MODULE, functions, 0);
  lua_pushvalue(L, TLS_MODULE);
  lua_setfield(L, TLS_LOCAL, "module");
  return 1;
}

/* Keeps the code mapped: OpenSSL registers exit handlers, and other libraries of the process may use it. */
PYSOCKET_API int luaopen_pysocket__ssl(lua_State *L) {
  luaL_checkversion(L);
  int found = lua_getfield(L, LUA_REGISTRYINDEX, PYSOCKET_KEY) == LUA_TTABLE;
  const World *world = NULL;
  if (found && lua_getfield(L, -1, "world") == LUA_TUSERDATA) world = lua_touserdata(L, -1);
  if (world == NULL) return luaL_error(L, "pysocket._ssl needs an open pysocket: require 'pysocket.ssl'");
  if (strcmp(world->shared->version, PYSOCKET_VERSION) != 0)
    return luaL_error(L, "pysocket._ssl is of version %s, pysocket of version %s", PYSOCKET_VERSION,
                      world->shared->version);
  sys_pin_code();
  world->shared->ps_function_push(L, "open", open_tls, 0, 0);
  lua_call(L, 0, 1);
  return 1;
}
