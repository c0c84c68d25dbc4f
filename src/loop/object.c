/* SPDX-License-Identifier: MIT */
/* Loops and tasks as objects: userdata with the methods of a class, and with fields that users set. */
#include "loop.h"

#define FIELDS 1 /* the user value that holds them */

void *ps_object_check(lua_State *L, int arg, const void *key, const char *what) {
  void *object = lua_touserdata(L, arg);
  if (object != NULL && lua_getmetatable(L, arg)) {
    lua_rawgetp(L, LUA_REGISTRYINDEX, key);
    int is = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    if (is) return object;
  }
  ps_type_error(L, arg, what);
  return NULL;
}

int ps_object_get(lua_State *L, int index, const void *key) {
  if (lua_getiuservalue(L, index, FIELDS) != LUA_TTABLE) return LUA_TNIL;
  int type = lua_rawgetp(L, -1, key);
  lua_remove(L, -2);
  return type;
}

/* Pushes the table of the object's fields. */
static void push_values(lua_State *L, int index) {
  index = lua_absindex(L, index);
  if (lua_getiuservalue(L, index, FIELDS) == LUA_TTABLE) return;
  lua_pop(L, 1);
  lua_newtable(L);
  lua_pushvalue(L, -1);
  lua_setiuservalue(L, index, FIELDS);
}

void ps_object_set(lua_State *L, int index, const void *key) {
  push_values(L, index);
  lua_insert(L, -2);
  lua_rawsetp(L, -2, key);
  lua_pop(L, 1);
}

/* reads a field, or else a method (in the upvalue) */
static int object_index(lua_State *L) {
  lua_settop(L, 2);
  if (lua_getiuservalue(L, 1, FIELDS) == LUA_TTABLE) {
    lua_pushvalue(L, 2);
    if (lua_rawget(L, -2) != LUA_TNIL) return 1;
  }
  lua_settop(L, 2);
  lua_rawget(L, lua_upvalueindex(PS_UP_OWN));
  return 1;
}

static int object_newindex(lua_State *L) {
  lua_settop(L, 3);
  push_values(L, 1);
  lua_insert(L, 2);
  lua_rawset(L, 2);
  return 0;
}

void ps_object_metatable(lua_State *L, const char *class) {
  lua_createtable(L, 0, 8);
  lua_pushstring(L, class);
  lua_setfield(L, -2, "__name");
  lua_pushnil(L);
  ps_class_push(L, class);
  lua_pushvalue(L, -1);
  lua_setfield(L, -3, "__class");
  ps_function_push(L, "index", object_index, PS_METHOD, 1);
  lua_setfield(L, -2, "__index");
  ps_function_push(L, "newindex", object_newindex, PS_METHOD, 0);
  lua_setfield(L, -2, "__newindex");
}
