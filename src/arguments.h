/* SPDX-License-Identifier: MIT */
/* Arguments. Each check raises Lua's argument error, with the name of the called function and the wrong value. */
#ifndef PS_ARGUMENTS_H
#define PS_ARGUMENTS_H

#include <math.h>

#include "world.h"

/* Pushes "file:line: " of the caller outside of the library's Lua files (caller.c). */
void ps_where_push(lua_State *L);
/* Pushes a traceback of 'co' from that level on, without the frames of the library. */
void ps_frames_push(lua_State *L, lua_State *co, int level);
/* Are there only Lua functions between this call and the main function of an interpreter, which prints the error? */
int ps_is_uncaught(lua_State *L);

/* Raises Lua's argument error for a function of that name; argument 0 is self. */
_Noreturn int ps_bad_argument(lua_State *L, int arg, const char *name, const char *message);
_Noreturn int ps_arg_error(lua_State *L, int arg, const char *format, ...);
_Noreturn int ps_type_error(lua_State *L, int arg, const char *expected);
const char *ps_type_name(lua_State *L, int arg); /* the name of the value's type in messages; may push a value */
/* Pushes the text of the value for messages: 'text', 5, {'a', name = 1} (describe.c). */
const char *ps_describe(lua_State *L, int index);
/* The slow part of ps_check_integer: accepts a float with an integral value, and raises an error for any other value.
   */
lua_Integer ps_odd_integer(lua_State *L, int arg, const char *what, lua_Integer min, lua_Integer max);

/* The same as lua_tointegerx, except that a string is no number. */
static inline lua_Integer ps_to_integer(lua_State *L, int index, int *isnum) {
  *isnum = 0;
  return lua_type(L, index) == LUA_TNUMBER ? lua_tointegerx(L, index, isnum) : 0;
}

static inline lua_Integer ps_check_integer(lua_State *L, int arg, const char *what, lua_Integer min, lua_Integer max) {
  if (lua_isinteger(L, arg)) {
    lua_Integer value = lua_tointeger(L, arg);
    if (value >= min && value <= max) return value;
  }
  return ps_odd_integer(L, arg, what, min, max);
}

lua_Integer ps_opt_integer(lua_State *L, int arg, const char *what, lua_Integer min, lua_Integer max,
                           lua_Integer absent);
int ps_check_int(lua_State *L, int arg, const char *what);   /* any C int */
sys_fd ps_check_fd(lua_State *L, int arg, const char *what); /* an integer of a descriptor's type, perhaps negative */
int ps_opt_int(lua_State *L, int arg, const char *what, int absent);
const char *ps_check_string(lua_State *L, int arg, const char *what, size_t *len);
const char *ps_check_name(lua_State *L, int arg, const char *what); /* a string without zeros */
/* A key for a table of the system. Returns "" for a string with zeros, of which C would use only a part: no table
   contains either. */
const char *ps_check_key(lua_State *L, int arg, const char *what);
const char *ps_check_buffer(lua_State *L, int arg, const char *what, size_t *len); /* string or bytearray */
char *ps_check_writable(lua_State *L, int arg, const char *what, size_t *len);     /* bytearray or view */
/* Converts seconds, at least 0, into nanoseconds; INT64_MAX if there are more. Rounds up: no wait ends early, and no
   timeout becomes 0. */
static inline int64_t ps_nanoseconds(double seconds) {
  volatile double ns = seconds * 1e9; /* volatile: the x87 of i386 keeps more digits than a double has */
  return ns < 9223372036854775807.0 ? (int64_t)ceil(ns) : INT64_MAX;
}
/* Returns the time of the monotonic clock after that many nanoseconds, or INT64_MAX. */
static inline int64_t ps_deadline(int64_t ns) {
  int64_t now = sys_monotonic();
  return ns < INT64_MAX - now ? now + ns : INT64_MAX;
}
/* Converts seconds to nanoseconds; nil becomes -1 (no limit). */
int64_t ps_check_timeout(lua_State *L, int arg, const char *what);
void ps_timeout_push(lua_State *L, int64_t ns);

/* The slow part of ps_options_spread (options.c). */
void ps_options_read(lua_State *L, int first, int positional, const char *list);

/* If the last argument is a table of options, moves its fields to the places of the parameters that they name. The
   parameters begin at argument 'first'; 'positional' is the number of those that may be given by position. 'list' names
   all of them, as in "fd{} eventmask=": '=' marks a parameter that is optional, "{}" one that takes a table. Leaves at
   most one argument for each parameter. */
static inline void ps_options_spread(lua_State *L, int first, int positional, const char *list) {
  int top = lua_gettop(L), type = lua_type(L, top > 0 ? top : 1);
  if (type == LUA_TTABLE || type == LUA_TNIL || top >= first + positional) ps_options_read(L, first, positional, list);
}

#endif
