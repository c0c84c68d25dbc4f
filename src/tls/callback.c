/* SPDX-License-Identifier: MIT */
/*
** The functions of users that OpenSSL calls during a handshake. An error of such a function must not pass through
** OpenSSL: it stays at the top of the stack until the handshake has returned. The functions run in the first handshake
** only, never during a send or a receive, so they may do anything but use their own connection.
*/
#include <stdlib.h>
#include <string.h>

#include "tls.h"

/* The arguments and the results of a user's function. */
typedef struct Call {
  Tls *t;
  const char *text; /* a server name, an identity, or a hint; or NULL */
  char *identity;   /* room for a client's identity, with a zero at the end; or NULL */
  unsigned identity_size;
  unsigned char *key; /* room for a key */
  unsigned key_size, key_length;
  int alert;
} Call;

int ps_tls_handshake(lua_State *L, Tls *t) {
  luaL_checkstack(L, 10, NULL); /* for 'run', which cannot raise */
  t->handshake = L;
  int result = SSL_do_handshake(t->ssl);
  t->handshake = NULL;
  if (result == 1 && !t->raised) t->established = 1;
  return result;
}

int ps_tls_raised(lua_State *L, Tls *t) {
  SSL_free(t->ssl);
  t->ssl = NULL;
  t->raised = 0;
  ERR_clear_error();
  return ps_error_is(L, -1) ? PS_ERROR : lua_error(L);
}

/* Calls f(call) in protected mode; returns whether it succeeded. */
static int run(Call *call, lua_CFunction f) {
  Tls *t = call->t;
  lua_State *L = t->handshake;
  if (L == NULL || t->raised) return 0;
  lua_pushcfunction(L, f);
  lua_pushlightuserdata(L, call);
  t->raised = lua_pcall(L, 1, 0, 0) != LUA_OK;
  return !t->raised;
}

/* Pushes the object of the connection, its context, and the function in that user value of the context. The
   functions here have no upvalues, and so no access to the functions of the core. Returns the index of the object. */
static int push_function(lua_State *L, const Call *call, int value) {
  luaL_getsubtable(L, LUA_REGISTRYINDEX, TLS_BY_ADDRESS);
  lua_rawgetp(L, -1, call->t);
  ps_tls_values_push(L, -1);
  lua_getiuservalue(L, -1, TLS_CONTEXT);
  lua_remove(L, -2);
  lua_getiuservalue(L, -1, value);
  return lua_gettop(L) - 2;
}

static int run_sni(lua_State *L) {
  Call *call = lua_touserdata(L, 1);
  int object = push_function(L, call, CONTEXT_SNI);
  lua_pushvalue(L, object);
  lua_pushstring(L, call->text);
  lua_pushvalue(L, object + 1);
  lua_call(L, 3, 1);
  if (!lua_isnil(L, -1) && !lua_isinteger(L, -1))
    luaL_error(L, "sni_callback must return nil or an ALERT_DESCRIPTION_*, not a %s", luaL_typename(L, -1));
  call->alert = lua_isnil(L, -1) ? -1 : (int)lua_tointeger(L, -1);
  return 0;
}

static int choose_name(SSL *ssl, int *alert, void *data) {
  Call call = {.t = SSL_get_app_data(ssl), .text = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name), .alert = -1};
  (void)data;
  if (call.t->handshake == NULL) return SSL_TLSEXT_ERR_OK; /* a renegotiation: the first handshake has decided */
  if (!run(&call, run_sni)) call.alert = SSL_AD_HANDSHAKE_FAILURE;
  if (call.alert < 0) return SSL_TLSEXT_ERR_OK;
  *alert = call.alert;
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* The protocols of a client in the wire's format, and the chosen one. */
typedef struct Choice {
  Call call; /* first: 'run' */
  const unsigned char *offered, *chosen;
  unsigned size;
} Choice;

/* Returns the name among the offered ones, or NULL. */
static const unsigned char *find_name(const Choice *choice, const char *name, size_t length) {
  for (const unsigned char *p = choice->offered, *end = p + choice->size; p < end && p + 1 + *p <= end; p += 1 + *p)
    if (*p == length && memcmp(p + 1, name, length) == 0) return p;
  return NULL;
}

/* function(names) returns the server's protocols, best first */
static int run_alpn(lua_State *L) {
  Choice *choice = lua_touserdata(L, 1);
  push_function(L, &choice->call, CONTEXT_ALPN_CHOOSER);
  lua_newtable(L);
  lua_Integer count = 0;
  for (const unsigned char *p = choice->offered, *end = p + choice->size; p < end && p + 1 + *p <= end; p += 1 + *p) {
    lua_pushlstring(L, (const char *)p + 1, *p);
    lua_rawseti(L, -2, ++count);
  }
  lua_call(L, 1, 1);
  if (!lua_istable(L, -1)) return 0;
  for (lua_Integer i = 1; choice->chosen == NULL && lua_geti(L, -1, i) == LUA_TSTRING; i++) {
    size_t length;
    const char *name = lua_tolstring(L, -1, &length);
    choice->chosen = find_name(choice, name, length);
    lua_pop(L, 1);
  }
  return 0;
}

