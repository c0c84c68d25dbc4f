/* SPDX-License-Identifier: MIT */
/* Loops: creation, the methods for users, and closing. */
#include <string.h>

#include "loop.h"

#define PATIENCE 100 /* the rounds in which tasks have to end when the loop is closed */

static const char loop_key = 0; /* the metatable's, in the registry */

Loop *ps_loop_check(lua_State *L, int arg) { return ps_object_check(L, arg, &loop_key, "loop"); }

/* Puts the loop at 'index' into the table of loops. */
static void know(lua_State *L, int index, const Loop *l) {
  ps_world_push(L);
  lua_getiuservalue(L, -1, PS_LOOPS);
  lua_pushvalue(L, index);
  lua_rawsetp(L, -2, l);
  lua_pop(L, 2);
}

Loop *ps_loop_enter(lua_State *L, int arg) {
  Loop *l = ps_loop_check(L, arg);
  ps_loop_push(L, l);
  if (lua_isnil(L, -1)) know(L, arg, l);
  lua_pop(L, 1);
  return l;
}

/***
Creates a loop.
@function loop.new
@treturn loop
@raise OSError EMFILE
*/
static int f_new(lua_State *L) {
  World *world = ps_world(L);
  lua_settop(L, 0);
  Loop *l = lua_newuserdatauv(L, sizeof *l, LOOP_VALUES);
  memset(l, 0, sizeof *l);
  l->world = world;
  l->closed = 1;
  l->bell[0] = l->bell[1] = SYS_NO_FD;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &loop_key);
  lua_setmetatable(L, 1);
  for (int value = LOOP_TASKS; value <= LOOP_RECORDS; value++) {
    lua_newtable(L);
    lua_setiuservalue(L, 1, value);
  }
  know(L, 1, l);
  if (sys_poller_open(&l->poller) < 0) return ps_error_raise(L, errno, SYS_POLLER_OPENS, 0);
  l->closed = 0;
  l->next = world->loops;
  world->loops = l;
  lua_settop(L, 1);
  return 1;
}

static void check_callable(lua_State *L, int arg) {
  if (lua_isfunction(L, arg)) return;
  if (lua_isnone(L, arg) || luaL_getmetafield(L, arg, "__call") == LUA_TNIL) ps_type_error(L, arg, "function");
  lua_pop(L, 1);
}

/***
Starts a function as a task. The task begins in the next round of the loop.
@function loop:spawn
@tparam async f
@param ... its arguments
@treturn task
@raise an error if the loop is closed
*/
static int m_spawn(lua_State *L) {
  const Loop *l = ps_loop_enter(L, 1);
  check_callable(L, 2);
  if (l->closed) return luaL_error(L, "the loop is closed");
  ps_task_new(L);
  return 1;
}

/***
Makes `run` return at the end of this round. A `join` from outside of the loop's tasks, as in `loop.run`, then raises an
error.
@function loop:stop
*/
static int m_stop(lua_State *L) {
  Loop *l = ps_loop_check(L, 1);
  l->stopped = 1;
  ps_loop_ring(l);
  return 0;
}

/***
Returns a descriptor that is readable while the kernel has events for the loop. Another event loop can wait for it.
@function loop:fileno
@treturn ?integer nil if the poller of the system has no descriptor
*/
static int m_fileno(lua_State *L) {
  const Loop *l = ps_loop_check(L, 1);
  if (l->closed) return luaL_error(L, "the loop is closed");
  if (l->poller.fd == SYS_NO_FD) lua_pushnil(L);
  else lua_pushinteger(L, l->poller.fd);
  return 1;
}

/***
Returns the time until the next call of `step`, unless the loop's descriptor becomes readable before.
@function loop:timeout
@treturn ?number seconds; 0: a task is ready; nil: no limit
*/
static int m_timeout(lua_State *L) {
  const Loop *l = ps_loop_check(L, 1);
  ps_timeout_push(L, l->failures != NULL || l->woken ? 0 : ps_loop_spare(l));
  return 1;
}

/* Cancels the tasks that have not ended and do not run below; returns whether there were any. The table of tasks is
   at 2. */
static int cancel_all(lua_State *L, const Loop *l) {
  int told = 0;
  for (int place = 1; place <= l->kept; place++) {
    lua_rawgeti(L, 2, place);
    Task *t = lua_touserdata(L, -1);
    if (t->state != TASK_ENDED && t->state != TASK_RUNNING) {
      ps_task_interrupt(t, NULL);
      told = 1;
    }
    lua_pop(L, 1);
  }
  return told;
}

