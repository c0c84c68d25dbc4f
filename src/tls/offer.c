/* SPDX-License-Identifier: MIT */
/* The offers of a context to peers, from which the two sides choose: ciphers, groups, signature algorithms,
   protocols (ALPN). */
#include <string.h>

#include <openssl/pem.h>

#include "tls.h"

static int choose_alpn(SSL *ssl, const unsigned char **out, unsigned char *length, const unsigned char *in,
                       unsigned size, void *data) {
  (void)ssl;
  const Context *c = data;
  int found = SSL_select_next_proto((unsigned char **)(uintptr_t)out, length, c->alpn, c->alpn_length, in, size);
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

/* The common part of methods that take a list of names: 'set' passes it to OpenSSL. */
static int set_names(lua_State *L, const char *what, const char *call, int (*set)(SSL_CTX *ctx, const char *names)) {
  const Context *c = ps_tls_context_check(L, 1);
  const char *names = ps_check_name(L, 2, what);
  ERR_clear_error();
  return set(c->ctx, names) ? 0 : ps_tls_error_raise(L, call);
}

/* macros of OpenSSL */
static int set_groups(SSL_CTX *ctx, const char *names) { return SSL_CTX_set1_groups_list(ctx, names) != 0; }
static int set_sigalgs(SSL_CTX *ctx, const char *names) { return SSL_CTX_set1_sigalgs_list(ctx, names) != 0; }
static int set_client_sigalgs(SSL_CTX *ctx, const char *names) {
  return SSL_CTX_set1_client_sigalgs_list(ctx, names) != 0;
}

/***
Sets the ciphers for TLS 1.2 and older versions.
@function SSLContext:set_ciphers
@tparam string cipherlist a list in OpenSSL's notation
@raise SSLError
@see Python's SSLContext.set_ciphers
*/
static int m_set_ciphers(lua_State *L) {
  const Context *c = ps_tls_context_check(L, 1);
  ERR_clear_error();
  if (SSL_CTX_set_cipher_list(c->ctx, ps_check_name(L, 2, "cipherlist"))) return 0;
  ps_tls_error_text(L, "SSLError", SSL_ERROR_SSL, "No cipher can be selected.", "set_ciphers");
  ERR_clear_error();
  return lua_error(L);
}

/***
Sets the ciphers for TLS 1.3.
@function SSLContext:set_ciphersuites
@tparam string ciphersuites a list in OpenSSL's notation
@raise SSLError
@see Python's SSLContext.set_ciphersuites
*/
static int m_set_ciphersuites(lua_State *L) {
  return set_names(L, "ciphersuites", "set_ciphersuites", SSL_CTX_set_ciphersuites);
}

/***
Sets the groups (elliptic curves) for the key exchange.
@function SSLContext:set_groups
@tparam string grouplist names, separated by colons
@raise SSLError
@see Python's SSLContext.set_groups
*/
static int m_set_groups(lua_State *L) { return set_names(L, "grouplist", "set_groups", set_groups); }

/***
Returns the ciphers of the context.
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
Sets the protocols that a client offers, best first, or that a server chooses from (ALPN, RFC 7301).
@function SSLContext:set_alpn_protocols
@tparam table alpn_protocols a sequence of names such as `"h2"`, `"http/1.1"`
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
Sets the curve for the key exchange, as `set_groups` with one name.
@function SSLContext:set_ecdh_curve
@tparam string name
@raise SSLError
@see Python's SSLContext.set_ecdh_curve
*/
static int m_set_ecdh_curve(lua_State *L) {
  const Context *c = ps_tls_context_check(L, 1);
  const char *name = ps_check_name(L, 2, "name");
  int group = OBJ_sn2nid(name);
  if (group == NID_undef) ps_arg_error(L, 2, "unknown elliptic curve '%s'", name);
  ERR_clear_error();
  if (!SSL_CTX_set1_groups(c->ctx, &group, 1)) return ps_tls_error_raise(L, "set_ecdh_curve");
  return 0;
}

#if OPENSSL_VERSION_NUMBER >= 0x30500000L
static void free_text(void *text) { OPENSSL_free(text); }

/***
Returns the signature algorithms of the loaded OpenSSL. The function exists with OpenSSL 3.5 or later.
@function get_sigalgs
@treturn string[]
@see Python's ssl.get_sigalgs
*/
static int f_get_sigalgs(lua_State *L) {
  Owner *owner = ps_tls_owner_push(L, free_text);
  const char *names = owner->object = SSL_get1_builtin_sigalgs(NULL);
  lua_newtable(L);
  for (int i = 1; names != NULL && *names != '\0'; i++) {
    size_t length = strcspn(names, ":");
    lua_pushlstring(L, names, length);
    lua_rawseti(L, -2, i);
    names += length + (names[length] == ':');
  }
  return 1;
}

static void free_names(void *names) { sk_OPENSSL_CSTRING_free((STACK_OF(OPENSSL_CSTRING) *)names); }

/***
Returns the groups of the loaded OpenSSL for the key exchange. The method exists with OpenSSL 3.5 or later.
@function SSLContext:get_groups
@tparam[opt=false] boolean include_aliases whether other names of the same groups are included
@tparam[opt] table options the argument above by name
@treturn string[]
@raise SSLError
@see Python's SSLContext.get_groups
*/
static int m_get_groups(lua_State *L) {
  const Context *c = ps_tls_context_check(L, 1);
  ps_options_spread(L, 2, 0, "include_aliases=");
  int aliases = lua_toboolean(L, 2);
  lua_settop(L, 1);
  Owner *owner = ps_tls_owner_push(L, free_names);
  STACK_OF(OPENSSL_CSTRING) *names = sk_OPENSSL_CSTRING_new_null();
  owner->object = names;
  ERR_clear_error();
  if (names == NULL || !SSL_CTX_get0_implemented_groups(c->ctx, aliases, names))
    return ps_tls_error_raise(L, "get_groups");
  lua_newtable(L);
  for (int i = 0; i < sk_OPENSSL_CSTRING_num(names); i++) {
    lua_pushstring(L, sk_OPENSSL_CSTRING_value(names, i));
    lua_rawseti(L, -2, i + 1);
  }
  return 1;
}
#endif

/***
Sets the signature algorithms of clients.
@function SSLContext:set_client_sigalgs
@tparam string sigalgslist names, separated by colons
@raise SSLError
@see Python's SSLContext.set_client_sigalgs
*/
static int m_set_client_sigalgs(lua_State *L) {
  return set_names(L, "sigalgslist", "set_client_sigalgs", set_client_sigalgs);
}

/***
Sets the signature algorithms of servers.
@function SSLContext:set_server_sigalgs
@tparam string sigalgslist names, separated by colons
@raise SSLError
@see Python's SSLContext.set_server_sigalgs
*/
static int m_set_server_sigalgs(lua_State *L) { return set_names(L, "sigalgslist", "set_server_sigalgs", set_sigalgs); }

/***
Loads the parameters of a server's Diffie-Hellman key exchange (TLS 1.2).
@function SSLContext:load_dh_params
@tparam string path a PEM file
@raise OSError if the file cannot be read; SSLError
@see Python's SSLContext.load_dh_params
*/
static int m_load_dh_params(lua_State *L) {
  const Context *c = ps_tls_context_check(L, 1);
  const char *path = ps_check_name(L, 2, "path");
  ERR_clear_error();
  errno = 0;
  BIO *file = BIO_new_file(path, TLS_READ);
  if (file == NULL) return ps_tls_error_raise_file(L, "load_dh_params", errno);
  EVP_PKEY *parameters = PEM_read_bio_Parameters(file, NULL);
  BIO_free(file);
  if (parameters != NULL && SSL_CTX_set0_tmp_dh_pkey(c->ctx, parameters)) return 0;
  EVP_PKEY_free(parameters);
  return ps_tls_error_raise(L, "load_dh_params");
}

static const luaL_Reg methods[] = {{"set_ciphers", m_set_ciphers},
                                   {"set_ciphersuites", m_set_ciphersuites},
                                   {"get_ciphers", m_get_ciphers},
                                   {"set_groups", m_set_groups},
#if OPENSSL_VERSION_NUMBER >= 0x30500000L
                                   {"get_groups", m_get_groups},
#endif
                                   {"set_ecdh_curve", m_set_ecdh_curve},
                                   {"set_client_sigalgs", m_set_client_sigalgs},
                                   {"set_server_sigalgs", m_set_server_sigalgs},
                                   {"load_dh_params", m_load_dh_params},
                                   {"set_alpn_protocols", m_set_alpn_protocols},
                                   {NULL, NULL}};

static const luaL_Reg functions[] = {
#if OPENSSL_VERSION_NUMBER >= 0x30500000L
    {"get_sigalgs", f_get_sigalgs},
#endif
    {NULL, NULL}};

void ps_tls_offer_open(lua_State *L) {
  ps_register(L, TLS_MODULE, functions, 0);
  lua_getfield(L, TLS_MODULE, "SSLContext");
  ps_register(L, -1, methods, PS_METHOD);
  lua_settop(L, TLS_LOCAL);
}
