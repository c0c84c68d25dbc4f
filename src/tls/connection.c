/* SPDX-License-Identifier: MIT */
/*
** SSLSocket: how a socket becomes a TLS connection, its handshake and its end. The Tls is made before the socket that it serves:
** finalizers run in the reverse order, so the socket says goodbye and is closed before OpenSSL's part of it goes.
*/
#include <string.h>

#include <openssl/x509v3.h>

#include "transfer.h"

#define SOCKETS "pysocket.SSLSocket" /* the key of the metatable in the registry */

Tls *ps_tls_check(lua_State *L, int arg, Socket **s) {
  *s = ps_socket_to(L, ps_world(L), arg);
  if (*s == NULL || (*s)->source == NULL) ps_type_error(L, arg, "SSLSocket");
  Tls *t = (Tls *)(uintptr_t)(*s)->source;
  t->fd = (*s)->fd;
  return t;
}

static int tls_gc(lua_State *L) {
  Tls *t = lua_touserdata(L, 1);
  SSL_free(t->ssl);
  t->ssl = NULL;
  BIO_meth_free(t->method);
  t->method = NULL;
  return 0;
}

/* Keeps the name of the certificate at which verification fails. */
static int verified(int ok, X509_STORE_CTX *store) {
  if (ok) return ok;
  const SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
  Tls *t = SSL_get_app_data(ssl);
  const X509 *x = X509_STORE_CTX_get_current_cert(store);
  if (x != NULL) X509_NAME_oneline(X509_get_subject_name(x), t->subject, (int)sizeof t->subject);
  return 0;
}

/* Is the name a numeric address? Those are looked for among the certificate's addresses, and are no server name (RFC 6066). */
static int is_address(const char *name) {
  ASN1_OCTET_STRING *address = a2i_IPADDRESS(name);
  ASN1_OCTET_STRING_free(address);
  return address != NULL;
}

static int set_hostname(Tls *t, int check) {
  int address = is_address(t->hostname);
  if (!address && !SSL_set_tlsext_host_name(t->ssl, t->hostname)) return 0;
  if (!check) return 1;
  X509_VERIFY_PARAM *param = SSL_get0_param(t->ssl);
  X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return address ? X509_VERIFY_PARAM_set1_ip_asc(param, t->hostname)
                 : X509_VERIFY_PARAM_set1_host(param, t->hostname, 0);
}

/* begin(socket): a connected socket gets its SSL, whose handshake comes with the first call that moves bytes */
static int f_begin(lua_State *L) {
  Socket *s;
  Tls *t = ps_tls_check(L, 1, &s);
  if (t->ssl != NULL) return 0;
  ERR_clear_error();
  lua_getiuservalue(L, 1, PS_SOCKET_SOURCE);
  lua_getiuservalue(L, -1, TLS_CONTEXT);
  const Context *c = lua_touserdata(L, -1);
  t->record = lua_newuserdatauv(L, TLS_RECORD, 0); /* now: a file that sends may not ask Lua for memory */
  lua_setiuservalue(L, -3, TLS_COPY);
  SSL *ssl = t->ssl = SSL_new(c->ctx);
  int ok = ssl != NULL && ps_tls_bio_attach(t) && SSL_set_app_data(ssl, t);
  if (ok && t->hostname != NULL && !t->server_side) ok = set_hostname(t, c->check_hostname);
  if (ok) {
    SSL_set_verify(ssl, SSL_get_verify_mode(ssl), verified);
    if (t->server_side) SSL_set_accept_state(ssl);
    else SSL_set_connect_state(ssl);
    if (c->handshake_auth) {
      if (t->server_side) {
        int mode = SSL_get_verify_mode(ssl);
        if (mode & SSL_VERIFY_PEER) SSL_set_verify(ssl, mode | SSL_VERIFY_POST_HANDSHAKE, verified);
      } else SSL_set_post_handshake_auth(ssl, 1);
    }
    if (lua_getiuservalue(L, -2, TLS_SESSION) == LUA_TUSERDATA) ok = SSL_set_session(ssl, ps_tls_session_check(L, -1));
  }
  if (ok) return 0;
  SSL_free(ssl);
  t->ssl = NULL;
  return ps_tls_error_raise(L, "wrap_socket");
}

