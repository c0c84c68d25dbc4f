/* SPDX-License-Identifier: MIT */
/* Deadlines around a call of a task: timeout_after, and calls that are not under the deadlines around them. */
#include <string.h>

#include "loop.h"

static const char scope_key = 0; /* the metatable's, in the registry */

/* Ends the scope after its call. Ending it again does nothing. */
static int scope_leave(lua_State *L) {
  Scope *scope = lua_touserdata(L, 1);
  Task *t = scope->task;
  if (t == NULL) return 0;
  scope->task = NULL;
  ps_timer_remove(&t->loop->timers, &scope->timer);
  t->loop->timers.promised--;
  Scope **place = &t->scope;
  while (*place != NULL && *place != scope) place = &(*place)->outer;
  if (*place == scope) *place = scope->outer;
  if (t->interrupted && t->expired == scope) t->interrupted = 0;
  return 0;
}

/* Puts a new scope of the running task at 1, below the function and its arguments. */
static Scope *scope_new(lua_State *L, Task *t) {
  Scope *scope = lua_newuserdatauv(L, sizeof *scope, 1);
  memset(scope, 0, sizeof *scope);
  ps_task_push(L, t);
  lua_setiuservalue(L, -2, 1); /* keeps the task: its timer is in the loop's heap */
  lua_rawgetp(L, LUA_REGISTRYINDEX, &scope_key);
  lua_setmetatable(L, -2);
  lua_insert(L, 1);
  ps_loop_push(L, t->loop);
  ps_timers_reserve(L, -1);
  lua_pop(L, 1);
  return scope;
}

static void scope_enter(Scope *scope, Task *t, int level) {
  scope->task = t;
  scope->timer.of_scope = 1;
  scope->level = (unsigned char)level;
  t->loop->timers.promised++;
  if (!level) return;
  scope->outer = t->scope;
  t->scope = scope;
}

static int called(lua_State *L, int status, lua_KContext context) {
  (void)context;
  if (status == LUA_OK || status == LUA_YIELD) return lua_gettop(L) - 1;
  lua_pushcfunction(L, scope_leave); /* an error that ends a coroutine closes no variable */
  lua_pushvalue(L, 1);
  lua_call(L, 1, 0);
  return lua_error(L);
}

/* Calls the function and the arguments above the scope at 1. */
static int call_within(lua_State *L, const Task *t) {
  int count = lua_gettop(L) - 2;
  lua_toclose(L, 1);
  if (L != t->co) return called(L, lua_pcallk(L, count, LUA_MULTRET, 0, 0, called), 0);
  lua_callk(L, count, LUA_MULTRET, 0, called); /* in the task's own coroutine, which is closed after a failure */
  return called(L, LUA_OK, 0);
}

/***
Calls a function of the running task under a deadline.
@function task.within
@local
@tparam number seconds
@tparam async f
@param ... its arguments
@treturn any... the results of `f`
*/
static int f_within(lua_State *L) {
  Task *t = ps_task_running(L);
  int64_t deadline = ps_deadline(ps_check_span(L, 1, "seconds"));
  lua_remove(L, 1);
  luaL_checkany(L, 1);
  Scope *scope = scope_new(L, t);
  scope_enter(scope, t, L == t->co);
  ps_timer_set(&t->loop->timers, &scope->timer, deadline);
  return call_within(L, t);
}

/***
Calls a function of the running task without the deadlines around it, for a wait that has to be finished. A cancel still
ends the wait, and a deadline that passes meanwhile ends one wait.
@function task.shielded
@local
@tparam async f
@param ... its arguments
@treturn any... the results of `f`
*/
static int f_shielded(lua_State *L) {
  Task *t = ps_task_running(L);
  luaL_checkany(L, 1);
  Scope *scope = scope_new(L, t);
  scope_enter(scope, t, 1);
  scope->shields = 1;
  return call_within(L, t);
}

static const luaL_Reg functions[] = {{"within", f_within}, {"shielded", f_shielded}, {NULL, NULL}};

static const luaL_Reg metamethods[] = {{"__gc", scope_leave}, {"__close", scope_leave}, {NULL, NULL}};

/* The table 'task' is at the top. */
void ps_scope_open(lua_State *L) {
  ps_register(L, -1, functions, 0);
  lua_createtable(L, 0, 2);
  luaL_setfuncs(L, metamethods, 0);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &scope_key);
}
