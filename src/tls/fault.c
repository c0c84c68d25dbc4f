/* SPDX-License-Identifier: MIT */
/* Errors of TLS: converts OpenSSL's queue of errors into an object of one of Python's classes. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include <openssl/x509_vfy.h>

#include "tls.h"

/***
A failure of TLS. `tostring` returns the position, the class and `strerror`.
@class SSLError : OSError
@tfield integer errno `SSL_ERROR_*`
@tfield ?string library the part of OpenSSL that failed: `"SSL"`, `"X509"`
@tfield ?string reason the symbol of the reason: `"CERTIFICATE_VERIFY_FAILED"`
@class SSLZeroReturnError : SSLError the peer has closed TLS by close_notify
@class SSLWantReadError : SSLError the socket is non-blocking, and TLS has to receive first
@class SSLWantWriteError : SSLError the socket is non-blocking, and TLS has to send first
@class SSLSyscallError : SSLError a system call failed
@class SSLEOFError : SSLError the connection ended without close_notify: the stream may be truncated
@class SSLCertVerificationError : SSLError the verification of the peer's certificate failed
@tfield integer verify_code `X509_V_ERR_*`
@tfield string verify_message
@tfield ?string subject the subject of the certificate
@value SSLCertVerificationError CertificateError `SSLCertVerificationError`, under Python's older name
*/
static const char *const classes[][2] = {
    {"SSLError", "OSError"},
    {"SSLZeroReturnError", "SSLError"},
    {"SSLWantReadError", "SSLError"},
    {"SSLWantWriteError", "SSLError"},
    {"SSLSyscallError", "SSLError"},
    {"SSLEOFError", "SSLError"},
    {"SSLCertVerificationError", "SSLError"},
};

/* Pushes OpenSSL's text of a reason as a symbol: "certificate verify failed" is "CERTIFICATE_VERIFY_FAILED". */
static void push_symbol(lua_State *L, const char *text) {
  luaL_Buffer b;
  luaL_buffinit(L, &b);
  for (; *text != '\0'; text++)
    luaL_addchar(&b, isalnum((unsigned char)*text) ? (char)toupper((unsigned char)*text) : '_');
  luaL_pushresult(&b);
}

/* Pushes the name of a part of OpenSSL: "SSL routines" is "SSL", "x509 certificate routines" is "X509". */
static void push_library(lua_State *L, const char *text) {
  const char *end = strchr(text, ' ');
  lua_pushlstring(L, text, end == NULL ? strlen(text) : (size_t)(end - text));
  push_symbol(L, lua_tostring(L, -1));
  lua_remove(L, -2);
}

int ps_tls_error_text(lua_State *L, const char *class, int code, const char *text, const char *call) {
  ps_error_push_class(L, class, call, "%s", text);
  lua_pushinteger(L, code);
  lua_setfield(L, -2, "errno");
  return PS_ERROR;
}

/* Adds the reason of a failed verification to the error object at the top, after the text at 'text'. */
static void add_verification(lua_State *L, const Tls *t, const char *text) {
  long code = SSL_get_verify_result(t->ssl);
  const char *why = X509_verify_cert_error_string(code);
  int mismatch = code == X509_V_ERR_HOSTNAME_MISMATCH || code == X509_V_ERR_IP_ADDRESS_MISMATCH;
  if (mismatch && t->hostname != NULL)
    why = lua_pushfstring(L, "%s, certificate is not valid for '%s'",
                          code == X509_V_ERR_HOSTNAME_MISMATCH ? "Hostname mismatch" : "IP address mismatch",
                          t->hostname);
  else lua_pushnil(L);
  lua_pushinteger(L, (lua_Integer)code);
  lua_setfield(L, -3, "verify_code");
  lua_pushstring(L, why);
  lua_setfield(L, -3, "verify_message");
  if (t->subject[0] != '\0') {
    lua_pushstring(L, t->subject);
    lua_setfield(L, -3, "subject");
  }
  lua_pushfstring(L, "%s: %s", text, why);
  if (t->subject[0] != '\0') lua_pushfstring(L, "%s (certificate of %s)", lua_tostring(L, -1), t->subject);
  if (!mismatch && t->hostname != NULL) lua_pushfstring(L, "%s, host '%s'", lua_tostring(L, -1), t->hostname);
  const Context *c = SSL_CTX_get_app_data(SSL_get_SSL_CTX(t->ssl));
  int text_at = lua_gettop(L);
  if (ps_tls_no_authorities_push(L, c))
    lua_pushfstring(L, "%s; there are %s", lua_tostring(L, text_at), lua_tostring(L, -1));
}

