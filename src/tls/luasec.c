/* SPDX-License-Identifier: MIT */
/*
** Additions to Python's interface that LuaSec's interface (luasocket/ssl.lua) needs: contexts with OpenSSL's defaults,
** whose parts are loaded one by one, and details of connections. A failure is a result: false and LuaSec's message.
*/
#include <string.h>

#include <openssl/ec.h>
#include <openssl/pem.h>

#include "tls.h"

/* returns false and a message with OpenSSL's first reason */
static int fail(lua_State *L, const char *format) {
  unsigned long e = ERR_peek_error();
  char buffer[128];
  const char *reason =
      ERR_SYSTEM_ERROR(e) ? sys_strerror(ERR_GET_REASON(e), buffer, sizeof buffer) : ERR_reason_error_string(e);
  lua_pushboolean(L, 0);
  lua_pushfstring(L, format, reason != NULL ? reason : "unknown error");
  ERR_clear_error();
  return 2;
}

static int finish(lua_State *L, int ok, const char *format) {
  if (!ok) return fail(L, format);
  lua_pushboolean(L, 1);
  return 1;
}

/* new(lowest, highest): a context for these versions of TLS (0: OpenSSL's limit), or nil */
static int f_new(lua_State *L) {
  int lowest = (int)luaL_checkinteger(L, 1), highest = (int)luaL_checkinteger(L, 2);
  const Context *c = ps_tls_context_push(L, PROTOCOL_TLS, TLS_method());
  int ok = (lowest == 0 || SSL_CTX_set_min_proto_version(c->ctx, lowest)) &&
           (highest == 0 || SSL_CTX_set_max_proto_version(c->ctx, highest));
  if (!ok) lua_pushnil(L);
  return 1;
}

/* key(context, path, password) */
static int f_key(lua_State *L) {
  const Context *c = ps_tls_context_check(L, 1);
  const char *path = luaL_checkstring(L, 2);
  lua_settop(L, 3);
  ERR_clear_error();
  return finish(L, ps_tls_key_load(L, c, path, 3) == 1, "error loading private key (%s)");
}

/* certificate(context, path) */
static int f_certificate(lua_State *L) {
  const Context *c = ps_tls_context_check(L, 1);
  const char *path = luaL_checkstring(L, 2);
  ERR_clear_error();
  return finish(L, SSL_CTX_use_certificate_chain_file(c->ctx, path) == 1, "error loading certificate (%s)");
}

/* check_key(context) */
static int f_check_key(lua_State *L) {
  const Context *c = ps_tls_context_check(L, 1);
  lua_pushboolean(L, SSL_CTX_check_private_key(c->ctx) == 1);
  ERR_clear_error();
  return 1;
}

/* locations(context, file, folder) */
static int f_locations(lua_State *L) {
  const Context *c = ps_tls_context_check(L, 1);
  const char *file = luaL_optstring(L, 2, NULL), *folder = luaL_optstring(L, 3, NULL);
  ERR_clear_error();
  return finish(L, SSL_CTX_load_verify_locations(c->ctx, file, folder) == 1, "error loading CA locations (%s)");
}

/* ciphers(context, list) */
static int f_ciphers(lua_State *L) {
  const Context *c = ps_tls_context_check(L, 1);
  const char *list = luaL_checkstring(L, 2);
  ERR_clear_error();
  return finish(L, SSL_CTX_set_cipher_list(c->ctx, list) == 1, "error setting cipher list (%s)");
}

/* ciphersuites(context, list) */
static int f_ciphersuites(lua_State *L) {
  const Context *c = ps_tls_context_check(L, 1);
  const char *list = luaL_checkstring(L, 2);
  ERR_clear_error();
  return finish(L, SSL_CTX_set_ciphersuites(c->ctx, list) == 1, "error setting cipher list (%s)");
}

/* groups(context, list) */
static int f_groups(lua_State *L) {
  const Context *c = ps_tls_context_check(L, 1);
  const char *list = luaL_checkstring(L, 2);
  lua_pushboolean(L, SSL_CTX_set1_groups_list(c->ctx, list) != 0);
  ERR_clear_error();
  return 1;
}