static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *length, const unsigned char *in,
                           unsigned size, void *data) {
  (void)data;
  Choice choice = {.call = {.t = SSL_get_app_data(ssl)}, .offered = in, .size = size};
  if (choice.call.t->handshake == NULL) return SSL_TLSEXT_ERR_NOACK; /* a renegotiation */
  if (!run(&choice.call, run_alpn)) return SSL_TLSEXT_ERR_ALERT_FATAL;
  if (choice.chosen == NULL) return SSL_TLSEXT_ERR_NOACK;
  *out = choice.chosen + 1;
  *length = *choice.chosen;
  return SSL_TLSEXT_ERR_OK;
}

/* Copies the key at the top. */
static void take_key(lua_State *L, Call *call) {
  size_t length;
  if (lua_type(L, -1) != LUA_TSTRING) luaL_error(L, "the key must be a string, got %s", luaL_typename(L, -1));
  const char *key = lua_tolstring(L, -1, &length);
  if (length > call->key_size)
    luaL_error(L, "the key has %d bytes, which is more than %d", (int)length, (int)call->key_size);
  memcpy(call->key, key, length);
  call->key_length = (unsigned)length;
}

/* client: function(hint) returns an identity or nil, and a key */
static int run_psk_client(lua_State *L) {
  Call *call = lua_touserdata(L, 1);
  size_t length = 0;
  push_function(L, call, CONTEXT_PSK_CLIENT);
  lua_pushstring(L, call->text);
  lua_call(L, 1, 2);
  if (!lua_isnil(L, -2) && lua_type(L, -2) != LUA_TSTRING)
    luaL_error(L, "the identity must be a string or nil, got %s", luaL_typename(L, -2));
  const char *identity = lua_isnil(L, -2) ? "" : lua_tolstring(L, -2, &length);
  if (length >= call->identity_size)
    luaL_error(L, "the identity has %d bytes, which is more than %d", (int)length, (int)call->identity_size - 1);
  memcpy(call->identity, identity, length + 1);
  take_key(L, call);
  return 0;
}

/* server: function(identity) returns a key */
static int run_psk_server(lua_State *L) {
  Call *call = lua_touserdata(L, 1);
  push_function(L, call, CONTEXT_PSK_SERVER);
  lua_pushstring(L, call->text);
  lua_call(L, 1, 1);
  if (!lua_isnil(L, -1)) take_key(L, call); /* nil: the identity is unknown */
  return 0;
}

static unsigned give_client_key(SSL *ssl, const char *hint, char *identity, unsigned identity_size, unsigned char *key,
                                unsigned key_size) {
  Call call = {.t = SSL_get_app_data(ssl),
               .text = hint,
               .identity = identity,
               .identity_size = identity_size,
               .key = key,
               .key_size = key_size};
  return run(&call, run_psk_client) ? call.key_length : 0;
}

static unsigned give_server_key(SSL *ssl, const char *identity, unsigned char *key, unsigned key_size) {
  Call call = {.t = SSL_get_app_data(ssl), .text = identity, .key = key, .key_size = key_size};
  return run(&call, run_psk_server) ? call.key_length : 0;
}

/* Stores the function or nil at 'arg' in that user value of the context; returns whether it is a function. */
static int keep_function(lua_State *L, int arg, int value) {
  int given = !lua_isnoneornil(L, arg);
  if (given && lua_type(L, arg) != LUA_TFUNCTION) ps_type_error(L, arg, "function");
  lua_pushvalue(L, arg);
  lua_setiuservalue(L, 1, value);
  return given;
}

/***
Sets the function that supplies a client's key (PSK, RFC 4279 and RFC 8446), which replaces certificates. It runs during
the handshake, and cannot yield.
@function SSLContext:set_psk_client_callback
@tparam ?function(hint:?string) callback called with the server's hint; returns an identity or nil, and the key as a
string. Its error ends the handshake, which raises it. nil: no function
@see Python's SSLContext.set_psk_client_callback
*/
static int m_set_psk_client_callback(lua_State *L) {
  const Context *c = ps_tls_context_check(L, 1);
  lua_settop(L, 2);
  if (c->protocol == PROTOCOL_TLS_SERVER) ps_arg_error(L, 2, "a context of servers takes no callback of clients");
  int given = keep_function(L, 2, CONTEXT_PSK_CLIENT);
  SSL_CTX_set_psk_client_callback(c->ctx, given ? give_client_key : NULL);
  return 0;
}

