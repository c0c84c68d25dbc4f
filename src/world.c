/* SPDX-License-Identifier: MIT */
/*
** The world of a Lua state, which is made once: the values that all functions of the library share, the registration of
** functions, and the memory into which calls receive.
*/
#include <string.h>

#include "core.h"

#define SCRATCH_MIN ((size_t)16 * 1024)
#define SCRATCH_MAX ((size_t)1024 * 1024)

static const char world_key = 0; /* its address is the world's key in the registry */

int ps_world_push(lua_State *L) { return lua_rawgetp(L, LUA_REGISTRYINDEX, &world_key) == LUA_TUSERDATA; }

void ps_weak_push(lua_State *L, const char *mode) {
  lua_newtable(L);
  lua_createtable(L, 0, 1);
  lua_pushstring(L, mode);
  lua_setfield(L, -2, "__mode");
  lua_setmetatable(L, -2);
}

void ps_world_new(lua_State *L) {
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
  ps_weak_push(L, "v");
  lua_setiuservalue(L, -2, PS_LOOPS);
  world->host_text = lua_pushliteral(L, "0.0.0.0");
  lua_setiuservalue(L, -2, PS_HOST);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &world_key);
}

void ps_function_push(lua_State *L, const char *name, lua_CFunction f, int flags, int own) {
  ps_world_push(L);
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
  ps_world_push(L);
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