/* (loop): gives all tasks time to end, as long as one of them is ready. */
static int wind_up(lua_State *L) {
  Loop *l = lua_touserdata(L, 1);
  lua_getiuservalue(L, 1, LOOP_TASKS);
  for (int i = 0; i < PATIENCE && cancel_all(L, l) && l->first != NULL; i++) {
    ps_loop_take(l, 0);
    ps_loop_round(L, l, 0);
  }
  return 0;
}

/* Closes the loop: waits for its descriptor raise, and its descriptors are closed. */
static void shut(Loop *l) {
  World *world = l->world;
  Loop **place = &world->loops;
  l->closed = 1;
  while (*place != NULL && *place != l) place = &(*place)->next;
  if (*place == l) *place = l->next;
  if (l->poller.fd != SYS_NO_FD) ps_loops_closing(world, l->poller.fd);
  sys_poller_close(&l->poller);
  if (l->bell[0] != SYS_NO_FD) sys_close(l->bell[0]);
  if (l->bell[1] != SYS_NO_FD && l->bell[1] != l->bell[0]) sys_close(l->bell[1]);
  l->bell[0] = l->bell[1] = SYS_NO_FD;
}

/* Ends the tasks that have not ended by themselves, except those that run below. */
static void end_all(lua_State *L, Loop *l) {
  Task *before = l->world->task;
  lua_getiuservalue(L, 1, LOOP_TASKS);
  for (int place = l->kept; place > 0; place--) {
    if (lua_rawgeti(L, 2, place) == LUA_TNIL) continue;
    Task *t = lua_touserdata(L, -1);
    if (t->state != TASK_ENDED && t->state != TASK_RUNNING && !t->in_place) {
      l->world->task = t;
      t->active = NULL;
      ps_thread_close(L, t->co);
      l->world->task = before;
      ps_task_end(L, 2, t, TASK_CANCELLED, 0);
    }
    lua_settop(L, 2);
  }
  l->first = l->last = NULL;
  l->ready = 0;
  l->failures = l->last_failure = NULL;
}

/***
Cancels all tasks, lets them clean up, and closes the loop's descriptors. The call does not wait: a task that has to
wait while it cleans up is cancelled again. To say goodbye to peers, cancel the tasks and join them before.
@function loop:close
*/
static int m_close(lua_State *L) {
  Loop *l = ps_loop_enter(L, 1);
  lua_settop(L, 1);
  if (l->closed) return 0;
  lua_pushcfunction(L, wind_up);
  lua_pushvalue(L, 1);
  int status = lua_pcall(L, 1, 0, 0);
  if (l->closed) return 0; /* a task has closed it */
  if (status != LUA_OK && status != LUA_ERRMEM) return lua_error(L);
  lua_settop(L, 1);
  shut(l);
  end_all(L, l);
  return 0;
}

static int loop_gc(lua_State *L) {
  Loop *l = lua_touserdata(L, 1);
  if (!l->closed) shut(l);
  return 0;
}

/***
Returns the loop of the running task.
@function loop.running
@treturn ?loop nil outside of a task
*/
static int f_running(lua_State *L) {
  const Task *t = ps_world(L)->task;
  if (t == NULL) return 0;
  ps_loop_push(L, t->loop);
  return 1;
}

static const luaL_Reg functions[] = {{"new", f_new}, {"running", f_running}, {NULL, NULL}};

static const luaL_Reg methods[] = {{"spawn", m_spawn},     {"stop", m_stop},   {"fileno", m_fileno},
                                   {"timeout", m_timeout}, {"close", m_close}, {NULL, NULL}};

/***
@class loop a scheduler of tasks; `<close>` closes it; users may set other fields, too
@tfield ?function(task:task,error:any,traceback:string) onerror called for the error of a task that no task joined;
without it, `run` and `step` raise the error
@tfield ?function() onwake called by `run` and `step` after another thread has woken the loop (`pysocket_wake`)
@value loop Loop the class of loops
*/
void ps_loop_open(lua_State *L) {
  ps_object_metatable(L, "pysocket.loop");
  int metatable = lua_gettop(L);
  lua_pushcfunction(L, loop_gc);
  lua_setfield(L, metatable, "__gc");
  ps_function_push(L, "close", m_close, PS_METHOD, 0);
  lua_setfield(L, metatable, "__close");
  lua_getfield(L, metatable, "__class");
  ps_register(L, -1, methods, PS_METHOD);
  lua_setfield(L, PS_OPEN_LOCAL, "Loop");
  lua_pushvalue(L, metatable);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &loop_key);
  lua_createtable(L, 0, 16);
  ps_register(L, -1, functions, 0);
  ps_failure_open(L);
  ps_park_open(L);
  ps_scope_open(L);
  ps_generator_open(L);
  lua_setfield(L, PS_OPEN_LOCAL, "task");
}
