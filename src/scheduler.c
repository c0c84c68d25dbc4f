/* SPDX-License-Identifier: MIT */
/* The seam for schedulers: which one is in force, and which coroutines may wait through it. */
#include "loop/loop.h"

/* Only coroutines that the scheduler started may yield into its hands: its field 'tasks', where it has one, holds them. */
int ps_in_task(lua_State *L, const World *world) {
  if (world->task != NULL) return ps_task_yields(L, world->task);
  if (!world->scheduler || !lua_isyieldable(L)) return 0;
  lua_getiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_SCHEDULER);
  int in = 1;
  if (lua_getfield(L, -1, "tasks") == LUA_TTABLE) {
    lua_pushthread(L);
    lua_gettable(L, -2); /* a host's scheduler answers by a function: see pysocket.c */
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
Gives waiting into the hands of a scheduler, in the coroutines that it started; everywhere else calls wait as before. Tasks of a
loop wait in that loop.
@function setscheduler
@param s nil for none, or an object with `s:wait(fd, events, timeout)`: returns when `fd` is ready for `events`
  (1 read, 2 write, 3 either) or when `timeout` seconds have passed (nil: no limit), and may yield; without `fd` (nil) it waits
  for the time alone, and with a time of 0 lets others run. Several coroutines may wait for one descriptor: each returns when
  it is ready. All lookups of a state wait for the same one. It may have: `s.tasks`, a table whose keys are the coroutines it
  started: no others wait through it (without, all that can yield do); `s:closing(fd)`, called before a descriptor is closed:
  who waits on it has to be woken; `s:block(fd, events, timeout)`, called instead of `wait` in a coroutine that is not one of
  its tasks, or that cannot yield: it returns when the descriptor is ready, having run others meanwhile; `s.yields`: if true,
  `wait` is not called, but the coroutine yields `s, fd, events, timeout`, to be resumed with nothing, or with an error for it
  to raise;
  `s:resolve(host, port, family, type, proto, flags)`, which gives what `getaddrinfo` gives.
@return the scheduler there was before
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
The scheduler in whose hands waiting is.
@function getscheduler
@return what `setscheduler` was given; in a task its loop; else nil
*/
static int f_getscheduler(lua_State *L) {
  ps_scheduler_push(L);
  return 1;
}

static const luaL_Reg functions[] = {{"setscheduler", f_setscheduler}, {"getscheduler", f_getscheduler}, {NULL, NULL}};

void ps_scheduler_open(lua_State *L) { ps_register(L, PS_OPEN_CORE, functions, 0); }
