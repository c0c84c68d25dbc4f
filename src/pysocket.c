/* SPDX-License-Identifier: MIT */
/*
** The C interface: see pysocket.h. It knows the core by a table in the registry alone, so that it also serves a C module that
** has this file in it and finds another copy of the library open.
*/
#include <lauxlib.h>
#include <stdint.h>

#include "pysocket.h"

const char *pysocket_version(void) { return PYSOCKET_VERSION; }

static void push_function(lua_State *L, const char *name) {
  luaL_checkstack(L, 8, "too many values");
  if (lua_getfield(L, LUA_REGISTRYINDEX, PYSOCKET_KEY) != LUA_TTABLE)
    luaL_error(L, "pysocket is not open in this state");
  lua_getfield(L, -1, name);
  lua_remove(L, -2);
}

int pysocket_fd(lua_State *L, int index) {
  index = lua_absindex(L, index);
  push_function(L, "fd");
  lua_pushvalue(L, index);
  lua_call(L, 1, 1);
  int fd = (int)lua_tointeger(L, -1);
  lua_pop(L, 1);
  return fd;
}

void pysocket_push(lua_State *L, int fd) {
  push_function(L, "socket");
  for (int i = 0; i < 3; i++) lua_pushnil(L);
  lua_pushinteger(L, fd);
  lua_call(L, 4, 1);
}

int pysocket_wait(lua_State *L, int fd, int events, double seconds, lua_KContext context, lua_KFunction k) {
  push_function(L, "wait");
  lua_pushinteger(L, fd);
  lua_pushinteger(L, events);
  if (seconds < 0) lua_pushnil(L);
  else lua_pushnumber(L, seconds);
  lua_callk(L, 3, 1, context, k);
  return k == NULL ? 1 : k(L, LUA_OK, context);
}

#define scheduler_of(L) ((const pysocket_Scheduler *)lua_touserdata(L, lua_upvalueindex(1)))
#define data_of(L) lua_touserdata(L, lua_upvalueindex(2))

static double seconds_at(lua_State *L, int arg) { return lua_isnil(L, arg) ? -1 : lua_tonumber(L, arg); }
static int fd_at(lua_State *L, int arg) { return lua_isnil(L, arg) ? -1 : (int)lua_tointeger(L, arg); }

static int m_wait(lua_State *L) {
  return scheduler_of(L)->wait(L, data_of(L), fd_at(L, 2), (int)lua_tointeger(L, 3), seconds_at(L, 4));
}

static int m_block(lua_State *L) {
  return scheduler_of(L)->block(L, data_of(L), fd_at(L, 2), (int)lua_tointeger(L, 3), seconds_at(L, 4));
}

static int m_closing(lua_State *L) {
  scheduler_of(L)->closing(L, data_of(L), fd_at(L, 2));
  return 0;
}

static int m_resolve(lua_State *L) {
  lua_settop(L, 7);
  lua_remove(L, 1);
  return scheduler_of(L)->resolve(L, data_of(L));
}

/* The engine looks into the scheduler's table of tasks: this answers in the table's place. */
static int tasks_index(lua_State *L) {
  lua_State *co = lua_tothread(L, 2);
  lua_pushboolean(L, co != NULL && scheduler_of(L)->is_task(co, data_of(L)));
  return 1;
}

/* Sets a method of the object at the top, whose upvalues are below it. */
static void set_method(lua_State *L, const char *name, lua_CFunction f) {
  lua_pushvalue(L, -3);
  lua_pushvalue(L, -3);
  lua_pushcclosure(L, f, 2);
  lua_setfield(L, -2, name);
}

static void set_tasks(lua_State *L) {
  lua_pushvalue(L, -3);
  lua_pushvalue(L, -3);
  lua_newtable(L);
  set_method(L, "__index", tasks_index);
  lua_newtable(L);
  lua_insert(L, -2);
  lua_setmetatable(L, -2);
  lua_setfield(L, -4, "tasks");
  lua_pop(L, 2);
}

static void push_scheduler(lua_State *L, const pysocket_Scheduler *scheduler, void *data) {
  lua_pushlightuserdata(L, (void *)(uintptr_t)scheduler);
  lua_pushlightuserdata(L, data);
  lua_newtable(L);
  set_method(L, "wait", m_wait);
  if (scheduler->is_task != NULL) set_tasks(L);
  if (scheduler->closing != NULL) set_method(L, "closing", m_closing);
  if (scheduler->block != NULL) set_method(L, "block", m_block);
  if (scheduler->resolve != NULL) set_method(L, "resolve", m_resolve);
  lua_replace(L, -3);
  lua_pop(L, 1);
}

void pysocket_setscheduler(lua_State *L, const pysocket_Scheduler *scheduler, void *data) {
  push_function(L, "setscheduler");
  if (scheduler == NULL) lua_pushnil(L);
  else push_scheduler(L, scheduler, data);
  lua_call(L, 1, 0);
}
