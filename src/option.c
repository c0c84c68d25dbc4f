/* SPDX-License-Identifier: MIT */
/*
** Options of a socket, as integers or as bytes. The level, the name and the value are passed to the system unchanged.
*/
#include <limits.h>
#include <string.h>

#include "core.h"

#define VALUE_MAX 1024 /* Python's limit */
#define UNIT 8         /* bytes of an instruction of a socket filter */

/* For a filter, Linux takes and returns the length in instructions instead of bytes, so it may write more than 'len'
   bytes. */
static int is_filter(int level, int name) {
#ifdef SO_GET_FILTER
  return level == SOL_SOCKET && name == SO_GET_FILTER;
#else
  return (void)level, (void)name, 0;
#endif
}

/* All options of AF_VSOCK sockets are integers of 64 bits. */
static int is_wide(const Socket *s) {
#ifdef AF_VSOCK
  return s->family == AF_VSOCK;
#else
  (void)s;
  return 0;
#endif
}

/* Pushes an integer, or raises an error. */
static int get_integer(lua_State *L, const Socket *s, int level, int name) {
  union {
    int narrow;
    int64_t wide;
    char filter[sizeof(int64_t) * UNIT];
  } value = {.filter = {0}};
  socklen_t len = is_wide(s) ? sizeof value.wide : sizeof value.narrow;
  int done = sys_getsockopt(s->fd, level, name, &value, &len);
  int code = errno;
  if (done != 0) return ps_socket_error_raise(L, s, code, "getsockopt");
  if (len < sizeof value.narrow) lua_pushinteger(L, *(unsigned char *)&value); /* some options are a byte long */
  else lua_pushinteger(L, len == sizeof value.wide ? value.wide : value.narrow);
  return 1;
}

/* Pushes the bytes, or raises an error. */
static int get_bytes(lua_State *L, const Socket *s, int level, int name, socklen_t len) {
  char value[VALUE_MAX * UNIT];
  socklen_t given = len;
  memset(value, 0, len); /* some options report more bytes than they write, ... */
  int done = sys_getsockopt(s->fd, level, name, value, &len);
  int code = errno;
  if (done != 0) return ps_socket_error_raise(L, s, code, "getsockopt");
  if (len > given) len = given; /* ... or more than there is room for */
  lua_pushlstring(L, value, is_filter(level, name) ? len * UNIT : len);
  return 1;
}

static int set_value(lua_State *L, Socket *s, const void *value, size_t len) {
  int level = (int)lua_tointeger(L, 2), name = (int)lua_tointeger(L, 3);
  int done = sys_setsockopt(s->fd, level, name, value, (socklen_t)len);
  int code = errno;
  if (done != 0) return ps_socket_error_raise(L, s, code, "setsockopt");
  if (level == SOL_SOCKET && name == SO_LINGER) s->lingers = 1;
  if (level == SOL_SOCKET && name == SO_RCVLOWAT) s->hurries = 1;
#ifdef TCP_ULP
  if (level == IPPROTO_TCP && name == TCP_ULP) s->hurries = 1;
#endif
  return 0;
}

static int set_integer(lua_State *L, Socket *s) {
  if (lua_isboolean(L, 4)) {
    lua_pushinteger(L, lua_toboolean(L, 4));
    lua_replace(L, 4);
  }
  if (is_wide(s)) {
    int64_t value = ps_check_integer(L, 4, "value", LUA_MININTEGER, LUA_MAXINTEGER);
    return set_value(L, s, &value, sizeof value);
  }
  int value = ps_check_int(L, 4, "value");
  return set_value(L, s, &value, sizeof value);
}

/***
Returns the value of an option.
@function socket:getsockopt
@tparam integer level such as `SOL_SOCKET`
@tparam integer optname such as `SO_REUSEADDR`
@tparam[opt=0] integer buflen the maximum number of bytes of the value, at most 1024; 0: the value is an integer
@treturn integer|string the integer, or the bytes that the system has returned
@raise OSError as getsockopt(2)
@see Python's socket.getsockopt
*/
static int m_getsockopt(lua_State *L) {
  const Socket *s = ps_socket_check(L, 1);
  int level = ps_check_int(L, 2, "level");
  int name = ps_check_int(L, 3, "optname");
  int buflen = ps_opt_int(L, 4, "buflen", 0);
  if (buflen == 0) return get_integer(L, s, level, name);
  if (is_wide(s)) return ps_error_raise_text(L, "getsockopt", "getsockopt string buffer not allowed");
  if (buflen < 0 || buflen > VALUE_MAX) return ps_error_raise_text(L, "getsockopt", "getsockopt buflen out of range");
  return get_bytes(L, s, level, name, (socklen_t)buflen);
}

/***
Sets an option.
@function socket:setsockopt
@tparam integer level such as `SOL_SOCKET`
@tparam integer optname such as `SO_REUSEADDR`
@tparam integer|boolean|string|bytearray|nil value an integer or a boolean (a C int), bytes (a C struct, see
  `string.pack`), or nil (a null pointer)
@tparam[opt] integer optlen the length that goes with the null pointer, only for a nil value
@raise OSError as setsockopt(2)
@see Python's socket.setsockopt
*/
static int m_setsockopt(lua_State *L) {
  Socket *s = ps_socket_check(L, 1);
  ps_check_int(L, 2, "level");
  ps_check_int(L, 3, "optname");
  int type = lua_type(L, 4);
  if (type == LUA_TNIL && !is_wide(s))
    return set_value(L, s, NULL, (size_t)ps_check_integer(L, 5, "optlen", 0, INT_MAX));
  if (!lua_isnoneornil(L, 5)) return ps_arg_error(L, 5, "optlen goes with a nil value only");
  if (type == LUA_TNUMBER || type == LUA_TBOOLEAN || is_wide(s)) return set_integer(L, s);
  if (type != LUA_TSTRING && type != LUA_TUSERDATA)
    return ps_arg_error(L, 4, "value must be an integer, boolean, string or bytearray, got %s", ps_type_name(L, 4));
  size_t len;
  const char *value = ps_check_buffer(L, 4, "value", &len);
  if (len > INT_MAX) return ps_arg_error(L, 4, "value too long, got %I bytes", (lua_Integer)len);
  return set_value(L, s, value, len);
}

static const luaL_Reg methods[] = {
    {"getsockopt", m_getsockopt},
    {"setsockopt", m_setsockopt},
    {NULL, NULL},
};

void ps_option_open(lua_State *L) { ps_register(L, PS_OPEN_METHODS, methods, PS_METHOD); }
