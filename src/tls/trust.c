/* SPDX-License-Identifier: MIT */
/* The certificates of a context: its own, which it sends to peers, and the authorities that it trusts. */
#include <stdlib.h>
#include <string.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "tls.h"

/* A password, or the function that returns it. OpenSSL calls this while it reads a key. */
typedef struct Password {
  lua_State *L;
  int index;  /* of a string or a function; 0: there is none */
  int failed; /* the function raised: the error is at the top */
} Password;

static int give_password(char *buffer, int size, int writing, void *data) {
  Password *p = data;
  lua_State *L = p->L;
  (void)writing;
  if (p->index == 0 || p->failed) return -1; /* OpenSSL would ask on the terminal */
  lua_pushvalue(L, p->index);
  if (lua_isfunction(L, -1) && lua_pcall(L, 0, 1, 0) != LUA_OK) {
    p->failed = 1;
    return -1;
  }
  size_t length;
  const char *text = lua_tolstring(L, -1, &length);
  if (text == NULL || length > (size_t)size) return -1;
  memcpy(buffer, text, length);
  return (int)length;
}

int ps_tls_key_load(lua_State *L, const Context *c, const char *path, int password) {
  Password p = {.L = L, .index = lua_isnil(L, password) ? 0 : password};
  SSL_CTX_set_default_passwd_cb(c->ctx, give_password);
  SSL_CTX_set_default_passwd_cb_userdata(c->ctx, &p);
  int result = SSL_CTX_use_PrivateKey_file(c->ctx, path, SSL_FILETYPE_PEM);
  SSL_CTX_set_default_passwd_cb(c->ctx, NULL);
  SSL_CTX_set_default_passwd_cb_userdata(c->ctx, NULL);
  if (p.failed) lua_error(L);
  return result;
}

/***
Loads the certificate of this side, with the certificates between it and an authority, and its private key.
@function SSLContext:load_cert_chain
@tparam string certfile a PEM file
@tparam[opt] string keyfile a PEM file; nil: `certfile` contains the key
@tparam[opt] string|function password the password of the key, or a function that returns it
@tparam[opt] table options the arguments above by name
@raise OSError if a file cannot be read; SSLError
@see Python's SSLContext.load_cert_chain
*/
static int f_load_cert_chain(lua_State *L) {
  const Context *c = ps_tls_context_check(L, 1);
  const char *certfile = ps_check_name(L, 2, "certfile");
  const char *keyfile = lua_isnoneornil(L, 3) ? certfile : ps_check_name(L, 3, "keyfile");
  lua_settop(L, 4);
  if (!lua_isnil(L, 4) && !lua_isstring(L, 4) && !lua_isfunction(L, 4)) ps_type_error(L, 4, "string or function");
  Password password = {.L = L, .index = lua_isnil(L, 4) ? 0 : 4};
  ERR_clear_error();
  SSL_CTX_set_default_passwd_cb(c->ctx, give_password);
  SSL_CTX_set_default_passwd_cb_userdata(c->ctx, &password);
  errno = 0;
  int ok = SSL_CTX_use_certificate_chain_file(c->ctx, certfile) == 1 &&
           SSL_CTX_use_PrivateKey_file(c->ctx, keyfile, SSL_FILETYPE_PEM) == 1;
  int code = errno;
  SSL_CTX_set_default_passwd_cb(c->ctx, NULL);
  SSL_CTX_set_default_passwd_cb_userdata(c->ctx, NULL);
  if (password.failed) return lua_error(L);
  if (!ok) return ps_tls_error_raise_file(L, "load_cert_chain", code);
  if (SSL_CTX_check_private_key(c->ctx) != 1) return ps_tls_error_raise(L, "load_cert_chain");
  return 0;
}