/* wrap(context, socket, server_side, hostname, suppress_ragged_eofs, handshake_on_connect, session): the SSLSocket, which takes
   the descriptor over */
static int f_wrap(lua_State *L) {
  ps_tls_context_check(L, 1);
  Socket *plain = ps_socket_check(L, 2);
  lua_settop(L, 7);
  Tls *t = lua_newuserdatauv(L, sizeof *t, TLS_VALUES);
  memset(t, 0, sizeof *t);
  t->source = ps_tls_source;
  t->server_side = (unsigned char)lua_toboolean(L, 3);
  t->suppress_ragged_eofs = (unsigned char)lua_toboolean(L, 5);
  t->handshake_on_connect = (unsigned char)lua_toboolean(L, 6);
  luaL_setmetatable(L, "pysocket.Tls");
  static const int from[] = {1, 4, 7}, to[] = {TLS_CONTEXT, TLS_HOSTNAME, TLS_SESSION};
  for (int i = 0; i < 3; i++) {
    lua_pushvalue(L, from[i]);
    lua_setiuservalue(L, 8, to[i]);
  }
  t->hostname = lua_tostring(L, 4);
  Socket *s = ps_socket_new(L, plain->family, plain->type, plain->proto);
  lua_pushvalue(L, 8);
  lua_setiuservalue(L, -2, PS_SOCKET_SOURCE);
  luaL_setmetatable(L, SOCKETS);
  s->timeout = plain->timeout;
  s->mode = plain->mode;
  s->found = plain->found;
  s->adopted = plain->adopted;
  s->source = &t->source;
  s->fd = plain->fd;
  plain->fd = SYS_NO_FD;
  plain->closed = 1;
  return 1;
}

/* (socket): the plain part is over; TLS is gone from it */
static int f_forget(lua_State *L) {
  Socket *s;
  Tls *t = ps_tls_check(L, 1, &s);
  SSL_free(t->ssl);
  t->ssl = NULL;
  t->length = 0;
  return 0;
}

static int push_bool(lua_State *L, int value) { return lua_pushboolean(L, value), 1; }
static int push_text(lua_State *L, const char *text) { return lua_pushstring(L, text), 1; }

/***
The version of TLS in use.
@function SSLSocket:version
@treturn ?string `"TLSv1.3"`; nil before the handshake
@see Python's SSLSocket.version
*/
static int m_version(lua_State *L) {
  Socket *s;
  const Tls *t = ps_tls_check(L, 1, &s);
  return push_text(L, t->ssl != NULL && SSL_is_init_finished(t->ssl) ? SSL_get_version(t->ssl) : NULL);
}

static int push_cipher(lua_State *L, const SSL_CIPHER *cipher) {
  lua_pushstring(L, SSL_CIPHER_get_name(cipher));
  lua_pushstring(L, SSL_CIPHER_get_version(cipher));
  lua_pushinteger(L, SSL_CIPHER_get_bits(cipher, NULL));
  return 3;
}

/***
The cipher in use.
@function SSLSocket:cipher
@treturn ?string its name; nil before the handshake
@treturn ?string the version of TLS that defines it
@treturn ?integer its secret bits
@see Python's SSLSocket.cipher
*/
static int m_cipher(lua_State *L) {
  Socket *s;
  const Tls *t = ps_tls_check(L, 1, &s);
  const SSL_CIPHER *cipher = t->ssl == NULL ? NULL : SSL_get_current_cipher(t->ssl);
  if (cipher == NULL) return lua_pushnil(L), 1;
  return push_cipher(L, cipher);
}

