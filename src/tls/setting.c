/* SPDX-License-Identifier: MIT */
/* The fields of an SSLContext: a getter and a setter for each. */
#include <string.h>

#include <openssl/x509v3.h>

#include "tls.h"

enum { CERT_NONE, CERT_OPTIONAL, CERT_REQUIRED };

static void get_verify_mode(lua_State *L, const Context *c) {
  int mode = SSL_CTX_get_verify_mode(c->ctx);
  lua_pushinteger(L, !(mode & SSL_VERIFY_PEER)                ? CERT_NONE
                     : mode & SSL_VERIFY_FAIL_IF_NO_PEER_CERT ? CERT_REQUIRED
                     : c->protocol == PROTOCOL_TLS_CLIENT     ? CERT_REQUIRED
                                                              : CERT_OPTIONAL);
}

static void set_verify_mode(lua_State *L, Context *c) {
  static const int modes[] = {SSL_VERIFY_NONE, SSL_VERIFY_PEER, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT};
  int mode = (int)ps_check_integer(L, 3, "verify_mode", CERT_NONE, CERT_REQUIRED);
  if (mode == CERT_NONE && c->check_hostname)
    ps_arg_error(L, 3, "verify_mode cannot be CERT_NONE while check_hostname is true");
  SSL_CTX_set_verify(c->ctx, modes[mode], NULL);
}

static void get_check_hostname(lua_State *L, const Context *c) { lua_pushboolean(L, c->check_hostname); }

