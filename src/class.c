/* SPDX-License-Identifier: MIT */
/* Classes: tables that are the metatables of their objects, and inherit from each other. */
#include "core.h"

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

/* Replaces the value at the top by its class: the field '__class' of its metatable, or the metatable itself, or nil. */
static void class_of(lua_State *L) {
  if (!lua_getmetatable(L, -1)) lua_pushnil(L);
  else {
    lua_pushliteral(L, "__class");
    if (lua_rawget(L, -2) == LUA_TNIL) lua_pop(L, 1);
    else lua_remove(L, -2);
  }
  lua_replace(L, -2);
}

/* Replaces the class at the top by its base, which is nil at the root. */
static void base_of(lua_State *L) {
  if (lua_istable(L, -1)) {
    lua_pushliteral(L, "__base");
    lua_rawget(L, -2);
  } else lua_pushnil(L);
  lua_replace(L, -2);
}

#define DEEPEST 100 /* the most ancestors of a class, so that a class that inherits from itself is an error */

int ps_class_has(lua_State *L, int class, int index) {
  int is = 0, depth = 0;
  lua_pushvalue(L, index);
  for (class_of(L); !is && !lua_isnil(L, -1); base_of(L)) {
    if (++depth > DEEPEST) luaL_error(L, "a class that inherits from itself");
    is = lua_rawequal(L, -1, class);
  }
  lua_pop(L, 1);
  return is;
}

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

/***
Returns the class of a name, which the first call with that name creates.
@function class
@local
@tparam string name the name of the class
@tparam[opt] table base the class that it inherits from
@treturn table the class: its own `__index`, with the fields `__name` and `__base`
*/
static int f_class(lua_State *L) {
  const char *name = ps_check_name(L, 1, "name");
  lua_settop(L, 2);
  ps_class_push(L, name);
  return 1;
}

/***
Returns whether a value is an object of a class or of one that inherits from it, as Python's `isinstance` does.
@function isinstance
@param value any value
@tparam table class a class, such as `socket.timeout` or `socket.socket`
@treturn boolean true if it is
*/
static int f_isinstance(lua_State *L) {
  lua_settop(L, 2);
  if (!lua_istable(L, 2)) ps_type_error(L, 2, "class");
  lua_pushboolean(L, ps_class_has(L, 2, 1));
  return 1;
}

static const luaL_Reg functions[] = {{"isinstance", f_isinstance}, {NULL, NULL}};

static const luaL_Reg local[] = {{"class", f_class}, {NULL, NULL}};

void ps_class_open(lua_State *L) {
  ps_register(L, PS_OPEN_CORE, functions, 0);
  ps_register(L, PS_OPEN_LOCAL, local, 0);
}
