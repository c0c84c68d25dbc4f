/* SPDX-License-Identifier: MIT */
/*
** TLS without a socket, for hosts with a transport of their own: MemoryBIO, a buffer in memory, and SSLObject, a
** connection that reads from one buffer and writes to another. Nothing waits here: a call without enough data raises
** SSLWantReadError.
*/
#include <string.h>

#include "tls.h"

#define MEMORIES "pysocket.MemoryBIO" /* the key of the metatable in the registry */

typedef struct Memory {
  BIO *bio; /* NULL: its construction failed */
  int ended;
} Memory;

static Memory *check_memory(lua_State *L, int arg) {
  Memory *m = luaL_testudata(L, arg, MEMORIES);
  if (m == NULL || m->bio == NULL) ps_type_error(L, arg, "MemoryBIO");
  return m;
}

static int memory_gc(lua_State *L) {
  Memory *m = luaL_testudata(L, 1, MEMORIES); /* scripts may call it with anything */
  if (m == NULL) return 0;
  BIO_free(m->bio);
  m->bio = NULL;
  return 0;
}

/***
A buffer in memory between an `SSLObject` and a transport. `ssl.MemoryBIO()` creates one.
@class MemoryBIO
@tfield integer pending the number of bytes in the buffer
@tfield boolean eof true after `write_eof`, when the buffer is empty
*/
static int f_memory(lua_State *L) {
  Memory *m = lua_newuserdatauv(L, sizeof *m, 0);
  *m = (Memory){NULL, 0};
  luaL_setmetatable(L, MEMORIES);
  ERR_clear_error();
  m->bio = BIO_new(BIO_s_mem());
  if (m->bio == NULL) return ps_tls_error_raise(L, "MemoryBIO");
  BIO_set_mem_eof_return(m->bio, -1); /* an empty buffer is not the end */
  return 1;
}

/***
Removes bytes from the buffer.
@function MemoryBIO:read
@tparam[opt=-1] integer size the maximum number of bytes; negative: no limit
@treturn string the bytes; "" if the buffer is empty
@see Python's MemoryBIO.read
*/
static int m_memory_read(lua_State *L) {
  const Memory *m = check_memory(L, 1);
  lua_Integer wanted = lua_isnoneornil(L, 2) ? -1 : ps_check_integer(L, 2, "size", INT32_MIN, INT32_MAX);
  lua_Integer size = (lua_Integer)BIO_ctrl_pending(m->bio);
  if (wanted >= 0 && wanted < size) size = wanted;
  luaL_Buffer b;
  char *data = luaL_buffinitsize(L, &b, (size_t)size);
  int n = size > 0 ? BIO_read(m->bio, data, (int)size) : 0;
  luaL_pushresultsize(&b, n > 0 ? (size_t)n : 0);
  return 1;
}

/***
Appends bytes to the buffer.
@function MemoryBIO:write
@tparam string|bytearray b
@treturn integer the number of bytes written: all of them
@raise SSLError after `write_eof`
@see Python's MemoryBIO.write
*/
static int m_memory_write(lua_State *L) {
  const Memory *m = check_memory(L, 1);
  size_t length;
  const char *data = ps_check_buffer(L, 2, "b", &length);
  if (length > INT32_MAX) ps_arg_error(L, 2, "b too large, got %I bytes", (lua_Integer)length);
  if (m->ended) {
    ps_tls_error_text(L, "SSLError", SSL_ERROR_SSL, "cannot write() after write_eof()", "write");
    return lua_error(L);
  }
  ERR_clear_error();
  if (length > 0 && BIO_write(m->bio, data, (int)length) != (int)length) return ps_tls_error_raise(L, "write");
  lua_pushinteger(L, (lua_Integer)length);
  return 1;
}

/***
Marks the end of the stream after the bytes in the buffer.
@function MemoryBIO:write_eof
@see Python's MemoryBIO.write_eof
*/
static int m_memory_write_eof(lua_State *L) {
  Memory *m = check_memory(L, 1);
  m->ended = 1;
  BIO_clear_retry_flags(m->bio);
  BIO_set_mem_eof_return(m->bio, 0);
  return 0;
}

/* a method (their table is an upvalue), or else an attribute */
static int memory_index(lua_State *L) {
  const Memory *m = check_memory(L, 1);
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(PS_UP_OWN)) != LUA_TNIL) return 1;
  const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
  size_t pending = BIO_ctrl_pending(m->bio);
  if (strcmp(name, "pending") == 0) lua_pushinteger(L, (lua_Integer)pending);
  else if (strcmp(name, "eof") == 0) lua_pushboolean(L, m->ended && pending == 0);
  else lua_pushnil(L);
  return 1;
}