static void set_check_hostname(lua_State *L, Context *c) {
  c->check_hostname = lua_toboolean(L, 3);
  if (c->check_hostname && !(SSL_CTX_get_verify_mode(c->ctx) & SSL_VERIFY_PEER))
    SSL_CTX_set_verify(c->ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
}

static void get_verify_flags(lua_State *L, const Context *c) {
  lua_pushinteger(L, (lua_Integer)X509_VERIFY_PARAM_get_flags(SSL_CTX_get0_param(c->ctx)));
}

static void set_verify_flags(lua_State *L, Context *c) {
  unsigned long flags = (unsigned long)ps_check_integer(L, 3, "verify_flags", 0, INT32_MAX);
  X509_VERIFY_PARAM *param = SSL_CTX_get0_param(c->ctx);
  X509_VERIFY_PARAM_clear_flags(param, X509_VERIFY_PARAM_get_flags(param) & ~flags);
  X509_VERIFY_PARAM_set_flags(param, flags);
}

static void get_options(lua_State *L, const Context *c) {
  lua_pushinteger(L, (lua_Integer)SSL_CTX_get_options(c->ctx));
}

static void set_options(lua_State *L, Context *c) {
  uint64_t options = (uint64_t)ps_check_integer(L, 3, "options", 0, LUA_MAXINTEGER);
  SSL_CTX_clear_options(c->ctx, SSL_CTX_get_options(c->ctx) & ~options);
  SSL_CTX_set_options(c->ctx, options);
}

/* Python's -2 and -1 are the lowest and the highest version that OpenSSL supports */
static lua_Integer version_number(long version, int lowest) { return version == 0 ? (lowest ? -2 : -1) : version; }

static long check_version(lua_State *L, const char *what) {
  lua_Integer version = ps_check_integer(L, 3, what, -2, 0x7fff);
  return version < 0 ? 0 : (long)version;
}

static void get_minimum_version(lua_State *L, const Context *c) {
  lua_pushinteger(L, version_number(SSL_CTX_get_min_proto_version(c->ctx), 1));
}

static void set_minimum_version(lua_State *L, Context *c) {
  if (!SSL_CTX_set_min_proto_version(c->ctx, check_version(L, "minimum_version")))
    ps_arg_error(L, 3, "unsupported version of TLS, got %I", lua_tointeger(L, 3));
}

static void get_maximum_version(lua_State *L, const Context *c) {
  lua_pushinteger(L, version_number(SSL_CTX_get_max_proto_version(c->ctx), 0));
}

static void set_maximum_version(lua_State *L, Context *c) {
  if (!SSL_CTX_set_max_proto_version(c->ctx, check_version(L, "maximum_version")))
    ps_arg_error(L, 3, "unsupported version of TLS, got %I", lua_tointeger(L, 3));
}

static void get_num_tickets(lua_State *L, const Context *c) {
  lua_pushinteger(L, (lua_Integer)SSL_CTX_get_num_tickets(c->ctx));
}

static void set_num_tickets(lua_State *L, Context *c) {
  SSL_CTX_set_num_tickets(c->ctx, (size_t)ps_check_integer(L, 3, "num_tickets", 0, 1000));
}

static void get_common_name(lua_State *L, const Context *c) {
  lua_pushboolean(L, !(c->name_flags & X509_CHECK_FLAG_NEVER_CHECK_SUBJECT));
}

static void set_common_name(lua_State *L, Context *c) {
  if (lua_toboolean(L, 3)) c->name_flags &= ~(unsigned)X509_CHECK_FLAG_NEVER_CHECK_SUBJECT;
  else c->name_flags |= X509_CHECK_FLAG_NEVER_CHECK_SUBJECT;
}

static void get_security_level(lua_State *L, const Context *c) {
  lua_pushinteger(L, SSL_CTX_get_security_level(c->ctx));
}
static void get_protocol(lua_State *L, const Context *c) { lua_pushinteger(L, c->protocol); }
static void get_handshake_auth(lua_State *L, const Context *c) { lua_pushboolean(L, c->handshake_auth); }
static void set_handshake_auth(lua_State *L, Context *c) { c->handshake_auth = lua_toboolean(L, 3); }

static const struct {
  const char *name;
  void (*get)(lua_State *L, const Context *c);
  void (*set)(lua_State *L, Context *c); /* NULL: read-only */
} attributes[] = {
    {"verify_mode", get_verify_mode, set_verify_mode},
    {"check_hostname", get_check_hostname, set_check_hostname},
    {"verify_flags", get_verify_flags, set_verify_flags},
    {"options", get_options, set_options},
    {"minimum_version", get_minimum_version, set_minimum_version},
    {"maximum_version", get_maximum_version, set_maximum_version},
    {"num_tickets", get_num_tickets, set_num_tickets},
    {"post_handshake_auth", get_handshake_auth, set_handshake_auth},
    {"hostname_checks_common_name", get_common_name, set_common_name},
    {"sni_callback", ps_tls_sni_get, ps_tls_sni_set},
    {"keylog_filename", ps_tls_keylog_get, ps_tls_keylog_set},
    {"security_level", get_security_level, NULL},
    {"protocol", get_protocol, NULL},
};

#define COUNT (sizeof attributes / sizeof *attributes)

static size_t find(lua_State *L) {
  const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
  size_t i = 0;
  while (i < COUNT && strcmp(attributes[i].name, name) != 0) i++;
  return i;
}

/* a method (the table is an upvalue), or else an attribute */
static int context_index(lua_State *L) {
  const Context *c = ps_tls_context_check(L, 1);
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(PS_UP_OWN)) != LUA_TNIL) return 1;
  size_t i = find(L);
  if (i < COUNT) attributes[i].get(L, c);
  else lua_pushnil(L);
  return 1;
}

static int context_newindex(lua_State *L) {
  Context *c = ps_tls_context_check(L, 1);
  lua_settop(L, 3);
  size_t i = find(L);
  if (i == COUNT || attributes[i].set == NULL) ps_tls_refuse_field(L, "an SSLContext");
  attributes[i].set(L, c);
  return 0;
}

static const luaL_Reg metamethods[] = {{"__newindex", context_newindex}, {NULL, NULL}};

void ps_tls_settings_open(lua_State *L) {
  ps_register(L, -1, metamethods, PS_METHOD);
  lua_getfield(L, TLS_MODULE, "SSLContext");
  ps_function_push(L, "index", context_index, PS_METHOD, 1);
  lua_setfield(L, -2, "__index");
}
