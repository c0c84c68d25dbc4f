/* SPDX-License-Identifier: MIT */
/* Schedulers: the one in force, and the coroutines that may wait through it. */
#include "loop/loop.h"

/* Only coroutines that the scheduler has started may yield to it. Its field 'tasks', if it has one, contains them. */
int ps_in_task(lua_State *L, const World *world) {
  if (world->task != NULL) return ps_task_yields(L, world->task);
  if (!world->scheduler || !lua_isyieldable(L)) return 0;
  lua_getiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_SCHEDULER);
  int in = 1;
  if (lua_getfield(L, -1, "tasks") == LUA_TTABLE) {
    lua_pushthread(L);
    lua_gettable(L, -2); /* a scheduler in C answers with a function: see pysocket.c */
    in = lua_toboolean(L, -1);
    lua_pop(L, 1);
  }
  lua_pop(L, 2);
  return in;
}

void ps_scheduler_push(lua_State *L) {
  const World *world = ps_world(L);
  if (world->task != NULL) ps_loop_push(L, world->task->loop);
  else lua_getiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_SCHEDULER);
}

int ps_scheduler_method(lua_State *L, const char *name) {
  lua_getiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_SCHEDULER);
  if (lua_getfield(L, -1, name) == LUA_TNIL) {
    lua_pop(L, 2);
    return 0;
  }
  lua_insert(L, -2);
  return 1;
}

int ps_scheduler_waits(lua_State *L, const World *world) {
  if (ps_in_task(L, world)) return 1;
  if (!ps_scheduler_method(L, "block")) return 0;
  lua_pop(L, 2);
  return 1;
}

/***
Makes the library wait through a scheduler, in the coroutines that the scheduler has started. Calls in other coroutines
wait as before, and tasks of a loop wait in their loop.
@function setscheduler
@param s nil for no scheduler, or an object with a method `s:wait(fd, events, timeout)`, which returns when `fd` is
  ready for one of the events (1: read, 2: write, 3: either) or when `timeout` seconds have passed (nil: no limit), and
  may yield. Without a descriptor (nil), it waits for the time alone; a time of 0 gives the other tasks a turn. Several
  coroutines may wait for one descriptor, as all lookups of a state do: each call returns when the descriptor is ready.
  These fields are optional: `s.tasks`, a table whose keys are the coroutines that the scheduler has started; other
  coroutines do not wait through it (without the table, all coroutines that can yield do). `s:closing(fd)` is called
  before a descriptor is closed, and has to wake the coroutines that wait for it. `s:block(fd, events, timeout)` is
  called instead of `wait` in a coroutine that is no task or cannot yield, and runs other tasks until it returns. With a
  true `s.yields`, `wait` is not called: the coroutine yields `s, fd, events, timeout`, and is resumed with nothing, or
  with an error that it then raises. `s:resolve(host, port, family, type, proto, flags)` looks up names, and returns a
  table like that of `getaddrinfo`.
@return the previous scheduler, or nil
*/
static int f_setscheduler(lua_State *L) {
  lua_settop(L, 1);
  if (!lua_isnil(L, 1) && (lua_isboolean(L, 1) || lua_isnumber(L, 1) || lua_isstring(L, 1) || lua_isfunction(L, 1)))
    ps_type_error(L, 1, "object with a method 'wait'");
  if (!lua_isnil(L, 1) && lua_getfield(L, 1, "wait") == LUA_TNIL)
    ps_arg_error(L, 1, "the scheduler has no method 'wait'");
  lua_settop(L, 1);
  ps_scheduler_push(L);
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_SCHEDULER);
  ps_world(L)->scheduler = !lua_isnil(L, 1);
  ps_turn_begin(ps_world(L));
  return 1;
}

/***
Returns the scheduler through which the library waits.
@function getscheduler
@return the object of `setscheduler`; in a task its loop; nil if there is none
*/
static int f_getscheduler(lua_State *L) {
  ps_scheduler_push(L);
  return 1;
}

static const luaL_Reg functions[] = {{"setscheduler", f_setscheduler}, {"getscheduler", f_getscheduler}, {NULL, NULL}};

void ps_scheduler_open(lua_State *L) { ps_register(L, PS_OPEN_CORE, functions, 0); }