/* verify(context, peer, once, required) */
static int f_verify(lua_State *L) {
  const Context *c = ps_tls_context_check(L, 1);
  int mode = (lua_toboolean(L, 2) ? SSL_VERIFY_PEER : 0) | (lua_toboolean(L, 3) ? SSL_VERIFY_CLIENT_ONCE : 0) |
             (lua_toboolean(L, 4) ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0);
  SSL_CTX_set_verify(c->ctx, mode, NULL);
  return 0;
}

/* verify_further(context, flags, tolerant, any_purpose) */
static int f_verify_further(lua_State *L) {
  Context *c = ps_tls_context_check(L, 1);
  X509_STORE_set_flags(SSL_CTX_get_cert_store(c->ctx), (unsigned long)luaL_checkinteger(L, 2));
  c->notes = 1;
  c->tolerant = (unsigned char)lua_toboolean(L, 3);
  c->any_purpose = (unsigned char)lua_toboolean(L, 4);
  return 0;
}

/* options(context, bits) */
static int f_options(lua_State *L) {
  const Context *c = ps_tls_context_check(L, 1);
  SSL_CTX_set_options(c->ctx, (uint64_t)luaL_checkinteger(L, 2));
  return 0;
}

/* depth(context, count) */
static int f_depth(lua_State *L) {
  const Context *c = ps_tls_context_check(L, 1);
  SSL_CTX_set_verify_depth(c->ctx, (int)luaL_checkinteger(L, 2));
  return 0;
}

/* dh(context, text): sets parameters in PEM; returns false for an invalid text */
static int f_dh(lua_State *L) {
  size_t length;
  const Context *c = ps_tls_context_check(L, 1);
  const char *text = luaL_checklstring(L, 2, &length);
  BIO *bio = ps_tls_memory_push(L);
  if (length > INT32_MAX || BIO_write(bio, text, (int)length) != (int)length) return ps_tls_error_raise(L, "dhparam");
  EVP_PKEY *parameters = PEM_read_bio_Parameters(bio, NULL);
  int ok = parameters != NULL && SSL_CTX_set0_tmp_dh_pkey(c->ctx, parameters);
  if (!ok) EVP_PKEY_free(parameters);
  ERR_clear_error();
  lua_pushboolean(L, ok);
  return 1;
}

/* connection(context, server_side): an SSLSocket without a descriptor */
static int f_connection(lua_State *L) {
  ps_tls_context_check(L, 1);
  lua_settop(L, 2);
  lua_pushnil(L);
  Tls *t = ps_tls_new(L, 1, 3, 3);
  t->server_side = (unsigned char)lua_toboolean(L, 2);
  ps_tls_socket_push(L, t, AF_UNSPEC, SOCK_STREAM, 0);
  return 1;
}

/* Returns the SSL of the socket at 1. Raises an error if the socket had no descriptor yet. */
static SSL *check_ssl(lua_State *L) {
  const Tls *t = ps_tls_check(L, 1);
  if (t->ssl == NULL) ps_arg_error(L, 1, "SSLSocket is not connected");
  return t->ssl;
}

/* name(socket, name): sets the host name that a client asks for */
static int f_name(lua_State *L) {
  const Tls *t = ps_tls_check(L, 1);
  const char *name = luaL_checkstring(L, 2);
  ERR_clear_error();
  lua_pushboolean(L, t->ssl != NULL && SSL_set_tlsext_host_name(t->ssl, name) == 1);
  ERR_clear_error();
  return 1;
}

/* server_name(socket): the host name that the client has asked for */
static int f_server_name(lua_State *L) {
  const Tls *t = ps_tls_check(L, 1);
  lua_pushstring(L, t->ssl == NULL ? NULL : SSL_get_servername(t->ssl, TLSEXT_NAMETYPE_host_name));
  return 1;
}

/* peer_certificate(socket, n): the n-th certificate of the peer, beginning with its own; or nil */
static int f_peer_certificate(lua_State *L) {
  const SSL *ssl = check_ssl(L);
  lua_Integer n = ps_check_integer(L, 2, "n", 1, INT32_MAX);
  STACK_OF(X509) *chain = SSL_get_peer_cert_chain(ssl); /* on a server, it lacks the client's own */
  lua_Integer index = n - 1 - SSL_is_server(ssl);
  X509 *x = NULL;
  if (n == 1) x = SSL_get0_peer_certificate(ssl);
  else if (chain != NULL && index >= 0 && index < sk_X509_num(chain)) x = sk_X509_value(chain, (int)index);
  if (x != NULL) ps_tls_x509_push(L, x);
  else lua_pushnil(L);
  return 1;
}

