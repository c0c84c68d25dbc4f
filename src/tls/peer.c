/* SPDX-License-Identifier: MIT */
/* The state of a connection and of its peer: methods that SSLSocket and SSLObject share. */
#include <string.h>

#include "tls.h"

static int push_text(lua_State *L, const char *text) { return lua_pushstring(L, text), 1; }

/***
Returns the version of TLS in use.
@function SSLSocket:version
@treturn ?string `"TLSv1.3"`; nil before the handshake
@see Python's SSLSocket.version
*/
static int m_version(lua_State *L) {
  const Tls *t = ps_tls_check(L, 1);
  return push_text(L, t->established ? SSL_get_version(t->ssl) : NULL);
}

static int push_cipher(lua_State *L, const SSL_CIPHER *cipher) {
  lua_pushstring(L, SSL_CIPHER_get_name(cipher));
  lua_pushstring(L, SSL_CIPHER_get_version(cipher));
  lua_pushinteger(L, SSL_CIPHER_get_bits(cipher, NULL));
  return 3;
}

/***
Returns the cipher in use.
@function SSLSocket:cipher
@treturn ?string its name; nil before the handshake
@treturn ?string the version of TLS that defines it
@treturn ?integer the number of its secret bits
@see Python's SSLSocket.cipher
*/
static int m_cipher(lua_State *L) {
  const Tls *t = ps_tls_check(L, 1);
  const SSL_CIPHER *cipher = t->ssl == NULL ? NULL : SSL_get_current_cipher(t->ssl);
  if (cipher == NULL) return lua_pushnil(L), 1;
  return push_cipher(L, cipher);
}

/***
Returns the ciphers that both sides support, on a server.
@function SSLSocket:shared_ciphers
@treturn ?table a sequence of `{name, version, bits}`; nil before the handshake and for a client
@see Python's SSLSocket.shared_ciphers
*/
static int m_shared_ciphers(lua_State *L) {
  const Tls *t = ps_tls_check(L, 1);
  STACK_OF(SSL_CIPHER) *theirs = t->ssl == NULL ? NULL : SSL_get_client_ciphers(t->ssl);
  STACK_OF(SSL_CIPHER) *ours = t->ssl == NULL ? NULL : SSL_get_ciphers(t->ssl);
  if (!t->server_side || theirs == NULL || ours == NULL) return lua_pushnil(L), 1;
  lua_newtable(L);
  int count = 0;
  for (int i = 0; i < sk_SSL_CIPHER_num(theirs); i++) {
    if (sk_SSL_CIPHER_find(ours, sk_SSL_CIPHER_value(theirs, i)) < 0) continue;
    lua_createtable(L, 3, 0);
    int n = push_cipher(L, sk_SSL_CIPHER_value(theirs, i));
    for (int k = n; k > 0; k--) lua_rawseti(L, -k - 1, k);
    lua_rawseti(L, -2, ++count);
  }
  return 1;
}

/***
Returns the number of bytes that a receive returns without a system call: the rest of the last record.
@function SSLSocket:pending
@treturn integer
@see Python's SSLSocket.pending
*/
static int m_pending(lua_State *L) {
  const Tls *t = ps_tls_check(L, 1);
  lua_pushinteger(L, t->ssl == NULL ? 0 : SSL_pending(t->ssl));
  return 1;
}

/***
Returns the protocol that both sides agreed on (ALPN, RFC 7301).
@function SSLSocket:selected_alpn_protocol
@treturn ?string nil if there is none
@see Python's SSLSocket.selected_alpn_protocol
*/
static int m_selected_alpn_protocol(lua_State *L) {
  const Tls *t = ps_tls_check(L, 1);
  const unsigned char *name = NULL;
  unsigned length = 0;
  if (t->ssl != NULL) SSL_get0_alpn_selected(t->ssl, &name, &length);
  if (name == NULL) lua_pushnil(L);
  else lua_pushlstring(L, (const char *)name, length);
  return 1;
}

/***
Returns the certificate of the peer.
@function SSLSocket:getpeercert
@tparam[opt=false] boolean binary_form DER instead of a table
@treturn ?table with `subject`, `issuer`, `subjectAltName`, `notBefore`, `notAfter`, `serialNumber`, `version`, ... as
in Python, each tuple a sequence; empty if the certificate was not verified; nil if the peer sent none
@raise SSLError before the handshake
@see Python's SSLSocket.getpeercert
*/
static int m_getpeercert(lua_State *L) {
  const Tls *t = ps_tls_check(L, 1);
  int binary = lua_toboolean(L, 2);
  if (!t->established) {
    ps_tls_error_text(L, "SSLError", SSL_ERROR_SSL, "the handshake is not done yet", "getpeercert");
    return lua_error(L);
  }
  X509 *x = SSL_get0_peer_certificate(t->ssl);
  if (x == NULL) lua_pushnil(L);
  else if (!binary && !(SSL_get_verify_mode(t->ssl) & SSL_VERIFY_PEER)) lua_newtable(L);
  else ps_tls_certificate_push(L, x, binary);
  return 1;
}

