/* SPDX-License-Identifier: MIT */
/*
** Arguments by name, in a table that is the last argument. A function lists its parameters as in "address{} timeout=",
** where '=' marks a parameter that is optional, and "{}" one that takes a table.
*/
#include <string.h>

#include "core.h"

typedef struct Parameter {
  const char *name;
  size_t len;
  int takes_table, is_optional;
} Parameter;

/* Reads the first parameter of the list, and moves the list behind it. 0 at the end. */
static int next_parameter(const char **list, Parameter *parameter) {
  const char *text = *list + strspn(*list, " ");
  size_t whole = strcspn(text, " ");
  parameter->name = text;
  parameter->len = strcspn(text, " {=");
  parameter->takes_table = memchr(text, '{', whole) != NULL;
  parameter->is_optional = memchr(text, '=', whole) != NULL;
  *list = text + whole;
  return whole > 0;
}

/* The number of parameters. */
static int count_of(const char *list) {
  Parameter parameter;
  int count = 0;
  while (next_parameter(&list, &parameter)) count++;
  return count;
}

/* The place (from 0) of the parameter of that name, or -1. */
static int place_of(const char *list, const char *name) {
  Parameter parameter;
  for (int place = 0; next_parameter(&list, &parameter); place++)
    if (strlen(name) == parameter.len && strncmp(name, parameter.name, parameter.len) == 0) return place;
  return -1;
}

/* The function that is called. Its parameters begin at argument 'first', which messages call argument 'number'. */
typedef struct Call {
  const char *name;
  int first, number;
  int positional; /* the number of parameters that may be given by position; the others are given by name */
  const char *list;
} Call;

static _Noreturn void refuse(lua_State *L, const Call *call, int place, const char *format, const char *what) {
  lua_pushfstring(L, format, what);
  ps_bad_argument(L, call->number + place, call->name, lua_tostring(L, -1));
}

/* Was the parameter 'key' given by position, before the one at 'place'? */
static int is_given(lua_State *L, const Call *call, int key, int place) {
  return key < place && !lua_isnil(L, call->first + key);
}

/* Are all keys of the table at the top, given at the place of a parameter that takes a table, names of parameters that
   are not given yet? Then the table is the options and no value of that parameter. An empty table is the value, unless
   the parameter is optional. */
static int names_others(lua_State *L, const Call *call, const Parameter *parameter, int place) {
  int table = lua_gettop(L), count = 0, is = 1;
  if (lua_getmetatable(L, table)) is = 0;
  lua_settop(L, table);
  lua_pushnil(L);
  for (; is && lua_next(L, table); count++) {
    int key = lua_type(L, -2) == LUA_TSTRING ? place_of(call->list, lua_tostring(L, -2)) : -1;
    is = key >= 0 && !is_given(L, call, key, place);
    lua_pop(L, 1);
  }
  lua_settop(L, table);
  return is && (count > 0 || parameter->is_optional);
}

/* Is the table at the top, at the place of the parameter 'place', the table of options? */
static int is_options(lua_State *L, const Call *call, int place) {
  Parameter parameter;
  const char *list = call->list;
  if (place >= call->positional) return 1;
  for (int i = 0; i <= place; i++) next_parameter(&list, &parameter);
  return !parameter.takes_table || names_others(L, call, &parameter, place);
}

/* Moves the fields of the table at the top, the options at 'place', to the places of their parameters. */
static void spread(lua_State *L, const Call *call, int place, int count) {
  int table = lua_gettop(L), end = call->first + count;
  lua_settop(L, table > end ? table : end); /* a slot for each parameter, and one behind them */
  lua_pushvalue(L, table);
  lua_insert(L, end);
  lua_settop(L, end);
  if (table < end) lua_pushnil(L), lua_replace(L, table);
  lua_pushnil(L);
  while (lua_next(L, end)) {
    if (lua_type(L, -2) != LUA_TSTRING)
      refuse(L, call, place, "options have names, got a key of type %s", luaL_typename(L, -2));
    int key = place_of(call->list, lua_tostring(L, -2));
    if (key < 0) refuse(L, call, place, "unknown option '%s'", lua_tostring(L, -2));
    if (is_given(L, call, key, place))
      refuse(L, call, place, "option '%s' is given by position too", lua_tostring(L, -2));
    lua_replace(L, call->first + key);
  }
}

/* Leaves exactly the parameters, from 'first' on. Further arguments are ignored, except that an argument at the place
   of the options has to be a table. */
static void read_arguments(lua_State *L, const Call *call) {
  int count = count_of(call->list);
  while (lua_gettop(L) >= call->first && lua_isnil(L, -1)) lua_pop(L, 1);
  int place = lua_gettop(L) - call->first;
  if (place >= 0 && lua_istable(L, -1) && is_options(L, call, place)) spread(L, call, place, count);
  else if (place >= call->positional && count > call->positional)
    refuse(L, call, place, "options must be a table, got %s", ps_type_name(L, lua_gettop(L)));
  lua_settop(L, call->first + count - 1);
}

void ps_options_read(lua_State *L, int first, int positional, const char *list) {
  Call call = {lua_tostring(L, lua_upvalueindex(PS_UP_NAME)), first, first, positional, list};
  if (lua_tointeger(L, lua_upvalueindex(PS_UP_FLAGS)) & PS_METHOD) call.number--;
  read_arguments(L, &call);
}

/***
Returns the arguments of a function of the Lua layer, given by position or by name.
@function arguments
@local
@tparam string name the name of the function
@tparam integer positional the number of parameters that may be given by position
@tparam string list the parameters, as in `"address{} timeout="`: `=` marks one that is optional, `{}` one that takes a
  table
@param ... the arguments as they were given
@return one value for each parameter
*/
static int f_arguments(lua_State *L) {
  Call call = {luaL_checkstring(L, 1), 4, 1, (int)luaL_checkinteger(L, 2), luaL_checkstring(L, 3)};
  read_arguments(L, &call);
  return lua_gettop(L) - 3;
}

static const luaL_Reg local[] = {{"arguments", f_arguments}, {NULL, NULL}};

void ps_options_open(lua_State *L) { ps_register(L, PS_OPEN_LOCAL, local, 0); }
