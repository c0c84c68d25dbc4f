/* SPDX-License-Identifier: MIT */
/* Arguments: each function raises Lua's argument error, with the name of the function that was called and the offending value. */
#ifndef PS_ARGUMENTS_H
#define PS_ARGUMENTS_H

#include "world.h"

/* Pushes "file:line: " of the caller, outside of our own Lua files (caller.c). */
void ps_where_push(lua_State *L);
/* Pushes the frames of a traceback of 'co' from that level on, a line each, without the library's own. */
void ps_frames_push(lua_State *L, lua_State *co, int level);
/* Does nothing but Lua functions stand between this call and the main function of an interpreter, which prints the error? */
int ps_is_uncaught(lua_State *L);

/* Raises Lua's argument error for a function of that name; argument 0 is self. */
_Noreturn int ps_bad_argument(lua_State *L, int arg, const char *name, const char *message);
_Noreturn int ps_arg_error(lua_State *L, int arg, const char *format, ...);
_Noreturn int ps_type_error(lua_State *L, int arg, const char *expected);
const char *ps_type_name(lua_State *L, int arg); /* what a message calls the value; may push */
/* Pushes the value as messages show it: 'text', 5, {'a', name = 1} (describe.c). */
const char *ps_describe(lua_State *L, int index);
/* The rest of ps_check_integer: takes a float with an integral value, raises for anything else. */
lua_Integer ps_odd_integer(lua_State *L, int arg, const char *what, lua_Integer min, lua_Integer max);

/* As lua_tointegerx, but a string is no number. */
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
sys_fd ps_check_fd(lua_State *L, int arg, const char *what); /* as numbers of descriptors are: perhaps a negative one */
int ps_opt_int(lua_State *L, int arg, const char *what, int absent);
const char *ps_check_string(lua_State *L, int arg, const char *what, size_t *len);
const char *ps_check_name(lua_State *L, int arg, const char *what); /* no zeros inside */
/* What is looked up in a table of the system's: "" in place of text with zeros inside, of which C would see a part. Neither is
   in any table. */
const char *ps_check_key(lua_State *L, int arg, const char *what);
const char *ps_check_buffer(lua_State *L, int arg, const char *what, size_t *len); /* string or bytearray */
char *ps_check_writable(lua_State *L, int arg, const char *what, size_t *len);     /* bytearray or view */
/* seconds to ns: nil is -1 (no limit) */
int64_t ps_check_timeout(lua_State *L, int arg, const char *what);
void ps_timeout_push(lua_State *L, int64_t ns);

/* The rest of ps_options_spread (options.c). */
void ps_options_read(lua_State *L, int first, int positional, const char *list);

/* Where the last argument is a table of options, puts its fields in the places of the parameters that they name. The parameters
   begin at argument 'first'; so many of them may be given by position. 'list' has them all, as in "fd{} eventmask=": with '=' those
   that may be left out, with "{}" those that take a table. Leaves at most one argument a parameter. */
static inline void ps_options_spread(lua_State *L, int first, int positional, const char *list) {
  int top = lua_gettop(L), type = lua_type(L, top > 0 ? top : 1);
  if (type == LUA_TTABLE || type == LUA_TNIL || top >= first + positional) ps_options_read(L, first, positional, list);
}

#endif
