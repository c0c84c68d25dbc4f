/* SPDX-License-Identifier: MIT */
/*
** Opens the core: makes the world of a Lua state, once, and holds what every function shares: how it is registered
** and how it reads its arguments.
*/
#include <limits.h>
#include <math.h>
#include <string.h>

#include "core.h"

#define SCRATCH_MIN ((size_t)16 * 1024)
#define SCRATCH_MAX ((size_t)1024 * 1024)

static const char world_key = 0; /* its address is the world's key in the registry */

/* {== Registering ==} */

void ps_function_push(lua_State *L, const char *name, lua_CFunction f, int flags, int own) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &world_key);
  lua_pushstring(L, name);
  lua_pushinteger(L, flags);
  lua_rotate(L, -(own + 3), 3);
  lua_pushcclosure(L, f, 3 + own);
}

void ps_register(lua_State *L, int index, const luaL_Reg *functions, int flags) {
  index = lua_absindex(L, index);
  for (; functions->name != NULL; functions++) {
    ps_function_push(L, functions->name, functions->func, flags, 0);
    lua_setfield(L, index, functions->name);
  }
}

void ps_metatable_push(lua_State *L, int world_value, const char *name) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &world_key);
  lua_createtable(L, 0, 8);
  lua_pushstring(L, name);
  lua_setfield(L, -2, "__name");
  lua_pushvalue(L, -1);
  lua_setiuservalue(L, -3, world_value);
  lua_remove(L, -2);
}

char *ps_scratch(lua_State *L, size_t size) {
  World *world = ps_world(L);
  if (size <= world->scratch_size) return world->scratch;
  if (size > SCRATCH_MAX) return lua_newuserdatauv(L, size, 0);
  size_t room = SCRATCH_MIN;
  while (room < size) room *= 2;
  char *scratch = lua_newuserdatauv(L, room, 0);
  lua_setiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_SCRATCH);
  world->scratch_size = room;
  return world->scratch = scratch;
}

/* {== Arguments ==} */

/* raises Lua's argument error; 0 is self */
static int bad_argument(lua_State *L, int arg, const char *name, const char *message) {
  ps_where_push(L);
  if (arg == 0) lua_pushfstring(L, "calling '%s' on bad self (%s)", name, message);
  else lua_pushfstring(L, "bad argument #%d to '%s' (%s)", arg, name, message);
  lua_concat(L, 2);
  return lua_error(L);
}

int ps_arg_error(lua_State *L, int arg, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const char *message = lua_pushvfstring(L, format, arguments);
  va_end(arguments);
  if (lua_tointeger(L, lua_upvalueindex(PS_UP_FLAGS)) & PS_METHOD) arg--;
  return bad_argument(L, arg, lua_tostring(L, lua_upvalueindex(PS_UP_NAME)), message);
}

/* its type, by its __name where it has one */
const char *ps_type_name(lua_State *L, int arg) {
  if (luaL_getmetafield(L, arg, "__name") == LUA_TSTRING) return lua_tostring(L, -1);
  return lua_isnone(L, arg) ? "no value" : luaL_typename(L, arg);
}

