/* SPDX-License-Identifier: MIT */
/* Checks of arguments. Each raises Lua's argument error, with the name of the function and the wrong value. */
#include <limits.h>
#include <math.h>
#include <string.h>

#include "core.h"

_Noreturn int ps_bad_argument(lua_State *L, int arg, const char *name, const char *message) {
  ps_where_push(L);
  if (arg == 0) lua_pushfstring(L, "calling '%s' on bad self (%s)", name, message);
  else lua_pushfstring(L, "bad argument #%d to '%s' (%s)", arg, name, message);
  lua_concat(L, 2);
  lua_error(L);
}

_Noreturn int ps_arg_error(lua_State *L, int arg, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const char *message = lua_pushvfstring(L, format, arguments);
  va_end(arguments);
  if (lua_tointeger(L, lua_upvalueindex(PS_UP_FLAGS)) & PS_METHOD) arg--;
  ps_bad_argument(L, arg, lua_tostring(L, lua_upvalueindex(PS_UP_NAME)), message);
}

/* The field '__name' of the value's metatable, or its type. */
const char *ps_type_name(lua_State *L, int arg) {
  if (luaL_getmetafield(L, arg, "__name") == LUA_TSTRING) return lua_tostring(L, -1);
  return lua_isnone(L, arg) ? "no value" : luaL_typename(L, arg);
}

_Noreturn int ps_type_error(lua_State *L, int arg, const char *expected) {
  ps_arg_error(L, arg, "%s expected, got %s", expected, ps_type_name(L, arg));
}

lua_Integer ps_odd_integer(lua_State *L, int arg, const char *what, lua_Integer min, lua_Integer max) {
  int isnum;
  lua_Integer value = ps_to_integer(L, arg, &isnum);
  if (!isnum) {
    if (lua_type(L, arg) == LUA_TNUMBER)
      ps_arg_error(L, arg, "%s must be an integer, got %f", what, lua_tonumber(L, arg));
    ps_arg_error(L, arg, "%s must be an integer, got %s", what, ps_type_name(L, arg));
  }
  if (value >= min && value <= max) return value;
  if (min < 0) ps_arg_error(L, arg, "%s out of range, got %I", what, value);
  return ps_arg_error(L, arg, "%s must be %I-%I, got %I", what, min, max, value);
}

lua_Integer ps_opt_integer(lua_State *L, int arg, const char *what, lua_Integer min, lua_Integer max,
                           lua_Integer absent) {
  return lua_isnoneornil(L, arg) ? absent : ps_check_integer(L, arg, what, min, max);
}

int ps_check_int(lua_State *L, int arg, const char *what) {
  return (int)ps_check_integer(L, arg, what, INT_MIN, INT_MAX);
}

sys_fd ps_check_fd(lua_State *L, int arg, const char *what) {
  return (sys_fd)ps_check_integer(L, arg, what, INT_MIN, INT_MAX);
}

int ps_opt_int(lua_State *L, int arg, const char *what, int absent) {
  return lua_isnoneornil(L, arg) ? absent : ps_check_int(L, arg, what);
}

const char *ps_check_string(lua_State *L, int arg, const char *what, size_t *len) {
  if (lua_type(L, arg) != LUA_TSTRING) ps_arg_error(L, arg, "%s must be a string, got %s", what, ps_type_name(L, arg));
  return lua_tolstring(L, arg, len);
}

const char *ps_check_name(lua_State *L, int arg, const char *what) {
  size_t len;
  const char *name = ps_check_string(L, arg, what, &len);
  if (strlen(name) != len) ps_arg_error(L, arg, "%s must not contain null characters", what);
  return name;
}

const char *ps_check_key(lua_State *L, int arg, const char *what) {
  size_t len;
  const char *key = ps_check_string(L, arg, what, &len);
  return strlen(key) == len ? key : "";
}

int64_t ps_check_timeout(lua_State *L, int arg, const char *what) {
  if (lua_isnoneornil(L, arg)) return -1;
  if (lua_type(L, arg) != LUA_TNUMBER)
    ps_arg_error(L, arg, "%s must be a number or nil, got %s", what, ps_type_name(L, arg));
  double seconds = lua_tonumber(L, arg);
  if (isnan(seconds) || seconds < 0) ps_arg_error(L, arg, "%s out of range, got %f", what, seconds);
  int64_t ns = ps_nanoseconds(seconds);
  if (ns == INT64_MAX) ps_arg_error(L, arg, "%s too large, got %f", what, seconds);
  return ns;
}

void ps_timeout_push(lua_State *L, int64_t ns) {
  if (ns < 0) lua_pushnil(L);
  else lua_pushnumber(L, (double)ns / 1e9);
}

/***
Raises Lua's argument error for a function of the Lua layer.
@function argerror
@local
@tparam integer arg the number of the argument; 0: self
@tparam string name the name of the function
@tparam string message the text in parentheses
*/
static int f_argerror(lua_State *L) {
  ps_bad_argument(L, (int)luaL_checkinteger(L, 1), luaL_checkstring(L, 2), luaL_checkstring(L, 3));
}

static const luaL_Reg local[] = {{"argerror", f_argerror}, {NULL, NULL}};

void ps_arguments_open(lua_State *L) { ps_register(L, PS_OPEN_LOCAL, local, 0); }