/* Adds the certificates of a PEM text; returns their number, or -1. */
static int add_pem(X509_STORE *store, BIO *bio) {
  int count = 0;
  for (X509 *x; (x = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL; count++) {
    int ok = X509_STORE_add_cert(store, x);
    X509_free(x);
    if (!ok) return -1;
  }
  if (ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE) ERR_clear_error(); /* the end of the text */
  return ERR_peek_error() != 0 ? -1 : count;
}

/* The same for concatenated certificates in DER. */
static int add_der(X509_STORE *store, const unsigned char *data, size_t length) {
  int count = 0;
  for (const unsigned char *end = data + length; data < end; count++) {
    X509 *x = d2i_X509(NULL, &data, (long)(end - data));
    int ok = x != NULL && X509_STORE_add_cert(store, x);
    X509_free(x);
    if (!ok) return -1;
  }
  return count;
}

static int add_data(const Context *c, const char *data, size_t length) {
  X509_STORE *store = SSL_CTX_get_cert_store(c->ctx);
  if (strstr(data, "-----BEGIN") == NULL) return add_der(store, (const unsigned char *)data, length);
  BIO *bio = BIO_new_mem_buf(data, (int)length);
  int count = bio == NULL ? -1 : add_pem(store, bio);
  BIO_free(bio);
  return count;
}

/* load_verify_locations(context, cafile, capath, cadata): ssl.lua has read the options */
static int f_load_verify_locations(lua_State *L) {
  const Context *c = ps_tls_context_check(L, 1);
  const char *file = lua_isnoneornil(L, 2) ? NULL : ps_check_name(L, 2, "cafile");
  const char *path = lua_isnoneornil(L, 3) ? NULL : ps_check_name(L, 3, "capath");
  size_t length = 0;
  const char *data = lua_isnoneornil(L, 4) ? NULL : ps_check_string(L, 4, "cadata", &length);
  ERR_clear_error();
  if (length > INT32_MAX) ps_arg_error(L, 4, "cadata too large, got %I bytes", (lua_Integer)length);
  if (data != NULL) {
    int count = add_data(c, data, length);
    if (count < 0) return ps_tls_error_raise(L, "load_verify_locations");
    if (count == 0) {
      ps_tls_error_text(L, "SSLError", SSL_ERROR_SSL, "no certificate in cadata", "load_verify_locations");
      return lua_error(L);
    }
  }
  errno = 0;
  if ((file != NULL || path != NULL) && !SSL_CTX_load_verify_locations(c->ctx, file, path))
    return ps_tls_error_raise_file(L, "load_verify_locations", errno);
  return 0;
}

/***
Trusts the authorities of the system: those of `SSL_CERT_FILE` and `SSL_CERT_DIR` in the environment, or else those of
OpenSSL's configuration.
@function SSLContext:set_default_verify_paths
@raise SSLError
@see Python's SSLContext.set_default_verify_paths
*/
static int m_set_default_verify_paths(lua_State *L) {
  Context *c = ps_tls_context_check(L, 1);
  ERR_clear_error();
  if (!SSL_CTX_set_default_verify_paths(c->ctx)) return ps_tls_error_raise(L, "set_default_verify_paths");
  c->system_trust = 1;
  return 0;
}

/* Calls 'see' for each certificate in the store. */
static void each_certificate(const Context *c, void (*see)(lua_State *L, X509 *x, int number[3]), lua_State *L,
                             int number[3]) {
  STACK_OF(X509_OBJECT) *objects = X509_STORE_get0_objects(SSL_CTX_get_cert_store(c->ctx));
  for (int i = 0; i < sk_X509_OBJECT_num(objects); i++) {
    X509_OBJECT *object = sk_X509_OBJECT_value(objects, i);
    if (X509_OBJECT_get_type(object) == X509_LU_X509) see(L, X509_OBJECT_get0_X509(object), number);
    else if (X509_OBJECT_get_type(object) == X509_LU_CRL) number[1]++;
  }
}

static void count(lua_State *L, X509 *x, int number[3]) {
  (void)L;
  number[0]++;
  if (X509_check_ca(x)) number[2]++;
}

/***
Returns the number of loaded certificates. Those in a folder count after their first use.
@function SSLContext:cert_store_stats
@treturn table with `x509`, `crl` and `x509_ca`
@see Python's SSLContext.cert_store_stats
*/
static int m_cert_store_stats(lua_State *L) {
  int number[3] = {0, 0, 0};
  each_certificate(ps_tls_context_check(L, 1), count, L, number);
  lua_createtable(L, 0, 3);
  static const char *const names[] = {"x509", "crl", "x509_ca"};
  for (int i = 0; i < 3; i++) {
    lua_pushinteger(L, number[i]);
    lua_setfield(L, -2, names[i]);
  }
  return 1;
}

/* number[0] counts, number[1] is the form */
static void add_authority(lua_State *L, X509 *x, int number[3]) {
  if (!X509_check_ca(x)) return;
  ps_tls_certificate_push(L, x, number[2]);
  lua_rawseti(L, -2, ++number[0]);
}

/***
Returns the loaded authorities.
@function SSLContext:get_ca_certs
@tparam[opt=false] boolean binary_form DER instead of tables as `getpeercert` returns them
@treturn table a sequence
@see Python's SSLContext.get_ca_certs
*/
static int m_get_ca_certs(lua_State *L) {
  const Context *c = ps_tls_context_check(L, 1);
  int number[3] = {0, 0, lua_toboolean(L, 2)};
  lua_newtable(L);
  each_certificate(c, add_authority, L, number);
  return 1;
}

static void set_path(lua_State *L, const char *field, const char *path) {
  lua_pushstring(L, path);
  lua_setfield(L, -2, field);
}

/* Sets a field to the path in the environment, or else to that of OpenSSL, if it exists. */
static void set_found(lua_State *L, const char *field, const char *variable, const char *otherwise) {
  const char *path = ps_tls_default_path(variable, otherwise);
  set_path(L, field, access(path, F_OK) == 0 ? path : NULL);
}

/***
The files with the authorities of the system, as `get_default_verify_paths` returns them.
@class DefaultVerifyPaths
@tfield ?string cafile the file; nil if it does not exist
@tfield ?string capath the folder; nil if it does not exist
@tfield string openssl_cafile the file in OpenSSL's configuration
@tfield string openssl_cafile_env the variable of the environment that names another file
@tfield string openssl_capath the folder in OpenSSL's configuration
@tfield string openssl_capath_env the variable of the environment that names another folder
*/

/***
Returns the files with the authorities of the system.
@function get_default_verify_paths
@treturn DefaultVerifyPaths
@see Python's ssl.get_default_verify_paths
*/
static int f_get_default_verify_paths(lua_State *L) {
  lua_createtable(L, 0, 6);
  lua_pushnil(L);
  ps_class_push(L, "DefaultVerifyPaths");
  lua_setmetatable(L, -2);
  set_path(L, "openssl_cafile_env", X509_get_default_cert_file_env());
  set_path(L, "openssl_cafile", X509_get_default_cert_file());
  set_path(L, "openssl_capath_env", X509_get_default_cert_dir_env());
  set_path(L, "openssl_capath", X509_get_default_cert_dir());
  set_found(L, "cafile", X509_get_default_cert_file_env(), X509_get_default_cert_file());
  set_found(L, "capath", X509_get_default_cert_dir_env(), X509_get_default_cert_dir());
  return 1;
}

static const luaL_Reg public[] = {{"get_default_verify_paths", f_get_default_verify_paths}, {NULL, NULL}};

static const luaL_Reg functions[] = {
    {"load_cert_chain", f_load_cert_chain}, {"load_verify_locations", f_load_verify_locations}, {NULL, NULL}};

static const luaL_Reg methods[] = {{"set_default_verify_paths", m_set_default_verify_paths},
                                   {"cert_store_stats", m_cert_store_stats},
                                   {"get_ca_certs", m_get_ca_certs},
                                   {NULL, NULL}};

void ps_tls_trust_open(lua_State *L) {
  ps_register(L, TLS_MODULE, public, 0);
  lua_pushnil(L);
  ps_class_push(L, "DefaultVerifyPaths");
  lua_setfield(L, TLS_MODULE, "DefaultVerifyPaths");
  ps_register(L, TLS_LOCAL, functions, 0);
  lua_getfield(L, TLS_MODULE, "SSLContext");
  ps_register(L, -1, methods, PS_METHOD);
  lua_settop(L, TLS_LOCAL);
}