/* wrap_bio(context, incoming, outgoing, server_side, hostname, session): creates an SSLObject; ssl.lua has read the
   arguments */
static int f_wrap_bio(lua_State *L) {
  ps_tls_context_check(L, 1);
  const Memory *in = check_memory(L, 2), *out = check_memory(L, 3);
  lua_settop(L, 6);
  Tls *t = ps_tls_new(L, 1, 5, 6);
  t->server_side = (unsigned char)lua_toboolean(L, 4);
  luaL_setmetatable(L, TLS_OBJECTS);
  ps_tls_begin(L, t, 7, in->bio, out->bio);
  return 1;
}

static Tls *check_object(lua_State *L) {
  Tls *t = luaL_testudata(L, 1, TLS_OBJECTS);
  if (t == NULL) ps_type_error(L, 1, "SSLObject");
  if (t->ssl == NULL || t->handshake != NULL) {
    const char *text = t->ssl == NULL ? "a function of the context has ended the handshake" : "the handshake goes on";
    ps_tls_error_text(L, "SSLError", SSL_ERROR_SSL, text, NULL);
    lua_error(L);
  }
  ERR_clear_error();
  t->code = 0;
  return t;
}

/* Raises the error of a call of OpenSSL that returned 'result'; returns if the peer has ended TLS by close_notify. */
static void check_result(lua_State *L, Tls *t, const char *call, int result) {
  int code = SSL_get_error(t->ssl, result);
  if (code == SSL_ERROR_ZERO_RETURN) return;
  if (code == SSL_ERROR_WANT_READ) ps_tls_want_push(L, SYS_READ, call);
  else if (code == SSL_ERROR_WANT_WRITE) ps_tls_want_push(L, SYS_WRITE, call);
  else ps_tls_fatal_push(L, t, code, call);
  lua_error(L);
}

static void raise_ended(lua_State *L, const char *call) {
  ps_tls_error_text(L, "SSLZeroReturnError", SSL_ERROR_ZERO_RETURN, "TLS/SSL connection has been closed (EOF)", call);
  lua_error(L);
}

/* Continues the first handshake before a call that sends or receives. */
static void shake_hands(lua_State *L, Tls *t, const char *call) {
  int result = ps_tls_handshake(L, t);
  if (t->raised) {
    ps_tls_raised(L, t);
    lua_error(L);
  }
  if (result == 1) return;
  check_result(L, t, call, result);
  raise_ended(L, call);
}

/***
A TLS connection that reads from a `MemoryBIO` and writes to another one. It has the methods of an `SSLSocket` that need
no socket: `cipher`, `getpeercert`, `pending`, `selected_alpn_protocol`, `version`, ...
@class SSLObject
@tfield SSLContext context
@tfield boolean server_side
@tfield ?string server_hostname
@tfield ?SSLSession session
@tfield boolean session_reused
*/

/***
Continues the handshake.
@function SSLObject:do_handshake
@raise SSLWantReadError: send the data of the outgoing `MemoryBIO`, receive into the incoming one, and call again;
SSLError, SSLCertVerificationError
@see Python's SSLObject.do_handshake
*/
static int m_do_handshake(lua_State *L) {
  Tls *t = check_object(L);
  if (!t->established) shake_hands(L, t, "do_handshake");
  return 0;
}

/***
Reads decrypted bytes of the stream.
@function SSLObject:read
@tparam[opt=1024] integer len the maximum number of bytes
@tparam[opt] bytearray buffer receives at most `len` bytes if `len` is positive, else as many as fit
@treturn string|integer the bytes, "" at the end of the stream; with a buffer the number of bytes
@raise SSLWantReadError, SSLError, SSLEOFError
@see Python's SSLObject.read
*/
static int m_read(lua_State *L) {
  Tls *t = check_object(L);
  lua_settop(L, 3);
  int into = !lua_isnil(L, 3);
  lua_Integer len = lua_isnil(L, 2) ? (into ? 0 : 1024) : ps_check_integer(L, 2, "len", INT32_MIN, PS_SIZE_MAX);
  size_t size = 0;
  char *data = into ? ps_check_writable(L, 3, "buffer", &size) : NULL;
  if (!into && len < 0) ps_arg_error(L, 2, "len must not be negative, got %I", len);
  if (!into) size = len < (lua_Integer)TLS_RECORD ? (size_t)len : TLS_RECORD;
  else if (len > 0 && (size_t)len < size) size = (size_t)len;
  if (!t->established) {
    shake_hands(L, t, "read");
    if (into) data = ps_check_writable(L, 3, "buffer", &(size_t){0});
  }
  if (!into) data = ps_scratch(L, size);
  size_t count = 0;
  int result = size == 0 ? 1 : SSL_read_ex(t->ssl, data, size, &count);
  if (result != 1) check_result(L, t, "read", result);
  if (into) lua_pushinteger(L, (lua_Integer)count);
  else lua_pushlstring(L, data, count);
  return 1;
}