int ps_tls_error_push(lua_State *L, const char *class, int code, const char *call, const Tls *t) {
  unsigned long e = ERR_peek_last_error();
  int top = lua_gettop(L);
  luaL_checkstack(L, 16, NULL);
  int verify = t != NULL && ERR_GET_LIB(e) == ERR_LIB_SSL && ERR_GET_REASON(e) == SSL_R_CERTIFICATE_VERIFY_FAILED;
  const char *reason = ERR_reason_error_string(e), *library = ERR_lib_error_string(e);
  if (verify) class = "SSLCertVerificationError";
  if (reason == NULL) reason = e == 0 ? "no reason is given" : "unknown error";
  ps_tls_error_text(L, class, code, reason, call);
  int object = lua_gettop(L);
  push_symbol(L, reason);
  lua_pushvalue(L, -1);
  lua_setfield(L, object, "reason");
  push_library(L, library != NULL ? library : "SSL");
  lua_pushvalue(L, -1);
  lua_setfield(L, object, "library");
  const char *text = lua_pushfstring(L, "[%s: %s] %s", lua_tostring(L, -1), lua_tostring(L, -2), reason);
  if (verify) {
    lua_pushvalue(L, object);
    add_verification(L, t, text);
  }
  lua_pushvalue(L, -1);
  lua_setfield(L, object, "strerror");
  lua_settop(L, object);
  if (object > top + 1) lua_settop(L, top + 1);
  ERR_clear_error();
  return PS_ERROR;
}

int ps_tls_error_raise(lua_State *L, const char *call) {
  ps_tls_error_push(L, "SSLError", SSL_ERROR_SSL, call, NULL);
  return lua_error(L);
}

int ps_tls_error_raise_file(lua_State *L, const char *call, int code) {
  unsigned long e = ERR_peek_error(); /* the first error */
  int system = ERR_SYSTEM_ERROR(e) ? ERR_GET_REASON(e) : code;
  if (!ERR_SYSTEM_ERROR(e) && (e != 0 || code == 0)) return ps_tls_error_raise(L, call);
  ERR_clear_error();
  return ps_error_raise(L, system, call, 0);
}

/* "client.lua:12: SSLError: [SSL: WRONG_VERSION_NUMBER] wrong version number" */
static int error_tostring(lua_State *L) {
  lua_settop(L, 1);
  if (!lua_istable(L, 1)) ps_type_error(L, 1, "error");
  static const char *const fields[] = {"where", "__name", "strerror"};
  for (int i = 0; i < 3; i++)
    if (lua_getfield(L, 1, fields[i]) != LUA_TSTRING) lua_pushliteral(L, ""), lua_replace(L, -2);
  lua_pushfstring(L, "%s%s: %s", lua_tostring(L, 2), lua_tostring(L, 3), lua_tostring(L, 4));
  return 1;
}

void ps_tls_error_open(lua_State *L) {
  lua_getiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_CLASSES);
  int table = lua_gettop(L);
  for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
    lua_getfield(L, table, classes[i][1]);
    ps_class_push(L, classes[i][0]);
    ps_function_push(L, "tostring", error_tostring, 0, 0);
    lua_setfield(L, -2, "__tostring");
    ps_function_push(L, "concat", ps_concat, 0, 0);
    lua_setfield(L, -2, "__concat");
    lua_setfield(L, TLS_MODULE, classes[i][0]);
  }
  lua_getfield(L, TLS_MODULE, "SSLCertVerificationError");
  lua_setfield(L, TLS_MODULE, "CertificateError");
  lua_settop(L, TLS_LOCAL);
}