int ps_type_error(lua_State *L, int arg, const char *expected) {
  return ps_arg_error(L, arg, "%s expected, got %s", expected, ps_type_name(L, arg));
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

int64_t ps_check_timeout(lua_State *L, int arg, const char *what) {
  if (lua_isnoneornil(L, arg)) return -1;
  if (lua_type(L, arg) != LUA_TNUMBER)
    ps_arg_error(L, arg, "%s must be a number or nil, got %s", what, ps_type_name(L, arg));
  double seconds = lua_tonumber(L, arg);
  if (isnan(seconds) || seconds < 0) ps_arg_error(L, arg, "%s out of range, got %f", what, seconds);
  double ns = ceil(seconds * 1e9); /* away from zero: no wait ends early, none becomes "non-blocking" */
  if (ns >= 9223372036854775807.0) ps_arg_error(L, arg, "%s too large, got %f", what, seconds);
  return (int64_t)ns;
}

void ps_timeout_push(lua_State *L, int64_t ns) {
  if (ns < 0) lua_pushnil(L);
  else lua_pushnumber(L, (double)ns / 1e9);
}

/* the slot of option 'name' among 'names', counted from 0, or -1 */
static int option_slot(const char *name, const char *const names[]) {
  for (int i = 0; names[i] != NULL; i++)
    if (strcmp(names[i], name) == 0) return i;
  return -1;
}

void ps_options_spread(lua_State *L, int first, const char *const names[]) {
  int count = 0;
  while (names[count] != NULL) count++;
  int table = lua_gettop(L);
  int given = table >= first && table <= first + count && lua_type(L, table) == LUA_TTABLE;
  lua_settop(L, first + count - 1 + given);
  if (!given) return;
  lua_pushvalue(L, table); /* out of the way: its place may be an argument's */
  lua_insert(L, 1);
  lua_pushnil(L);
  lua_replace(L, table + 1);
  lua_settop(L, first + count);
  lua_pushnil(L);
  while (lua_next(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING)
      ps_arg_error(L, table, "options have names, got a key of type %s", luaL_typename(L, -2));
    int slot = option_slot(lua_tostring(L, -2), names);
    if (slot < 0 || *names[slot] == '\0') ps_arg_error(L, table, "unknown option '%s'", lua_tostring(L, -2));
    int place = first + 1 + slot;
    if (place < table + 1) ps_arg_error(L, table, "option '%s' is given by position too", lua_tostring(L, -2));
    lua_replace(L, place);
  }
  lua_remove(L, 1);
}

/* {== What the Lua layer needs of us ==} */

int ps_concat(lua_State *L) {
  for (int i = 1; i <= 2; i++) {
    if (!lua_isstring(L, i) && luaL_getmetafield(L, i, "__concat") == LUA_TNIL)
      luaL_error(L, "attempt to concatenate a %s value", ps_type_name(L, i));
    luaL_tolstring(L, i, NULL);
    lua_replace(L, i);
  }
  lua_settop(L, 2);
  lua_concat(L, 2);
  return 1;
}

void ps_class_push(lua_State *L, const char *name) {
  lua_getiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_CLASSES);
  if (lua_getfield(L, -1, name) != LUA_TTABLE) {
    lua_pop(L, 1);
    lua_createtable(L, 0, 16);
    lua_pushstring(L, name);
    lua_setfield(L, -2, "__name");
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "__index");
    if (!lua_isnil(L, -3)) {
      lua_pushvalue(L, -3);
      lua_setfield(L, -2, "__base");
      lua_createtable(L, 0, 1);
      lua_pushvalue(L, -4);
      lua_setfield(L, -2, "__index");
      lua_setmetatable(L, -2);
    }
    lua_pushvalue(L, -1);
    lua_setfield(L, -3, name);
  }
  lua_replace(L, -3);
  lua_pop(L, 1);
}

/***
The same class table at each call with that name: its own `__index`, with `__name` and `__base`.
@function class
@local
@tparam string name
@tparam[opt] table base the class it inherits from
@treturn table
*/
static int f_class(lua_State *L) {
  const char *name = ps_check_name(L, 1, "name");
  lua_settop(L, 2);
  ps_class_push(L, name);
  return 1;
}

/***
Raises Lua's argument error in the name of a function of the Lua layer.
@function argerror
@local
@tparam integer arg the argument's number; 0: self
@tparam string name the function's name
@tparam string message
*/
static int f_argerror(lua_State *L) {
  return bad_argument(L, (int)luaL_checkinteger(L, 1), luaL_checkstring(L, 2), luaL_checkstring(L, 3));
}