/***
Writes bytes, which are encrypted into the outgoing `MemoryBIO`.
@function SSLObject:write
@tparam string|bytearray data
@treturn integer the number of bytes written: at most one record of 16 384 bytes
@raise SSLWantReadError, SSLError
@see Python's SSLObject.write
*/
static int m_write(lua_State *L) {
  Tls *t = check_object(L);
  size_t length, count = 0;
  ps_check_buffer(L, 2, "data", &length);
  if (!t->established) shake_hands(L, t, "write");
  const char *data = ps_check_buffer(L, 2, "data", &length);
  int result = length == 0 ? 1 : SSL_write_ex(t->ssl, data, length < TLS_RECORD ? length : TLS_RECORD, &count);
  if (result != 1) {
    check_result(L, t, "write", result);
    raise_ended(L, "write");
  }
  lua_pushinteger(L, (lua_Integer)count);
  return 1;
}

/***
Ends TLS: writes close_notify, and reads the peer's.
@function SSLObject:unwrap
@raise SSLWantReadError if the peer's close_notify has not arrived; SSLError
@see Python's SSLObject.unwrap
*/
static int m_unwrap(lua_State *L) {
  Tls *t = check_object(L);
  int result = SSL_shutdown(t->ssl);
  if (result == 0) result = SSL_shutdown(t->ssl); /* ours is written; now read the peer's */
  if (result != 1) check_result(L, t, "unwrap", result);
  return 0;
}

/* a method (their class is an upvalue), or else an attribute */
static int object_index(lua_State *L) {
  const Tls *t = ps_tls_check(L, 1);
  lua_pushvalue(L, 2);
  if (lua_gettable(L, lua_upvalueindex(PS_UP_OWN)) != LUA_TNIL || ps_tls_attribute_push(L, t)) return 1;
  lua_pushnil(L);
  return 1;
}

static int object_gc(lua_State *L) {
  Tls *t = luaL_testudata(L, 1, TLS_OBJECTS);
  if (t == NULL) return 0;
  SSL_free(t->ssl);
  t->ssl = NULL;
  t->established = 0;
  return 0;
}

static const luaL_Reg memory_metamethods[] = {{"__gc", memory_gc}, {NULL, NULL}};
static const luaL_Reg memory_methods[] = {
    {"read", m_memory_read}, {"write", m_memory_write}, {"write_eof", m_memory_write_eof}, {NULL, NULL}};
static const luaL_Reg object_metamethods[] = {{"__gc", object_gc}, {"__newindex", ps_tls_attribute_set}, {NULL, NULL}};
static const luaL_Reg object_methods[] = {
    {"do_handshake", m_do_handshake}, {"read", m_read}, {"write", m_write}, {"unwrap", m_unwrap}, {NULL, NULL}};
static const luaL_Reg functions[] = {{"new_memory", f_memory}, {"wrap_bio", f_wrap_bio}, {NULL, NULL}};

/* Creates the metatable and the class of that name, and pushes both. */
static void make_class(lua_State *L, const char *key, const char *name, const luaL_Reg *metamethods,
                       lua_CFunction index) {
  ps_tls_metatable_push(L, key, metamethods, NULL);
  lua_pushnil(L);
  ps_class_push(L, name);
  lua_pushvalue(L, -1);
  lua_setfield(L, TLS_MODULE, name);
  lua_pushvalue(L, -1);
  lua_setfield(L, -3, "__class");
  lua_pushvalue(L, -1);
  ps_function_push(L, "index", index, PS_METHOD, 1);
  lua_setfield(L, -3, "__index");
}

void ps_tls_memory_open(lua_State *L) {
  ps_register(L, TLS_LOCAL, functions, 0);
  make_class(L, MEMORIES, "MemoryBIO", memory_metamethods, memory_index);
  ps_register(L, -1, memory_methods, PS_METHOD);
  make_class(L, TLS_OBJECTS, "SSLObject", object_metamethods, object_index);
  ps_register(L, -1, ps_tls_methods, PS_METHOD);
  ps_register(L, -1, object_methods, PS_METHOD);
  lua_settop(L, TLS_LOCAL);
}
