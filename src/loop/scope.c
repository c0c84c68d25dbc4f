/* SPDX-License-Identifier: MIT */
/* Scopes around the calls of a task: deadlines of timeout_after, shields against the deadlines around, and groups. */
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
  if (!scope->cancels) t->loop->timers.promised--;
  Scope **place = &t->scope;
  while (*place != NULL && *place != scope) place = &(*place)->outer;
  if (*place == scope) *place = scope->outer;
  if (t->interrupted && t->expired == scope) t->interrupted = 0;
  return 0;
}

Scope *ps_scope_check(lua_State *L, int arg) { return ps_object_check(L, arg, &scope_key, "scope"); }

/* Puts a new scope of the running task at 1, below the function and its arguments. */
static Scope *scope_new(lua_State *L, Task *t) {
  Scope *scope = lua_newuserdatauv(L, sizeof *scope, 1);
  memset(scope, 0, sizeof *scope);
  ps_task_push(L, t);
  lua_setiuservalue(L, -2, 1); /* keeps the task: its timer is in the loop's heap */
  lua_rawgetp(L, LUA_REGISTRYINDEX, &scope_key);
  lua_setmetatable(L, -2);
  lua_insert(L, 1);
  return scope;
}

/* Makes room for the scope's timer. */
static void promise(lua_State *L, const Task *t) {
  ps_loop_push(L, t->loop);
  ps_timers_reserve(L, -1);
  lua_pop(L, 1);
  t->loop->timers.promised++;
}

/* A scope in a generator is not in the chain of the task: it interrupts only once. */
static void scope_enter(Scope *scope, Task *t, int level) {
  scope->task = t;
  scope->timer.of_scope = 1;
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
  promise(L, t);
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
  promise(L, t);
  scope_enter(scope, t, 1);
  scope->shields = 1;
  return call_within(L, t);
}

/***
Enters a scope of the running task, by which `interrupt` cancels the task.
@function task.scope
@local
@treturn userdata
*/
static int f_scope(lua_State *L) {
  Task *t = ps_task_running(L);
  lua_settop(L, 0);
  Scope *scope = scope_new(L, t);
  scope->cancels = 1;
  scope_enter(scope, t, L == t->co);
  return 1;
}

/***
Cancels the task of a scope, unless the task has left it.
@function task.interrupt
@local
@tparam userdata scope
*/
static int f_interrupt(lua_State *L) {
  ps_scope_interrupt(ps_scope_check(L, 1));
  return 0;
}

/***
Removes the cancel of a scope if its task has not seen it.
@function task.withdraw
@local
@tparam userdata scope
@treturn boolean whether the task has seen a cancel of the scope since the last call
*/
static int f_withdraw(lua_State *L) {
  Scope *scope = ps_scope_check(L, 1);
  Task *t = scope->task;
  lua_pushboolean(L, scope->raised);
  scope->due = scope->raised = 0;
  if (t != NULL && t->interrupted && t->expired == scope) t->interrupted = 0;
  return 1;
}

/***
Leaves a scope.
@function task.leave
@local
@tparam userdata scope
*/
static int f_leave(lua_State *L) {
  ps_scope_check(L, 1);
  return scope_leave(L);
}

/***
Cancels the running task again at its next wait, by what has cancelled it: the scope of a group, or a cancel. Another
error replaces that of the cancel.
@function task.recancel
@local
*/
static int f_recancel(lua_State *L) {
  Task *t = ps_task_running(L);
  Scope *seen = NULL;
  for (Scope *scope = t->scope; scope != NULL; scope = scope->outer)
    if (scope->raised) seen = scope;
  if (seen != NULL) ps_scope_interrupt(seen);
  else ps_task_interrupt(t, NULL);
  return 0;
}

static const luaL_Reg functions[] = {
    {"within", f_within},     {"shielded", f_shielded}, {"scope", f_scope},       {"interrupt", f_interrupt},
    {"withdraw", f_withdraw}, {"leave", f_leave},       {"recancel", f_recancel}, {NULL, NULL}};

static const luaL_Reg metamethods[] = {{"__gc", scope_leave}, {"__close", scope_leave}, {NULL, NULL}};

/* The table 'task' is at the top. */
void ps_scope_open(lua_State *L) {
  ps_register(L, -1, functions, 0);
  lua_createtable(L, 0, 2);
  luaL_setfuncs(L, metamethods, 0);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &scope_key);
}