/* verification(socket): true; or false and a message, or the messages for each certificate by its depth + 1 */
static int f_verification(lua_State *L) {
  const SSL *ssl = check_ssl(L);
  const Tls *t = SSL_get_app_data(ssl);
  const Context *c = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
  long result = SSL_get_verify_result(ssl);
  lua_pushboolean(L, result == X509_V_OK);
  if (result == X509_V_OK) return 1;
  if (!c->notes) {
    lua_pushstring(L, X509_verify_cert_error_string(result));
    return 2;
  }
  lua_newtable(L);
  for (int i = 0; i < t->fault_count; i++) {
    lua_Integer place = t->faults[i].depth + 1;
    if (lua_rawgeti(L, -1, place) == LUA_TNIL) {
      lua_pop(L, 1);
      lua_newtable(L);
      lua_pushvalue(L, -1);
      lua_rawseti(L, -3, place);
    }
    lua_pushstring(L, X509_verify_cert_error_string(t->faults[i].code));
    lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
    lua_pop(L, 1);
  }
  return 2;
}

static int push_finished(lua_State *L, size_t (*get)(const SSL *ssl, void *buffer, size_t size)) {
  char data[EVP_MAX_MD_SIZE];
  size_t size = get(check_ssl(L), data, sizeof data);
  if (size == 0) return 0;
  lua_pushlstring(L, data, size < sizeof data ? size : sizeof data);
  return 1;
}

static int f_finished(lua_State *L) { return push_finished(L, SSL_get_finished); }
static int f_peer_finished(lua_State *L) { return push_finished(L, SSL_get_peer_finished); }

/* export(socket, label, length, context): keying material (RFC 5705); or nil */
static int f_export(lua_State *L) {
  size_t label_length, context_length = 0;
  SSL *ssl = check_ssl(L);
  const char *label = luaL_checklstring(L, 2, &label_length), *context = NULL;
  lua_Integer length = ps_check_integer(L, 3, "length", 0, 1 << 20);
  if (!lua_isnoneornil(L, 4)) context = luaL_checklstring(L, 4, &context_length);
  luaL_Buffer b;
  char *data = luaL_buffinitsize(L, &b, (size_t)length);
  ERR_clear_error();
  int ok = SSL_export_keying_material(ssl, (unsigned char *)data, (size_t)length, label, label_length,
                                      (const unsigned char *)context, context_length, context != NULL);
  luaL_pushresultsize(&b, ok == 1 ? (size_t)length : 0);
  if (ok != 1) lua_pushnil(L);
  ERR_clear_error();
  return 1;
}

/* info(socket): OpenSSL's description of the cipher, its secret bits, its total bits, the version of TLS */
static int f_info(lua_State *L) {
  const SSL *ssl = check_ssl(L);
  const SSL_CIPHER *cipher = SSL_get_current_cipher(ssl);
  char text[256];
  int all = 0, secret = SSL_CIPHER_get_bits(cipher, &all);
  if (cipher == NULL) return 0;
  lua_pushstring(L, SSL_CIPHER_description(cipher, text, sizeof text));
  lua_pushnumber(L, secret);
  lua_pushnumber(L, all);
  lua_pushstring(L, SSL_get_version(ssl));
  return 4;
}

/* curves(): the elliptic curves that OpenSSL supports, as keys */
static int f_curves(lua_State *L) {
  size_t count = EC_get_builtin_curves(NULL, 0);
  EC_builtin_curve *curves = lua_newuserdatauv(L, (count + 1) * sizeof *curves, 0);
  count = EC_get_builtin_curves(curves, count);
  lua_newtable(L);
  for (size_t i = 0; i < count; i++) {
    lua_pushboolean(L, 1);
    lua_setfield(L, -2, OBJ_nid2sn(curves[i].nid));
  }
  return 1;
}