/***
Says that the calling Lua file, and those beside it, are ours: errors are reported at their callers.
@function layer
@local
*/
static int f_layer(lua_State *L) {
  lua_Debug ar;
  if (!lua_getstack(L, 1, &ar) || !lua_getinfo(L, "S", &ar)) return 0;
  const char *slash = strrchr(ar.source, '/');
  if (slash == NULL) return 0;
  lua_pushlstring(L, ar.source, (size_t)(slash + 1 - ar.source));
  lua_setiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_LAYER);
  return 0;
}

/***
Seconds on a clock that only goes forward, for deadlines (`time.monotonic`).
@function monotonic
@treturn number
*/
static int f_monotonic(lua_State *L) {
  lua_pushnumber(L, (double)sys_monotonic() / 1e9);
  return 1;
}

static const luaL_Reg functions[] = {{"monotonic", f_monotonic}, {NULL, NULL}};

static const luaL_Reg local[] = {{"class", f_class}, {"argerror", f_argerror}, {"layer", f_layer}, {NULL, NULL}};

/* the openers, in an order in which each finds what it needs */
static void (*const openers[])(lua_State *L) = {
    ps_error_open,   ps_protect_open, ps_constants_open, ps_address_open,  ps_bytes_open,      ps_socket_open,
    ps_create_open,  ps_mode_open,    ps_scheduler_open, ps_turn_open,     ps_trace_open,      ps_transfer_open,
    ps_connect_open, ps_message_open, ps_option_open,    ps_sendfile_open, ps_lookup_open,     ps_resolve_open,
    ps_host_open,    ps_netdb_open,   ps_interface_open, ps_convert_open,  ps_descriptor_open, ps_epoll_open,
    ps_poller_open,  ps_line_open,    ps_capi_open,
};

/* pushes a new world, with its user values */
static void world_new(lua_State *L) {
  World *world = lua_newuserdatauv(L, sizeof *world, PS_WORLD_VALUES);
  memset(world, 0, sizeof *world);
  world->timeout = -1;
  lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_MAINTHREAD);
  world->main = lua_tothread(L, -1);
  lua_pop(L, 1);
  lua_newtable(L);
  lua_setiuservalue(L, -2, PS_CLASSES);
  lua_newtable(L);
  lua_setiuservalue(L, -2, PS_TUPLES);
  world->host_text = lua_pushliteral(L, "0.0.0.0");
  lua_setiuservalue(L, -2, PS_HOST);
}

/* Returns what is local, and through it all the rest: the table that users see is its field 'module'. */
static int open_core(lua_State *L) {
  lua_settop(L, 0);
  lua_createtable(L, 0, 800);
  lua_createtable(L, 0, 64);
  lua_createtable(L, 0, 64);
  ps_register(L, PS_OPEN_CORE, functions, 0);
  ps_register(L, PS_OPEN_LOCAL, local, 0);
  for (size_t i = 0; i < sizeof openers / sizeof *openers; i++) {
    openers[i](L);
    lua_settop(L, PS_OPEN_LOCAL);
  }
  lua_pushliteral(L, PYSOCKET_VERSION);
  lua_setfield(L, PS_OPEN_CORE, "_VERSION");
  lua_pushvalue(L, PS_OPEN_CORE);
  lua_setfield(L, PS_OPEN_LOCAL, "module");
  lua_createtable(L, 0, 1);
  lua_pushvalue(L, PS_OPEN_CORE);
  lua_setfield(L, -2, "__index");
  lua_setmetatable(L, PS_OPEN_LOCAL);
  return 1;
}

/* Opening again in the same state gives the same table. */
int luaopen_pysocket_core(lua_State *L) {
  luaL_checkversion(L);
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &world_key) == LUA_TUSERDATA)
    if (lua_getiuservalue(L, -1, PS_CORE) == LUA_TTABLE) return 1; /* else an opening that failed half-way */
  world_new(L);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &world_key);
  ps_function_push(L, "open", open_core, 0, 0);
  lua_call(L, 0, 1);
  lua_pushvalue(L, -1);
  lua_setiuservalue(L, -3, PS_CORE);
  return 1;
}
