/* SPDX-License-Identifier: MIT */
/*
** Connections: makes an SSLSocket of a socket, and creates the SSL of a connection. The Tls is created before its
** socket: finalizers run in the reverse order, so the socket sends close_notify and is closed before the Tls is freed.
*/
#include <string.h>

#include <openssl/x509v3.h>

#include "../buffer.h"
#include "transfer.h"

#define SOCKETS "pysocket.SSLSocket" /* the key of the metatable in the registry */

static int tls_gc(lua_State *L) {
  Tls *t = lua_touserdata(L, 1);
  SSL_free(t->ssl);
  t->ssl = NULL;
  BIO_meth_free(t->method);
  t->method = NULL;
  return 0;
}

/* Notes a fault of a certificate for LuaSec; returns whether the verification continues. */
static int note_fault(Tls *t, const Context *c, X509_STORE_CTX *store) {
  int code = X509_STORE_CTX_get_error(store);
  if (c->any_purpose && code == X509_V_ERR_INVALID_PURPOSE) {
    X509_STORE_CTX_set_error(store, X509_V_OK);
    return 1;
  }
  if (t->fault_count < (int)(sizeof t->faults / sizeof *t->faults)) {
    t->faults[t->fault_count].depth = X509_STORE_CTX_get_error_depth(store);
    t->faults[t->fault_count++].code = code;
  }
  return c->tolerant;
}

/* Keeps the subject of the certificate that fails verification. */
static int verified(int ok, X509_STORE_CTX *store) {
  if (ok) return ok;
  const SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
  Tls *t = SSL_get_app_data(ssl);
  const Context *c = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
  if (c->notes && note_fault(t, c, store)) return 1;
  const X509 *x = X509_STORE_CTX_get_current_cert(store);
  if (x != NULL) X509_NAME_oneline(X509_get_subject_name(x), t->subject, (int)sizeof t->subject);
  return 0;
}

/* Whether the name is a numeric address. Addresses are compared with those in the certificate, and are not sent as a
   server name (RFC 6066). */
static int is_address(const char *name) {
  ASN1_OCTET_STRING *address = a2i_IPADDRESS(name);
  ASN1_OCTET_STRING_free(address);
  return address != NULL;
}

static int set_hostname(const Tls *t, const Context *c) {
  int address = is_address(t->hostname);
  if (!address && !SSL_set_tlsext_host_name(t->ssl, t->hostname)) return 0;
  if (!c->check_hostname) return 1;
  X509_VERIFY_PARAM *param = SSL_get0_param(t->ssl);
  X509_VERIFY_PARAM_set_hostflags(param, c->name_flags);
  return address ? X509_VERIFY_PARAM_set1_ip_asc(param, t->hostname)
                 : X509_VERIFY_PARAM_set1_host(param, t->hostname, 0);
}

static void set_verification(const Tls *t, const Context *c) {
  int mode = SSL_get_verify_mode(t->ssl);
  if (c->handshake_auth && t->server_side && mode & SSL_VERIFY_PEER) mode |= SSL_VERIFY_POST_HANDSHAKE;
  SSL_set_verify(t->ssl, mode, verified);
  if (c->handshake_auth && !t->server_side) SSL_set_post_handshake_auth(t->ssl, 1);
}

Tls *ps_tls_new(lua_State *L, int context, int hostname, int session) {
  const int from[] = {context, hostname, session}, to[] = {TLS_CONTEXT, TLS_HOSTNAME, TLS_SESSION};
  Tls *t = lua_newuserdatauv(L, sizeof *t, TLS_VALUES);
  memset(t, 0, sizeof *t);
  t->fd = SYS_NO_FD;
  for (int i = 0; i < 3; i++) {
    lua_pushvalue(L, from[i]);
    lua_setiuservalue(L, -2, to[i]);
  }
  t->hostname = lua_tostring(L, hostname);
  return t;
}

/* Connects the SSL with its BIOs. */
static int attach(Tls *t, BIO *in, BIO *out) {
  if (in == NULL) return ps_tls_bio_attach(t);
  BIO_up_ref(in);
  BIO_up_ref(out);
  SSL_set0_rbio(t->ssl, in);
  SSL_set0_wbio(t->ssl, out);
  return 1;
}

void ps_tls_begin(lua_State *L, Tls *t, int object, BIO *in, BIO *out) {
  int values = lua_gettop(L);
  lua_getiuservalue(L, values, TLS_CONTEXT);
  const Context *c = lua_touserdata(L, -1);
  lua_getiuservalue(L, values, TLS_SESSION);
  SSL_SESSION *session = lua_isnil(L, -1) ? NULL : ps_tls_session_check(L, -1, c->ctx);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, TLS_BY_ADDRESS);
  lua_pushvalue(L, object);
  lua_rawsetp(L, -2, t);
  ERR_clear_error();
  t->ssl = SSL_new(c->ctx);
  int ok = t->ssl != NULL && attach(t, in, out) && SSL_set_app_data(t->ssl, t);
  if (ok && t->hostname != NULL && !t->server_side) ok = set_hostname(t, c);
  if (ok && t->server_side) ok = SSL_set_session_id_context(t->ssl, (const unsigned char *)"pysocket", 8);
  if (ok && session != NULL) ok = SSL_set_session(t->ssl, session);
  if (!ok) {
    SSL_free(t->ssl);
    t->ssl = NULL;
    ps_tls_error_raise(L, "wrap_socket");
  }
  set_verification(t, c);
  if (t->server_side) SSL_set_accept_state(t->ssl);
  else SSL_set_connect_state(t->ssl);
  lua_settop(L, values);
}