#define O(name, option) \
  { #name, (lua_Integer)(option) }
static const struct {
  const char *name;
  lua_Integer bits;
} options[] = {
    O(all, SSL_OP_ALL),
    O(allow_client_renegotiation, SSL_OP_ALLOW_CLIENT_RENEGOTIATION),
    O(allow_no_dhe_kex, SSL_OP_ALLOW_NO_DHE_KEX),
    O(allow_unsafe_legacy_renegotiation, SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION),
    O(cipher_server_preference, SSL_OP_CIPHER_SERVER_PREFERENCE),
    O(cisco_anyconnect, SSL_OP_CISCO_ANYCONNECT),
    O(cleanse_plaintext, SSL_OP_CLEANSE_PLAINTEXT),
    O(cookie_exchange, SSL_OP_COOKIE_EXCHANGE),
    O(cryptopro_tlsext_bug, SSL_OP_CRYPTOPRO_TLSEXT_BUG),
    O(disable_tlsext_ca_names, SSL_OP_DISABLE_TLSEXT_CA_NAMES),
    O(dont_insert_empty_fragments, SSL_OP_DONT_INSERT_EMPTY_FRAGMENTS),
    O(enable_ktls, SSL_OP_ENABLE_KTLS),
    O(enable_middlebox_compat, SSL_OP_ENABLE_MIDDLEBOX_COMPAT),
    O(ignore_unexpected_eof, SSL_OP_IGNORE_UNEXPECTED_EOF),
    O(legacy_server_connect, SSL_OP_LEGACY_SERVER_CONNECT),
    O(no_anti_replay, SSL_OP_NO_ANTI_REPLAY),
    O(no_compression, SSL_OP_NO_COMPRESSION),
    O(no_dtlsv1, SSL_OP_NO_DTLSv1),
    O(no_dtlsv1_2, SSL_OP_NO_DTLSv1_2),
    O(no_encrypt_then_mac, SSL_OP_NO_ENCRYPT_THEN_MAC),
    O(no_extended_master_secret, SSL_OP_NO_EXTENDED_MASTER_SECRET),
    O(no_query_mtu, SSL_OP_NO_QUERY_MTU),
    O(no_renegotiation, SSL_OP_NO_RENEGOTIATION),
    O(no_session_resumption_on_renegotiation, SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION),
    O(no_sslv3, SSL_OP_NO_SSLv3),
    O(no_ticket, SSL_OP_NO_TICKET),
    O(no_tlsv1, SSL_OP_NO_TLSv1),
    O(no_tlsv1_1, SSL_OP_NO_TLSv1_1),
    O(no_tlsv1_2, SSL_OP_NO_TLSv1_2),
    O(no_tlsv1_3, SSL_OP_NO_TLSv1_3),
    O(prioritize_chacha, SSL_OP_PRIORITIZE_CHACHA),
    O(tls_rollback_bug, SSL_OP_TLS_ROLLBACK_BUG),
    O(tlsext_padding, SSL_OP_TLSEXT_PADDING),
};
#undef O

static const luaL_Reg functions[] = {{"new", f_new},
                                     {"key", f_key},
                                     {"certificate", f_certificate},
                                     {"check_key", f_check_key},
                                     {"locations", f_locations},
                                     {"ciphers", f_ciphers},
                                     {"ciphersuites", f_ciphersuites},
                                     {"groups", f_groups},
                                     {"verify", f_verify},
                                     {"verify_further", f_verify_further},
                                     {"options", f_options},
                                     {"depth", f_depth},
                                     {"dh", f_dh},
                                     {"connection", f_connection},
                                     {"name", f_name},
                                     {"server_name", f_server_name},
                                     {"peer_certificate", f_peer_certificate},
                                     {"verification", f_verification},
                                     {"finished", f_finished},
                                     {"peer_finished", f_peer_finished},
                                     {"export", f_export},
                                     {"info", f_info},
                                     {"curves", f_curves},
                                     {NULL, NULL}};

/* Adds the table of these functions, with the bits of options by name in its field "option_bits". */
void ps_tls_luasec_open(lua_State *L) {
  lua_newtable(L);
  ps_register(L, -1, functions, 0);
  lua_createtable(L, 0, sizeof options / sizeof *options);
  for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
    lua_pushinteger(L, options[i].bits);
    lua_setfield(L, -2, options[i].name);
  }
  lua_setfield(L, -2, "option_bits");
  lua_setfield(L, TLS_LOCAL, "luasec");
}