/***
Sets the function that supplies a server with the key of a client (PSK), which replaces certificates.
@function SSLContext:set_psk_server_callback
@tparam ?function(identity:string) callback called with the client's identity; returns the key as a string, or nil for
an unknown identity. Its error ends the handshake, which raises it. nil: no function
@tparam[opt] string identity_hint the hint for clients (TLS 1.2)
@raise SSLError
@see Python's SSLContext.set_psk_server_callback
*/
static int m_set_psk_server_callback(lua_State *L) {
  const Context *c = ps_tls_context_check(L, 1);
  lua_settop(L, 3);
  if (c->protocol == PROTOCOL_TLS_CLIENT) ps_arg_error(L, 2, "a context of clients takes no callback of servers");
  const char *hint = lua_isnil(L, 3) ? NULL : ps_check_name(L, 3, "identity_hint");
  ERR_clear_error();
  if (!SSL_CTX_use_psk_identity_hint(c->ctx, hint)) return ps_tls_error_raise(L, "set_psk_server_callback");
  int given = keep_function(L, 2, CONTEXT_PSK_SERVER);
  SSL_CTX_set_psk_server_callback(c->ctx, given ? give_server_key : NULL);
  return 0;
}

/* choose_alpn(context, f): f is called with the sequence of a client's protocols, and returns the sequence of the
   server's; any other result means that none fits */
static int f_choose_alpn(lua_State *L) {
  const Context *c = ps_tls_context_check(L, 1);
  lua_settop(L, 2);
  keep_function(L, 2, CONTEXT_ALPN_CHOOSER);
  SSL_CTX_set_alpn_select_cb(c->ctx, choose_protocol, NULL);
  return 0;
}

void ps_tls_sni_get(lua_State *L, const Context *c) {
  (void)c;
  lua_getiuservalue(L, 1, CONTEXT_SNI);
}

void ps_tls_sni_set(lua_State *L, Context *c) {
  if (c->protocol == PROTOCOL_TLS_CLIENT) ps_arg_error(L, 3, "sni_callback cannot be set on a context of clients");
  int given = keep_function(L, 3, CONTEXT_SNI);
  SSL_CTX_set_tlsext_servername_callback(c->ctx, (given ? choose_name : NULL));
}

/* Opens the file for each line: nothing is left to close, and other programs may move the file. */
static void write_secret(const SSL *ssl, const char *line) {
  const Context *c = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
  BIO *file = c->keylog == NULL ? NULL : BIO_new_file(c->keylog, TLS_APPEND);
  if (file != NULL) BIO_printf(file, "%s\n", line);
  BIO_free(file);
}

void ps_tls_keylog_get(lua_State *L, const Context *c) {
  (void)c;
  lua_getiuservalue(L, 1, CONTEXT_KEYLOG);
}

void ps_tls_keylog_set(lua_State *L, Context *c) {
  const char *path = lua_isnil(L, 3) ? NULL : ps_check_name(L, 3, "keylog_filename");
  if (path != NULL) {
    ERR_clear_error();
    errno = 0;
    BIO *file = BIO_new_file(path, TLS_APPEND);
    int code = errno;
    if (file == NULL && code != 0) ERR_clear_error(), ps_error_raise(L, code, "keylog_filename", 0);
    if (file == NULL) ps_tls_error_raise(L, "keylog_filename");
    BIO_free(file);
  }
  lua_pushvalue(L, 3);
  lua_setiuservalue(L, 1, CONTEXT_KEYLOG);
  c->keylog = path;
  SSL_CTX_set_keylog_callback(c->ctx, path != NULL ? write_secret : NULL);
}

/* keylog_file(): the file of secrets that the environment names, or nil. A program that embeds the library may have
   no 'os'. */
static int f_keylog_file(lua_State *L) {
  const char *path = getenv("SSLKEYLOGFILE");
  lua_pushstring(L, path != NULL && *path != '\0' ? path : NULL);
  return 1;
}

static const luaL_Reg functions[] = {{"keylog_file", f_keylog_file}, {"choose_alpn", f_choose_alpn}, {NULL, NULL}};

static const luaL_Reg methods[] = {{"set_psk_client_callback", m_set_psk_client_callback},
                                   {"set_psk_server_callback", m_set_psk_server_callback},
                                   {NULL, NULL}};

void ps_tls_callback_open(lua_State *L) {
  ps_register(L, TLS_LOCAL, functions, 0);
  lua_getfield(L, TLS_MODULE, "SSLContext");
  ps_register(L, -1, methods, PS_METHOD);
  lua_settop(L, TLS_LOCAL);
}