/* begin(socket): creates the SSL of a connected socket; the first call that sends or receives performs the handshake */
static int f_begin(lua_State *L) {
  Tls *t = ps_tls_check(L, 1);
  if (t->ssl != NULL) return 0;
  lua_settop(L, 1);
  lua_getiuservalue(L, 1, PS_SOCKET_SOURCE);
  t->out = lua_newuserdatauv(L, TLS_OUT, 0); /* now: a file that sends may not allocate */
  lua_setiuservalue(L, 2, TLS_KEPT);
  ps_tls_begin(L, t, 1, NULL, NULL);
  return 0;
}

Socket *ps_tls_socket_push(lua_State *L, Tls *t, int family, int type, int proto) {
  t->source = ps_tls_source;
  luaL_setmetatable(L, "pysocket.Tls");
  Socket *s = ps_socket_new(L, family, type, proto, 1);
  lua_insert(L, -2);
  lua_setiuservalue(L, -2, PS_SOCKET_SOURCE);
  luaL_setmetatable(L, SOCKETS);
  s->source = &t->source;
  return s;
}

/* Raises an error if a file has received bytes that were not read. They arrived without encryption, and an attacker
   may have sent them to be taken for decrypted data. */
static void check_received(lua_State *L, int socket) {
  size_t count = ps_buffer_held(L, socket);
  if (count == 0) return;
  const char *text = "a file has received %I bytes before TLS and not given them out";
  ps_tls_error_text(L, "SSLError", SSL_ERROR_SSL, lua_pushfstring(L, text, (lua_Integer)count), "wrap_socket");
  lua_error(L);
}

/* Moves the descriptor, and all that is known of it, from one socket to another, and ends the waits of other tasks for
   the former. Nothing here raises an error. */
static void hand_over(lua_State *L, Socket *from, Socket *to) {
  const Source *source = to->source;
  int files = to->files;
  sys_fd fd = from->fd;
  *to = *from;
  to->source = source;
  to->files = files;
  to->fd = from->fd = SYS_NO_FD;
  from->closed = 1;
  if (fd != SYS_NO_FD) lua_pop(L, ps_scheduler_closing(L, fd));
  to->fd = fd;
}

/* wrap(context, socket, server_side, hostname, suppress_ragged_eofs, handshake_on_connect, session): makes an
   SSLSocket, which takes over the descriptor */
static int f_wrap(lua_State *L) {
  const Context *c = ps_tls_context_check(L, 1);
  Socket *plain = ps_socket_check(L, 2);
  lua_settop(L, 7);
  if (!lua_isnil(L, 7)) ps_tls_session_check(L, 7, c->ctx);
  check_received(L, 2);
  Tls *t = ps_tls_new(L, 1, 4, 7);
  t->server_side = (unsigned char)lua_toboolean(L, 3);
  t->suppress_ragged_eofs = (unsigned char)lua_toboolean(L, 5);
  t->handshake_on_connect = (unsigned char)lua_toboolean(L, 6);
  hand_over(L, plain, ps_tls_socket_push(L, t, plain->family, plain->type, plain->proto));
  return 1;
}

/* unwrap(socket): makes a plain socket, which takes over the descriptor */
static int f_unwrap(lua_State *L) {
  Socket *s = ps_socket_check(L, 1);
  if (s->source == NULL) ps_type_error(L, 1, "SSLSocket");
  lua_settop(L, 1);
  Socket *plain = ps_socket_new(L, s->family, s->type, s->proto, 0);
  plain->timeout = s->timeout;
  ps_socket_dress(L, 2); /* may raise an error: before the descriptor moves */
  hand_over(L, s, plain);
  return 1;
}

static int push_bool(lua_State *L, int value) { return lua_pushboolean(L, value), 1; }

int ps_tls_attribute_push(lua_State *L, const Tls *t) {
  const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
  if (strcmp(name, "session_reused") == 0) return push_bool(L, t->ssl != NULL && SSL_session_reused(t->ssl));
  if (strcmp(name, "server_side") == 0) return push_bool(L, t->server_side);
  if (strcmp(name, "server_hostname") == 0) return lua_pushstring(L, t->hostname), 1;
  if (strcmp(name, "session") == 0) {
    if (t->ssl == NULL) lua_pushnil(L);
    else ps_tls_session_push(L, t->ssl);
    return 1;
  }
  if (strcmp(name, "context") != 0) return 0;
  ps_tls_values_push(L, 1);
  return lua_getiuservalue(L, -1, TLS_CONTEXT), 1;
}

