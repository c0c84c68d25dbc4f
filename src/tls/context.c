/* SPDX-License-Identifier: MIT */
/* SSLContext: what the connections of a program have in common, versions, ciphers, certificates, and how peers are verified. */
#include <string.h>

#include "tls.h"

#define CONTEXTS "pysocket.SSLContext"

/* Python's numbers */
enum { PROTOCOL_TLS = 2, PROTOCOL_TLS_CLIENT = 16, PROTOCOL_TLS_SERVER = 17 };

/* Python's list: forward secrecy, no weak hashes */
#define CIPHERS "@SECLEVEL=2:ECDH+AESGCM:ECDH+CHACHA20:ECDH+AES:DHE+AES:!aNULL:!eNULL:!aDSS:!SHA1:!AESCCM"

Context *ps_tls_context_check(lua_State *L, int arg) {
  Context *c = luaL_testudata(L, arg, CONTEXTS);
  if (c == NULL || c->ctx == NULL) ps_type_error(L, arg, "SSLContext");
  return c;
}

static int context_gc(lua_State *L) {
  Context *c = lua_touserdata(L, 1);
  SSL_CTX_free(c->ctx);
  c->ctx = NULL;
  return 0;
}

static int choose_alpn(SSL *ssl, const unsigned char **out, unsigned char *length, const unsigned char *in,
                       unsigned size, void *data) {
  (void)ssl;
  const Context *c = data;
  int found = SSL_select_next_proto((unsigned char **)(uintptr_t)out, length, c->alpn, c->alpn_length, in, size);
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

/***
A context: the settings, certificates and authorities of connections. `create_default_context` makes one that is ready to use.
@function SSLContext
@tparam[opt=PROTOCOL_TLS] integer protocol `PROTOCOL_TLS_CLIENT` (verifies certificates and host names) or
  `PROTOCOL_TLS_SERVER`
@treturn SSLContext TLS 1.2 at least
@raise SSLError
@see Python's ssl.SSLContext
*/
static int f_context(lua_State *L) {
  int protocol = ps_opt_int(L, 1, "protocol", PROTOCOL_TLS);
  if (protocol != PROTOCOL_TLS && protocol != PROTOCOL_TLS_CLIENT && protocol != PROTOCOL_TLS_SERVER)
    ps_arg_error(L, 1, "protocol must be PROTOCOL_TLS_CLIENT, PROTOCOL_TLS_SERVER or PROTOCOL_TLS, got %d", protocol);
  Context *c = lua_newuserdatauv(L, sizeof *c, CONTEXT_VALUES);
  *c = (Context){.protocol = protocol, .check_hostname = protocol == PROTOCOL_TLS_CLIENT};
  luaL_setmetatable(L, CONTEXTS);
  ERR_clear_error();
  c->ctx = SSL_CTX_new(protocol == PROTOCOL_TLS_CLIENT   ? TLS_client_method()
                       : protocol == PROTOCOL_TLS_SERVER ? TLS_server_method()
                                                         : TLS_method());
  if (c->ctx == NULL) return ps_tls_error_raise(L, "SSLContext");
  SSL_CTX_set_mode(c->ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                               SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY);
  SSL_CTX_set_options(c->ctx, (SSL_OP_ALL & ~SSL_OP_DONT_INSERT_EMPTY_FRAGMENTS) | SSL_OP_NO_COMPRESSION |
                                  SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_min_proto_version(c->ctx, TLS1_2_VERSION);
  SSL_CTX_set_verify(c->ctx, protocol == PROTOCOL_TLS_CLIENT ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(c->ctx), X509_V_FLAG_TRUSTED_FIRST);
  SSL_CTX_set_session_id_context(c->ctx, (const unsigned char *)"pysocket", 8);
  if (!SSL_CTX_set_cipher_list(c->ctx, CIPHERS)) return ps_tls_error_raise(L, "SSLContext");
  return 1;
}

/***
Says which ciphers may be used up to TLS 1.2.
@function SSLContext:set_ciphers
@tparam string ciphers in OpenSSL's notation
@raise SSLError
@see Python's SSLContext.set_ciphers
*/
static int m_set_ciphers(lua_State *L) {
  const Context *c = ps_tls_context_check(L, 1);
  ERR_clear_error();
  if (SSL_CTX_set_cipher_list(c->ctx, ps_check_name(L, 2, "ciphers"))) return 0;
  ps_tls_error_text(L, "SSLError", SSL_ERROR_SSL, "No cipher can be selected.", "set_ciphers");
  ERR_clear_error();
  return lua_error(L);
}

/***
Says which ciphers may be used in TLS 1.3.
@function SSLContext:set_ciphersuites
@tparam string ciphersuites in OpenSSL's notation
@raise SSLError
@see Python's SSLContext.set_ciphersuites
*/
static int m_set_ciphersuites(lua_State *L) {
  const Context *c = ps_tls_context_check(L, 1);
  ERR_clear_error();
  if (!SSL_CTX_set_ciphersuites(c->ctx, ps_check_name(L, 2, "ciphersuites")))
    return ps_tls_error_raise(L, "set_ciphersuites");
  return 0;
}

/***
Says which groups (elliptic curves) may be used for the exchange of keys.
@function SSLContext:set_groups
@tparam string groups names, with colons between them
@raise SSLError
@see Python's SSLContext.set_groups
*/
static int m_set_groups(lua_State *L) {
  const Context *c = ps_tls_context_check(L, 1);
  ERR_clear_error();
  if (!SSL_CTX_set1_groups_list(c->ctx, ps_check_name(L, 2, "groups"))) return ps_tls_error_raise(L, "set_groups");
  return 0;
}

/***
The ciphers that may be used.
@function SSLContext:get_ciphers
@treturn table a sequence of tables with `name`, `protocol`, `strength_bits`, `description`
@see Python's SSLContext.get_ciphers
*/
static int m_get_ciphers(lua_State *L) {
  const Context *c = ps_tls_context_check(L, 1);
  STACK_OF(SSL_CIPHER) *ciphers = SSL_CTX_get_ciphers(c->ctx);
  lua_newtable(L);
  for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); i++) {
    char text[512];
    const SSL_CIPHER *cipher = sk_SSL_CIPHER_value(ciphers, i);
    lua_createtable(L, 0, 4);
    lua_pushstring(L, SSL_CIPHER_get_name(cipher));
    lua_setfield(L, -2, "name");
    lua_pushstring(L, SSL_CIPHER_get_version(cipher));
    lua_setfield(L, -2, "protocol");
    lua_pushinteger(L, SSL_CIPHER_get_bits(cipher, NULL));
    lua_setfield(L, -2, "strength_bits");
    lua_pushstring(L, SSL_CIPHER_description(cipher, text, sizeof text));
    lua_setfield(L, -2, "description");
    lua_rawseti(L, -2, i + 1);
  }
  return 1;
}

