/* SPDX-License-Identifier: MIT */
/* SSLContext: creation, and session statistics. Other files contain the settings, certificates and callbacks of
   contexts. */
#include <openssl/x509v3.h>

#include "tls.h"

/* Python's list: forward secrecy, no weak hashes */
#define CIPHERS "@SECLEVEL=2:ECDH+AESGCM:ECDH+CHACHA20:ECDH+AES:DHE+AES:!aNULL:!eNULL:!aDSS:!SHA1:!AESCCM"

static int context_gc(lua_State *L) {
  Context *c = luaL_testudata(L, 1, TLS_CONTEXTS); /* scripts may call it with anything */
  if (c == NULL) return 0;
  SSL_CTX_free(c->ctx);
  c->ctx = NULL;
  return 0;
}

/* The protocols, and the versions of TLS that they allow. */
static const struct {
  int protocol;
  const SSL_METHOD *(*method)(void);
  int lowest, highest; /* 0: OpenSSL's own */
} protocols[] = {
    {PROTOCOL_TLS, TLS_method, TLS1_2_VERSION, 0},
    {PROTOCOL_TLSv1, TLS_method, TLS1_VERSION, TLS1_VERSION},
    {PROTOCOL_TLSv1_1, TLS_method, TLS1_1_VERSION, TLS1_1_VERSION},
    {PROTOCOL_TLSv1_2, TLS_method, TLS1_2_VERSION, TLS1_2_VERSION},
    {PROTOCOL_TLS_CLIENT, TLS_client_method, TLS1_2_VERSION, 0},
    {PROTOCOL_TLS_SERVER, TLS_server_method, TLS1_2_VERSION, 0},
};

#define COUNT (sizeof protocols / sizeof *protocols)

Context *ps_tls_context_push(lua_State *L, int protocol, const SSL_METHOD *method) {
  Context *c = lua_newuserdatauv(L, sizeof *c, CONTEXT_VALUES);
  *c = (Context){.protocol = protocol, .name_flags = X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS};
  luaL_setmetatable(L, TLS_CONTEXTS);
  ERR_clear_error();
  c->ctx = SSL_CTX_new(method);
  if (c->ctx == NULL || !SSL_CTX_set_app_data(c->ctx, c)) ps_tls_error_raise(L, "SSLContext");
  SSL_CTX_set_mode(c->ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY);
  return c;
}

/***
Creates a context: the settings, certificates and trusted authorities of connections. `create_default_context` creates
one with safe settings.
@function SSLContext
@tparam[opt=PROTOCOL_TLS] integer protocol `PROTOCOL_TLS_CLIENT` (verifies certificates and host names) or
`PROTOCOL_TLS_SERVER`; Python's other protocols verify nothing
@treturn SSLContext for TLS 1.2 at least, unless the protocol is an older version
@raise SSLError
@see Python's ssl.SSLContext
*/
static int f_context(lua_State *L) {
  int protocol = ps_opt_int(L, 1, "protocol", PROTOCOL_TLS);
  size_t row = 0;
  while (row < COUNT && protocols[row].protocol != protocol) row++;
  if (row == COUNT)
    ps_arg_error(L, 1, "protocol must be PROTOCOL_TLS_CLIENT, PROTOCOL_TLS_SERVER or PROTOCOL_TLS, got %d", protocol);
  int client = protocol == PROTOCOL_TLS_CLIENT;
  Context *c = ps_tls_context_push(L, protocol, protocols[row].method());
  SSL_CTX *ctx = c->ctx;
  c->check_hostname = client;
  SSL_CTX_set_options(ctx, (SSL_OP_ALL & ~SSL_OP_DONT_INSERT_EMPTY_FRAGMENTS) | SSL_OP_NO_COMPRESSION |
                               SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_verify(ctx, client ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(ctx), X509_V_FLAG_TRUSTED_FIRST);
  if (SSL_CTX_set_min_proto_version(ctx, protocols[row].lowest) &&
      SSL_CTX_set_max_proto_version(ctx, protocols[row].highest) && SSL_CTX_set_cipher_list(ctx, CIPHERS))
    return 1;
  return ps_tls_error_raise(L, "SSLContext");
}

/***
Returns the number of sessions, and how often they were used.
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

static const luaL_Reg methods[] = {{"session_stats", m_session_stats}, {NULL, NULL}};

static const luaL_Reg metamethods[] = {{"__gc", context_gc}, {NULL, NULL}};

static const luaL_Reg functions[] = {{"new_context", f_context}, {NULL, NULL}};

void ps_tls_context_open(lua_State *L) {
  ps_register(L, TLS_LOCAL, functions, 0);
  ps_tls_metatable_push(L, TLS_CONTEXTS, metamethods, NULL);
  lua_pushnil(L);
  ps_class_push(L, "SSLContext");
  ps_register(L, -1, methods, PS_METHOD);
  lua_pushvalue(L, -1);
  lua_setfield(L, TLS_MODULE, "SSLContext");
  lua_setfield(L, -2, "__class");
  ps_tls_settings_open(L);
  lua_settop(L, TLS_LOCAL);
}