static int push_chain(lua_State *L, STACK_OF(X509) * chain) {
  lua_newtable(L);
  for (int i = 0; chain != NULL && i < sk_X509_num(chain); i++) {
    ps_tls_certificate_push(L, sk_X509_value(chain, i), 1);
    lua_rawseti(L, -2, i + 1);
  }
  return 1;
}

/***
Returns the chain of certificates that the verification built.
@function SSLSocket:get_verified_chain
@treturn table a sequence of certificates as DER
@see Python's SSLSocket.get_verified_chain
*/
static int m_get_verified_chain(lua_State *L) {
  const Tls *t = ps_tls_check(L, 1);
  return push_chain(L, t->ssl == NULL ? NULL : SSL_get0_verified_chain(t->ssl));
}

/***
Returns the chain of certificates that the peer sent.
@function SSLSocket:get_unverified_chain
@treturn table a sequence of certificates as DER
@see Python's SSLSocket.get_unverified_chain
*/
static int m_get_unverified_chain(lua_State *L) {
  const Tls *t = ps_tls_check(L, 1);
  return push_chain(L, t->ssl == NULL ? NULL : SSL_get_peer_cert_chain(t->ssl));
}

/***
Returns bytes that only the two ends of this connection know (RFC 5929).
@function SSLSocket:get_channel_binding
@tparam[opt="tls-unique"] string cb_type the only supported type
@treturn ?string nil before the handshake
@see Python's SSLSocket.get_channel_binding
*/
static int m_get_channel_binding(lua_State *L) {
  const Tls *t = ps_tls_check(L, 1);
  const char *type = luaL_optstring(L, 2, "tls-unique");
  if (strcmp(type, "tls-unique") != 0) ps_arg_error(L, 2, "unknown channel binding type '%s'", type);
  char data[64];
  if (!t->established) return lua_pushnil(L), 1;
  int first = SSL_session_reused(t->ssl) ? t->server_side : !t->server_side; /* this side sent Finished first */
  size_t size = first ? SSL_get_finished(t->ssl, data, sizeof data) : SSL_get_peer_finished(t->ssl, data, sizeof data);
  lua_pushlstring(L, data, size < sizeof data ? size : sizeof data);
  return 1;
}

/***
Asks a client for its certificate after the handshake (TLS 1.3). The certificate arrives with the next receive.
@function SSLSocket:verify_client_post_handshake
@async
@raise SSLError
@see Python's SSLSocket.verify_client_post_handshake
*/
static int m_verify_client_post_handshake(lua_State *L) {
  const Tls *t = ps_tls_check(L, 1);
  ERR_clear_error();
  if (t->ssl == NULL || SSL_verify_client_post_handshake(t->ssl) != 1)
    return ps_tls_error_raise(L, "verify_client_post_handshake");
  return 0;
}

/***
Returns the group (elliptic curve) of the key exchange.
@function SSLSocket:group
@treturn ?string nil before the handshake
@see Python's SSLSocket.group
*/
static int m_group(lua_State *L) {
  const Tls *t = ps_tls_check(L, 1);
  return push_text(L, t->established ? SSL_group_to_name(t->ssl, (int)SSL_get_negotiated_group(t->ssl)) : NULL);
}

#if OPENSSL_VERSION_NUMBER >= 0x30500000L
static int push_sigalg(lua_State *L, int of_server) {
  const Tls *t = ps_tls_check(L, 1);
  const char *name = NULL;
  if (!t->established) return push_text(L, NULL);
  int ours = of_server == t->server_side;
  long known = ours ? SSL_get0_signature_name(t->ssl, &name) : SSL_get0_peer_signature_name(t->ssl, &name);
  return push_text(L, known ? name : NULL);
}

/***
Returns the algorithm with which the client signed the handshake. The method exists with OpenSSL 3.5 or later.
@function SSLSocket:client_sigalg
@treturn ?string nil before the handshake, and for a client without a certificate
@see Python's SSLSocket.client_sigalg
*/
static int m_client_sigalg(lua_State *L) { return push_sigalg(L, 0); }

/***
Returns the algorithm with which the server signed the handshake. The method exists with OpenSSL 3.5 or later.
@function SSLSocket:server_sigalg
@treturn ?string nil before the handshake, and for a resumed session
@see Python's SSLSocket.server_sigalg
*/
static int m_server_sigalg(lua_State *L) { return push_sigalg(L, 1); }
#endif

const luaL_Reg ps_tls_methods[] = {{"version", m_version},
                                   {"cipher", m_cipher},
                                   {"shared_ciphers", m_shared_ciphers},
                                   {"pending", m_pending},
                                   {"selected_alpn_protocol", m_selected_alpn_protocol},
                                   {"getpeercert", m_getpeercert},
                                   {"get_verified_chain", m_get_verified_chain},
                                   {"get_unverified_chain", m_get_unverified_chain},
                                   {"get_channel_binding", m_get_channel_binding},
                                   {"verify_client_post_handshake", m_verify_client_post_handshake},
                                   {"group", m_group},
#if OPENSSL_VERSION_NUMBER >= 0x30500000L
                                   {"client_sigalg", m_client_sigalg},
                                   {"server_sigalg", m_server_sigalg},
#endif
                                   {NULL, NULL}};