/***
The protocols that this side offers, best first, or chooses from (ALPN, RFC 7301).
@function SSLContext:set_alpn_protocols
@tparam table protocols a sequence of names such as `"h2"`, `"http/1.1"`
@raise SSLError
@see Python's SSLContext.set_alpn_protocols
*/
static int m_set_alpn_protocols(lua_State *L) {
  Context *c = ps_tls_context_check(L, 1);
  if (!lua_istable(L, 2)) ps_type_error(L, 2, "table");
  lua_settop(L, 2);
  lua_Integer count = luaL_len(L, 2);
  luaL_Buffer b;
  luaL_buffinit(L, &b);
  for (lua_Integer i = 1; i <= count; i++) {
    size_t length = 0;
    if (lua_geti(L, 2, i) != LUA_TSTRING)
      ps_arg_error(L, 2, "protocol %I must be a string, got %s", i, luaL_typename(L, -1));
    lua_tolstring(L, -1, &length);
    if (length == 0 || length > 255)
      ps_arg_error(L, 2, "protocol %I must have 1-255 bytes, got %I", i, (lua_Integer)length);
    char first = (char)length;
    lua_pushlstring(L, &first, 1);
    lua_insert(L, -2);
    lua_concat(L, 2);
    luaL_addvalue(&b);
  }
  luaL_pushresult(&b);
  size_t length;
  const unsigned char *wire = (const unsigned char *)lua_tolstring(L, -1, &length);
  lua_setiuservalue(L, 1, CONTEXT_ALPN);
  c->alpn = (unsigned char *)(uintptr_t)wire;
  c->alpn_length = (unsigned)length;
  if (SSL_CTX_set_alpn_protos(c->ctx, wire, (unsigned)length) != 0) return ps_tls_error_raise(L, "set_alpn_protocols");
  SSL_CTX_set_alpn_select_cb(c->ctx, length > 0 ? choose_alpn : NULL, c);
  return 0;
}

