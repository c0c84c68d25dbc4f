/* SPDX-License-Identifier: MIT */
/* The top floor of TLS: opens "pysocket._ssl", which ssl.lua completes, in a state where the core is open. */
#include <string.h>

#include <openssl/crypto.h>
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

/***
Constants, with Python's names and numbers.
@value integer CERT_NONE
@value integer CERT_OPTIONAL
@value integer CERT_REQUIRED
@value integer PROTOCOL_TLS
@value integer PROTOCOL_SSLv23
@value integer PROTOCOL_TLS_CLIENT
@value integer PROTOCOL_TLS_SERVER
@value integer SSL_ERROR_SSL
@value integer SSL_ERROR_WANT_READ
@value integer SSL_ERROR_WANT_WRITE
@value integer SSL_ERROR_WANT_X509_LOOKUP
@value integer SSL_ERROR_SYSCALL
@value integer SSL_ERROR_ZERO_RETURN
@value integer SSL_ERROR_WANT_CONNECT
@value integer SSL_ERROR_EOF
@value integer SSL_ERROR_INVALID_ERROR_CODE
@value integer OP_ALL
@value integer OP_NO_SSLv2
@value integer OP_NO_SSLv3
@value integer OP_NO_TLSv1
@value integer OP_NO_TLSv1_1
@value integer OP_NO_TLSv1_2
@value integer OP_NO_TLSv1_3
@value integer OP_CIPHER_SERVER_PREFERENCE
@value integer OP_SINGLE_DH_USE
@value integer OP_SINGLE_ECDH_USE
@value integer OP_NO_TICKET
@value integer OP_LEGACY_SERVER_CONNECT
@value integer OP_NO_COMPRESSION
@value integer OP_NO_RENEGOTIATION
@value integer OP_ENABLE_MIDDLEBOX_COMPAT
@value integer OP_IGNORE_UNEXPECTED_EOF
@value integer OP_ENABLE_KTLS
@value integer VERIFY_DEFAULT
@value integer VERIFY_CRL_CHECK_LEAF
@value integer VERIFY_CRL_CHECK_CHAIN
@value integer VERIFY_X509_STRICT
@value integer VERIFY_X509_TRUSTED_FIRST
@value integer VERIFY_ALLOW_PROXY_CERTS
@value integer VERIFY_X509_PARTIAL_CHAIN
@value integer OPENSSL_VERSION_NUMBER
@value boolean HAS_SNI
@value boolean HAS_ALPN
@value boolean HAS_ECDH
@value boolean HAS_TLSv1
@value boolean HAS_TLSv1_1
@value boolean HAS_TLSv1_2
@value boolean HAS_TLSv1_3
@value boolean HAS_PHA
@value boolean HAS_NEVER_CHECK_COMMON_NAME
@value boolean HAS_NPN
@value boolean HAS_SSLv2
@value boolean HAS_SSLv3
@value boolean HAS_PSK
@value boolean HAS_PSK_TLS13
@value string OPENSSL_VERSION the version of the library that is loaded
@value table OPENSSL_VERSION_INFO the same as five numbers
*/
#define C(name, value) \
  { #name, value }
static const struct {
  const char *name;
  lua_Integer value;
} constants[] = {
    C(CERT_NONE, 0),
    C(CERT_OPTIONAL, 1),
    C(CERT_REQUIRED, 2),
    C(PROTOCOL_TLS, 2),
    C(PROTOCOL_SSLv23, 2),
    C(PROTOCOL_TLS_CLIENT, 16),
    C(PROTOCOL_TLS_SERVER, 17),
    C(SSL_ERROR_SSL, SSL_ERROR_SSL),
    C(SSL_ERROR_WANT_READ, SSL_ERROR_WANT_READ),
    C(SSL_ERROR_WANT_WRITE, SSL_ERROR_WANT_WRITE),
    C(SSL_ERROR_WANT_X509_LOOKUP, SSL_ERROR_WANT_X509_LOOKUP),
    C(SSL_ERROR_SYSCALL, SSL_ERROR_SYSCALL),
    C(SSL_ERROR_ZERO_RETURN, SSL_ERROR_ZERO_RETURN),
    C(SSL_ERROR_WANT_CONNECT, SSL_ERROR_WANT_CONNECT),
    C(SSL_ERROR_EOF, TLS_ERROR_EOF),
    C(SSL_ERROR_INVALID_ERROR_CODE, 10),
    C(OP_ALL, (lua_Integer)SSL_OP_ALL),
    C(OP_NO_SSLv2, 0),
    C(OP_NO_SSLv3, (lua_Integer)SSL_OP_NO_SSLv3),
    C(OP_NO_TLSv1, (lua_Integer)SSL_OP_NO_TLSv1),
    C(OP_NO_TLSv1_1, (lua_Integer)SSL_OP_NO_TLSv1_1),
    C(OP_NO_TLSv1_2, (lua_Integer)SSL_OP_NO_TLSv1_2),
    C(OP_NO_TLSv1_3, (lua_Integer)SSL_OP_NO_TLSv1_3),
    C(OP_CIPHER_SERVER_PREFERENCE, (lua_Integer)SSL_OP_CIPHER_SERVER_PREFERENCE),
    C(OP_SINGLE_DH_USE, 0),
    C(OP_SINGLE_ECDH_USE, 0),
    C(OP_NO_TICKET, (lua_Integer)SSL_OP_NO_TICKET),
    C(OP_LEGACY_SERVER_CONNECT, (lua_Integer)SSL_OP_LEGACY_SERVER_CONNECT),
    C(OP_NO_COMPRESSION, (lua_Integer)SSL_OP_NO_COMPRESSION),
    C(OP_NO_RENEGOTIATION, (lua_Integer)SSL_OP_NO_RENEGOTIATION),
    C(OP_ENABLE_MIDDLEBOX_COMPAT, (lua_Integer)SSL_OP_ENABLE_MIDDLEBOX_COMPAT),
    C(OP_IGNORE_UNEXPECTED_EOF, (lua_Integer)SSL_OP_IGNORE_UNEXPECTED_EOF),
    C(OP_ENABLE_KTLS, (lua_Integer)SSL_OP_ENABLE_KTLS),
    C(VERIFY_DEFAULT, 0),
    C(VERIFY_CRL_CHECK_LEAF, X509_V_FLAG_CRL_CHECK),
    C(VERIFY_CRL_CHECK_CHAIN, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL),
    C(VERIFY_X509_STRICT, X509_V_FLAG_X509_STRICT),
    C(VERIFY_X509_TRUSTED_FIRST, X509_V_FLAG_TRUSTED_FIRST),
    C(VERIFY_ALLOW_PROXY_CERTS, X509_V_FLAG_ALLOW_PROXY_CERTS),
    C(VERIFY_X509_PARTIAL_CHAIN, X509_V_FLAG_PARTIAL_CHAIN),
    C(OPENSSL_VERSION_NUMBER, OPENSSL_VERSION_NUMBER),
};
#undef C

static const char *const yes[] = {"HAS_SNI",     "HAS_ALPN",    "HAS_ECDH",
                                  "HAS_TLSv1",   "HAS_TLSv1_1", "HAS_TLSv1_2",
                                  "HAS_TLSv1_3", "HAS_PHA",     "HAS_NEVER_CHECK_COMMON_NAME",
                                  NULL};
static const char *const no[] = {"HAS_NPN", "HAS_SSLv2", "HAS_SSLv3", "HAS_PSK", "HAS_PSK_TLS13", NULL};

void ps_tls_constants_open(lua_State *L) {
  for (size_t i = 0; i < sizeof constants / sizeof *constants; i++) {
    lua_pushinteger(L, constants[i].value);
    lua_setfield(L, TLS_MODULE, constants[i].name);
  }
  for (int value = 0; value < 2; value++)
    for (const char *const *name = value ? yes : no; *name != NULL; name++) {
      lua_pushboolean(L, value);
      lua_setfield(L, TLS_MODULE, *name);
    }
  lua_pushstring(L, OpenSSL_version(OPENSSL_VERSION));
  lua_setfield(L, TLS_MODULE, "OPENSSL_VERSION");
  const lua_Integer info[] = {OPENSSL_version_major(), OPENSSL_version_minor(), 0, OPENSSL_version_patch(), 0};
  lua_createtable(L, 5, 0);
  for (int i = 0; i < 5; i++) {
    lua_pushinteger(L, info[i]);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, TLS_MODULE, "OPENSSL_VERSION_INFO");
}

/***
Random bytes, fit for keys.
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
Whether the generator of random numbers has enough entropy.
@function RAND_status
@treturn boolean
@see Python's ssl.RAND_status
*/
static int f_rand_status(lua_State *L) {
  lua_pushboolean(L, RAND_status());
  return 1;
}

/***
Mixes bytes into the generator of random numbers.
@function RAND_add
@tparam string bytes
@tparam number entropy how many of these bytes nobody can know, at least
@see Python's ssl.RAND_add
*/
static int f_rand_add(lua_State *L) {
  size_t length;
  const char *bytes = ps_check_buffer(L, 1, "bytes", &length);
  RAND_add(bytes, (int)length, luaL_checknumber(L, 2));
  return 0;
}

static const luaL_Reg functions[] = {
    {"RAND_bytes", f_rand_bytes}, {"RAND_status", f_rand_status}, {"RAND_add", f_rand_add}, {NULL, NULL}};

static void (*const openers[])(lua_State *L) = {ps_tls_error_open,   ps_tls_constants_open, ps_tls_context_open,
                                                ps_tls_trust_open,   ps_tls_session_open,   ps_tls_connection_open,
                                                ps_tls_transfer_open};

/* Returns the functions for ssl.lua alone; the table that users see is its field "module". */
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

/* OpenSSL registers exit handlers, and other libraries of the process may use it: the code stays mapped. */
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