/***
The ciphers that both sides know, on the server's side.
@function SSLSocket:shared_ciphers
@treturn ?table a sequence of `{name, version, bits}`; nil before the handshake and for a client
@see Python's SSLSocket.shared_ciphers
*/
static int m_shared_ciphers(lua_State *L) {
  Socket *s;
  const Tls *t = ps_tls_check(L, 1, &s);
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
How many bytes of the record received last are there without a system call.
@function SSLSocket:pending
@treturn integer
@see Python's SSLSocket.pending
*/
static int m_pending(lua_State *L) {
  Socket *s;
  const Tls *t = ps_tls_check(L, 1, &s);
  lua_pushinteger(L, t->ssl == NULL ? 0 : SSL_pending(t->ssl));
  return 1;
}

/***
The protocol that both sides agreed on (ALPN, RFC 7301).
@function SSLSocket:selected_alpn_protocol
@treturn ?string nil for none
@see Python's SSLSocket.selected_alpn_protocol
*/
static int m_selected_alpn_protocol(lua_State *L) {
  Socket *s;
  const Tls *t = ps_tls_check(L, 1, &s);
  const unsigned char *name = NULL;
  unsigned length = 0;
  if (t->ssl != NULL) SSL_get0_alpn_selected(t->ssl, &name, &length);
  if (name == NULL) lua_pushnil(L);
  else lua_pushlstring(L, (const char *)name, length);
  return 1;
}

/***
The certificate of the peer.
@function SSLSocket:getpeercert
@tparam[opt=false] boolean binary_form DER instead of a table
@treturn ?table with `subject`, `issuer`, `subjectAltName`, `notBefore`, `notAfter`, `serialNumber`, `version`, ... as Python has
  them, each tuple a sequence; empty where the certificate was not verified; nil where the peer sent none
@raise SSLError before the handshake
@see Python's SSLSocket.getpeercert
*/
static int m_getpeercert(lua_State *L) {
  Socket *s;
  const Tls *t = ps_tls_check(L, 1, &s);
  int binary = lua_toboolean(L, 2);
  if (t->ssl == NULL || !SSL_is_init_finished(t->ssl)) {
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
The chain of certificates that verification built.
@function SSLSocket:get_verified_chain
@treturn table a sequence of certificates as DER
@see Python's SSLSocket.get_verified_chain
*/
static int m_get_verified_chain(lua_State *L) {
  Socket *s;
  const Tls *t = ps_tls_check(L, 1, &s);
  return push_chain(L, t->ssl == NULL ? NULL : SSL_get0_verified_chain(t->ssl));
}

/***
The chain of certificates as the peer sent it.
@function SSLSocket:get_unverified_chain
@treturn table a sequence of certificates as DER
@see Python's SSLSocket.get_unverified_chain
*/
static int m_get_unverified_chain(lua_State *L) {
  Socket *s;
  const Tls *t = ps_tls_check(L, 1, &s);
  return push_chain(L, t->ssl == NULL ? NULL : SSL_get_peer_cert_chain(t->ssl));
}

/***
Bytes that both ends of this connection know, and nobody in the middle (RFC 5929).
@function SSLSocket:get_channel_binding
@tparam[opt="tls-unique"] string cb_type the only one there is
@treturn ?string nil before the handshake
@see Python's SSLSocket.get_channel_binding
*/
static int m_get_channel_binding(lua_State *L) {
  Socket *s;
  const Tls *t = ps_tls_check(L, 1, &s);
  const char *type = luaL_optstring(L, 2, "tls-unique");
  if (strcmp(type, "tls-unique") != 0) ps_arg_error(L, 2, "unknown channel binding type '%s'", type);
  char data[64];
  if (t->ssl == NULL || !SSL_is_init_finished(t->ssl)) return lua_pushnil(L), 1;
  int first = SSL_session_reused(t->ssl) ? t->server_side : !t->server_side; /* whose message came first */
  size_t size = first ? SSL_get_finished(t->ssl, data, sizeof data) : SSL_get_peer_finished(t->ssl, data, sizeof data);
  lua_pushlstring(L, data, size < sizeof data ? size : sizeof data);
  return 1;
}

/***
Asks a client for its certificate after the handshake (TLS 1.3); it is there after the next call that receives.
@function SSLSocket:verify_client_post_handshake
@raise SSLError
@see Python's SSLSocket.verify_client_post_handshake
*/
static int m_verify_client_post_handshake(lua_State *L) {
  Socket *s;
  const Tls *t = ps_tls_check(L, 1, &s);
  ERR_clear_error();
  if (t->ssl == NULL || SSL_verify_client_post_handshake(t->ssl) != 1)
    return ps_tls_error_raise(L, "verify_client_post_handshake");
  return 0;
}

/* session, session_reused, server_side, ... are fields: ssl.lua's __index calls this one for what is no method */
static int m_attribute(lua_State *L) {
  Socket *s;
  const Tls *t = ps_tls_check(L, 1, &s);
  const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
  if (strcmp(name, "session_reused") == 0) return push_bool(L, t->ssl != NULL && SSL_session_reused(t->ssl));
  if (strcmp(name, "server_side") == 0) return push_bool(L, t->server_side);
  if (strcmp(name, "server_hostname") == 0) return push_text(L, t->hostname);
  if (strcmp(name, "do_handshake_on_connect") == 0) return push_bool(L, t->handshake_on_connect);
  if (strcmp(name, "suppress_ragged_eofs") == 0) return push_bool(L, t->suppress_ragged_eofs);
  if (strcmp(name, "session") == 0) return ps_tls_session_push(L, t->ssl == NULL ? NULL : SSL_get1_session(t->ssl)), 1;
  if (strcmp(name, "context") == 0) {
    lua_getiuservalue(L, 1, PS_SOCKET_SOURCE);
    lua_getiuservalue(L, -1, TLS_CONTEXT);
    return 1;
  }
  lua_getfield(L, lua_upvalueindex(PS_UP_OWN), name); /* a method, of ours or of every socket */
  if (!lua_isnil(L, -1)) return 1;
  lua_pop(L, 1);
  if (strcmp(name, "family") == 0) lua_pushinteger(L, s->family);
  else if (strcmp(name, "type") == 0) lua_pushinteger(L, s->type);
  else if (strcmp(name, "proto") == 0) lua_pushinteger(L, s->proto);
  else if (strcmp(name, "timeout") == 0) ps_timeout_push(L, s->timeout);
  else lua_pushnil(L);
  return 1;
}

static const luaL_Reg methods[] = {{"version", m_version},
                                   {"cipher", m_cipher},
                                   {"shared_ciphers", m_shared_ciphers},
                                   {"pending", m_pending},
                                   {"selected_alpn_protocol", m_selected_alpn_protocol},
                                   {"getpeercert", m_getpeercert},
                                   {"get_verified_chain", m_get_verified_chain},
                                   {"get_unverified_chain", m_get_unverified_chain},
                                   {"get_channel_binding", m_get_channel_binding},
                                   {"verify_client_post_handshake", m_verify_client_post_handshake},
                                   {NULL, NULL}};

static const luaL_Reg functions[] = {{"begin", f_begin}, {"wrap", f_wrap}, {"forget", f_forget}, {NULL, NULL}};

/* Copies the metamethods of every socket (__gc, __close, __newindex, ...) into the table at the top. */
static void copy_metamethods(lua_State *L) {
  int to = lua_gettop(L);
  lua_getiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_SOCKETS);
  lua_rawgeti(L, -1, 0); /* the metatable that fits every socket */
  lua_pushnil(L);
  while (lua_next(L, -2)) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, to);
  }
  lua_settop(L, to);
}

void ps_tls_connection_open(lua_State *L) {
  static const luaL_Reg metamethods[] = {{"__gc", tls_gc}, {NULL, NULL}};
  ps_tls_metatable_push(L, "pysocket.Tls", metamethods, NULL);
  lua_pop(L, 1);
  ps_register(L, TLS_LOCAL, functions, 0);
  /* the class: a table that inherits from the class of sockets */
  lua_getfield(L, LUA_REGISTRYINDEX, PYSOCKET_KEY);
  lua_getfield(L, -1, "socket");
  ps_class_push(L, "SSLSocket");
  lua_pushvalue(L, -1);
  lua_setfield(L, TLS_MODULE, "SSLSocket");
  ps_register(L, -1, methods, PS_METHOD);
  int class = lua_gettop(L);
  luaL_newmetatable(L, SOCKETS);
  copy_metamethods(L);
  lua_pushvalue(L, class);
  lua_setfield(L, -2, "__class");
  lua_pushvalue(L, class);
  ps_function_push(L, "index", m_attribute, PS_METHOD, 1);
  lua_setfield(L, -2, "__index");
  lua_settop(L, TLS_LOCAL);
}
