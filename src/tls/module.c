/* SPDX-License-Identifier: MIT */
/* Opens "pysocket._ssl", which ssl.lua completes, in a state in which the core is open. */
#include <string.h>

#include <openssl/rand.h>

#include "../shared.h"
#include "tls.h"

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

static void (*const openers[])(lua_State *L) = {
    ps_tls_objects_open,  ps_tls_error_open,  ps_tls_constants_open, ps_tls_context_open,    ps_tls_offer_open,
    ps_tls_callback_open, ps_tls_trust_open,  ps_tls_session_open,   ps_tls_connection_open, ps_tls_transfer_open,
    ps_tls_memory_open,   ps_tls_luasec_open, ps_tls_x509_open,
#ifdef SYS_STORES
    ps_tls_store_open,
#endif
};

/* Returns the functions for ssl.lua; the users' module is their field "module". */
static int open_tls(lua_State *L) {
  lua_settop(L, 0);
  lua_createtable(L, 0, 100);
  lua_createtable(L, 0, 16);
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
