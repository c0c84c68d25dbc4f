/* SPDX-License-Identifier: MIT */
/* Tuples: sequences whose elements also have names, like Python's named tuples. */
#include "core.h"

/* t.name is t[i]; an upvalue maps names to indices. */
static int tuple_index(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 2);
  if (lua_rawget(L, lua_upvalueindex(PS_UP_OWN)) == LUA_TNUMBER) lua_rawgeti(L, 1, lua_tointeger(L, -1));
  else lua_pushnil(L);
  return 1;
}

static int tuple_eq(lua_State *L) {
  if (!lua_istable(L, 1) || !lua_istable(L, 2)) return lua_pushboolean(L, 0), 1;
  lua_Unsigned n = lua_rawlen(L, 1);
  int equal = n == lua_rawlen(L, 2);
  for (lua_Unsigned i = 1; equal && i <= n; i++) {
    lua_rawgeti(L, 1, (lua_Integer)i);
    lua_rawgeti(L, 2, (lua_Integer)i);
    equal = lua_compare(L, -1, -2, LUA_OPEQ);
    lua_pop(L, 2);
  }
  lua_pushboolean(L, equal);
  return 1;
}

/* "{a, b}" */
static int tuple_tostring(lua_State *L) {
  luaL_Buffer b;
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_Unsigned n = lua_rawlen(L, 1);
  luaL_buffinit(L, &b);
  luaL_addchar(&b, '{');
  for (lua_Unsigned i = 1; i <= n; i++) {
    if (i > 1) luaL_addstring(&b, ", ");
    lua_rawgeti(L, 1, (lua_Integer)i);
    luaL_tolstring(L, -1, NULL);
    lua_remove(L, -2);
    luaL_addvalue(&b);
  }
  luaL_addchar(&b, '}');
  luaL_pushresult(&b);
  return 1;
}

static const luaL_Reg metamethods[] = {
    {"__eq", tuple_eq}, {"__tostring", tuple_tostring}, {"__concat", ps_concat}, {NULL, NULL}};

void ps_tuple_metatable_push(lua_State *L, const char *name, const char *const fields[]) {
  lua_createtable(L, 0, 5);
  lua_pushstring(L, name);
  lua_setfield(L, -2, "__name");
  ps_register(L, -1, metamethods, 0);
  lua_createtable(L, 0, 4);
  for (int i = 0; fields[i] != NULL; i++) {
    lua_pushinteger(L, i + 1);
    lua_setfield(L, -2, fields[i]);
  }
  ps_function_push(L, "index", tuple_index, 0, 1);
  lua_setfield(L, -2, "__index");
}

void ps_tuple_define(lua_State *L, const char *name, const char *const fields[]) {
  lua_getiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_TUPLES);
  ps_tuple_metatable_push(L, name, fields);
  lua_setfield(L, -2, name);
  lua_pop(L, 1);
}

void ps_tuple_dress(lua_State *L, const char *name) {
  lua_getiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_TUPLES);
  lua_getfield(L, -1, name);
  lua_setmetatable(L, -3);
  lua_pop(L, 1);
}