/* Replaces the context, whose settings a server chooses during the handshake: sni_callback. */
static void set_context(lua_State *L, const Tls *t) {
  const Context *c = ps_tls_context_check(L, 3);
  if (t->ssl != NULL && SSL_set_SSL_CTX(t->ssl, c->ctx) == NULL) ps_tls_error_raise(L, "context");
  ps_tls_values_push(L, 1);
  lua_pushvalue(L, 3);
  lua_setiuservalue(L, -2, TLS_CONTEXT);
}

static void set_session(lua_State *L, const Tls *t) {
  ps_tls_values_push(L, 1);
  lua_getiuservalue(L, -1, TLS_CONTEXT);
  SSL_SESSION *session = ps_tls_session_check(L, 3, ((const Context *)lua_touserdata(L, -1))->ctx);
  if (t->server_side) ps_arg_error(L, 3, "cannot set the session of a server");
  if (t->established) ps_arg_error(L, 3, "cannot set the session after the handshake");
  if (t->ssl != NULL && !SSL_set_session(t->ssl, session)) ps_tls_error_raise(L, "session");
  lua_pushvalue(L, 3);
  lua_setiuservalue(L, -3, TLS_SESSION);
}

int ps_tls_attribute_set(lua_State *L) {
  const Tls *t = ps_tls_check(L, 1);
  lua_settop(L, 3);
  const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
  if (strcmp(name, "context") == 0) set_context(L, t);
  else if (strcmp(name, "session") == 0) set_session(L, t);
  else ps_tls_refuse_field(L, t->source.receive != NULL ? "an SSLSocket" : "an SSLObject");
  return 0;
}

/* a field of an SSLSocket: a method of its class (an upvalue) or of sockets, or else an attribute */
static int socket_index(lua_State *L) {
  lua_pushvalue(L, 2);
  if (lua_gettable(L, lua_upvalueindex(PS_UP_OWN)) != LUA_TNIL) return 1;
  const Tls *t = ps_tls_check(L, 1);
  if (ps_tls_attribute_push(L, t)) return 1;
  const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
  const Socket *s = lua_touserdata(L, 1);
  if (strcmp(name, "do_handshake_on_connect") == 0) lua_pushboolean(L, t->handshake_on_connect);
  else if (strcmp(name, "suppress_ragged_eofs") == 0) lua_pushboolean(L, t->suppress_ragged_eofs);
  else if (strcmp(name, "family") == 0) lua_pushinteger(L, s->family);
  else if (strcmp(name, "type") == 0) lua_pushinteger(L, s->type);
  else if (strcmp(name, "proto") == 0) lua_pushinteger(L, s->proto);
  else if (strcmp(name, "timeout") == 0) ps_timeout_push(L, s->timeout);
  else lua_pushnil(L);
  return 1;
}

static const luaL_Reg functions[] = {{"begin", f_begin}, {"wrap", f_wrap}, {"unwrap", f_unwrap}, {NULL, NULL}};

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

/* The table in the registry that maps a connection to its object, for the functions that OpenSSL calls. */
static void make_addresses(lua_State *L) {
  luaL_getsubtable(L, LUA_REGISTRYINDEX, TLS_BY_ADDRESS);
  lua_createtable(L, 0, 1);
  lua_pushliteral(L, "v");
  lua_setfield(L, -2, "__mode");
  lua_setmetatable(L, -2);
  lua_pop(L, 1);
}

void ps_tls_connection_open(lua_State *L) {
  static const luaL_Reg collected[] = {{"__gc", tls_gc}, {NULL, NULL}};
  static const luaL_Reg metamethods[] = {{"__newindex", ps_tls_attribute_set}, {NULL, NULL}};
  ps_tls_metatable_push(L, "pysocket.Tls", collected, NULL);
  lua_pop(L, 1);
  make_addresses(L);
  ps_register(L, TLS_LOCAL, functions, 0);
  /* the class: a table that inherits from the class of sockets */
  lua_getfield(L, LUA_REGISTRYINDEX, PYSOCKET_KEY);
  lua_getfield(L, -1, "socket");
  ps_class_push(L, "SSLSocket");
  lua_pushvalue(L, -1);
  lua_setfield(L, TLS_MODULE, "SSLSocket");
  ps_register(L, -1, ps_tls_methods, PS_METHOD);
  int class = lua_gettop(L);
  luaL_newmetatable(L, SOCKETS);
  copy_metamethods(L);
  ps_register(L, -1, metamethods, PS_METHOD);
  lua_pushvalue(L, class);
  lua_setfield(L, -2, "__class");
  lua_pushvalue(L, class);
  ps_function_push(L, "index", socket_index, PS_METHOD, 1);
  lua_setfield(L, -2, "__index");
  lua_settop(L, TLS_LOCAL);
}