/***
How many sessions there are, and how they were used.
@function SSLContext:session_stats
@treturn table with `number`, `connect`, `connect_good`, `accept`, `accept_good`, `hits`, `misses`, `timeouts`, `cache_full`
@see Python's SSLContext.session_stats
*/
static int m_session_stats(lua_State *L) {
  SSL_CTX *ctx = ps_tls_context_check(L, 1)->ctx;
  const struct {
    const char *name;
    long value;
  } stats[] = {{"number", SSL_CTX_sess_number(ctx)},
               {"connect", SSL_CTX_sess_connect(ctx)},
               {"connect_good", SSL_CTX_sess_connect_good(ctx)},
               {"connect_renegotiate", SSL_CTX_sess_connect_renegotiate(ctx)},
               {"accept", SSL_CTX_sess_accept(ctx)},
               {"accept_good", SSL_CTX_sess_accept_good(ctx)},
               {"accept_renegotiate", SSL_CTX_sess_accept_renegotiate(ctx)},
               {"hits", SSL_CTX_sess_hits(ctx)},
               {"misses", SSL_CTX_sess_misses(ctx)},
               {"timeouts", SSL_CTX_sess_timeouts(ctx)},
               {"cache_full", SSL_CTX_sess_cache_full(ctx)}};
  lua_createtable(L, 0, 11);
  for (size_t i = 0; i < sizeof stats / sizeof *stats; i++) {
    lua_pushinteger(L, stats[i].value);
    lua_setfield(L, -2, stats[i].name);
  }
  return 1;
}

/* Attributes: a getter and a setter each. */

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

/* Python's -2 and -1 stand for the lowest and the highest version that OpenSSL has */
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

static void get_security_level(lua_State *L, const Context *c) {
  lua_pushinteger(L, SSL_CTX_get_security_level(c->ctx));
}
static void get_protocol(lua_State *L, const Context *c) { lua_pushinteger(L, c->protocol); }
static void get_handshake_auth(lua_State *L, const Context *c) { lua_pushboolean(L, c->handshake_auth); }
static void set_handshake_auth(lua_State *L, Context *c) { c->handshake_auth = lua_toboolean(L, 3); }

static const struct {
  const char *name;
  void (*get)(lua_State *L, const Context *c);
  void (*set)(lua_State *L, Context *c); /* NULL: it cannot be set */
} attributes[] = {
    {"verify_mode", get_verify_mode, set_verify_mode},
    {"check_hostname", get_check_hostname, set_check_hostname},
    {"verify_flags", get_verify_flags, set_verify_flags},
    {"options", get_options, set_options},
    {"minimum_version", get_minimum_version, set_minimum_version},
    {"maximum_version", get_maximum_version, set_maximum_version},
    {"num_tickets", get_num_tickets, set_num_tickets},
    {"post_handshake_auth", get_handshake_auth, set_handshake_auth},
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
  if (i == COUNT || attributes[i].set == NULL) {
    ps_where_push(L);
    lua_pushfstring(L, "field '%s' of an SSLContext cannot be set", luaL_tolstring(L, 2, NULL));
    lua_remove(L, -2);
    lua_concat(L, 2);
    return lua_error(L);
  }
  attributes[i].set(L, c);
  return 0;
}

static const luaL_Reg methods[] = {{"set_ciphers", m_set_ciphers},
                                   {"set_ciphersuites", m_set_ciphersuites},
                                   {"set_groups", m_set_groups},
                                   {"get_ciphers", m_get_ciphers},
                                   {"set_alpn_protocols", m_set_alpn_protocols},
                                   {"session_stats", m_session_stats},
                                   {NULL, NULL}};

static const luaL_Reg metamethods[] = {{"__gc", context_gc}, {"__newindex", context_newindex}, {NULL, NULL}};

static const luaL_Reg functions[] = {{"new_context", f_context}, {NULL, NULL}};

void ps_tls_context_open(lua_State *L) {
  ps_register(L, TLS_LOCAL, functions, 0);
  ps_tls_metatable_push(L, CONTEXTS, metamethods, NULL);
  lua_pushnil(L);
  ps_class_push(L, "SSLContext");
  ps_register(L, -1, methods, PS_METHOD);
  lua_pushvalue(L, -1);
  lua_setfield(L, TLS_MODULE, "SSLContext");
  lua_pushvalue(L, -1);
  lua_setfield(L, -3, "__class");
  ps_function_push(L, "index", context_index, PS_METHOD, 1);
  lua_setfield(L, -2, "__index");
  lua_settop(L, TLS_LOCAL);
}
