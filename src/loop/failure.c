/* SPDX-License-Identifier: MIT */
/*
** The report of a task's failure: its error with one traceback, that of the task in which the error arose followed by
** those of the tasks that raised it again. Code that catches the error receives the error itself. Where no code catches
** it, the interpreter receives an object whose text contains the traceback, because the interpreter adds no traceback
** of its own to an object.
*/
#include "loop.h"

/* Copies an error object before a field of it is set: the BlockingIOError of schedulers is shared. */
static void copy_error(lua_State *L) {
  lua_newtable(L);
  lua_pushnil(L);
  while (lua_next(L, -3)) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, -4);
  }
  lua_getmetatable(L, -2);
  lua_setmetatable(L, -2);
  lua_remove(L, -2);
}

/* Raises (error, traceback) at the top for an interpreter to print. The traceback is a string. */
static _Noreturn void raise_uncaught(lua_State *L) {
  int err = lua_gettop(L) - 1;
  lua_createtable(L, 0, 2);
  lua_rotate(L, err, 1);
  lua_setfield(L, err, "traceback");
  lua_setfield(L, err, "error");
  lua_getiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_CLASSES);
  lua_getfield(L, -1, "UncaughtError");
  lua_setmetatable(L, err);
  lua_settop(L, err);
  lua_error(L);
}

/* Raises (error, traceback) at the top: the error of a task that no task joined. */
static _Noreturn void raise_failure(lua_State *L) {
  int err = lua_gettop(L) - 1;
  if (ps_is_uncaught(L)) raise_uncaught(L);
  if (lua_type(L, err) == LUA_TSTRING) lua_error(L);
  lua_getiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_WOULD_BLOCK);
  int shared = lua_rawequal(L, err, -1), ours = ps_error_is(L, err);
  lua_pushvalue(L, err);
  if (ours && shared) copy_error(L);
  if (ours) {
    lua_pushvalue(L, err + 1);
    lua_setfield(L, -2, "traceback");
  }
  lua_error(L);
}

/* Pushes the error and the traceback of the failed task at the top. */
static void push_failure(lua_State *L) {
  int task = lua_gettop(L);
  ps_task_results(L, task);
  if (ps_task_trace(L, task) != LUA_TSTRING) luaL_tolstring(L, task + 1, NULL);
  if (lua_getfield(L, task, "name") != LUA_TNIL) {
    luaL_tolstring(L, -1, NULL);
    lua_pushfstring(L, "task '%s': %s", lua_tostring(L, -1), lua_tostring(L, -3));
  } else lua_pushvalue(L, -2);
  lua_replace(L, task + 2);
  lua_settop(L, task + 2);
}

/* Removes a failed task from the list of failures to report. */
static void know(lua_State *L, Task *t) {
  Loop *l = t->loop;
  Task **place = &l->failures, *before = NULL;
  t->heard = 1;
  while (*place != NULL && *place != t) before = *place, place = &(*place)->next;
  if (*place == t) {
    *place = t->next;
    if (l->last_failure == t) l->last_failure = before;
  }
  if (t->place != 0) ps_task_forget(L, t);
}

/* Begins the traceback of the running task with that of the task at 'index', whose error it may raise again. */
static void inherit(lua_State *L, int index) {
  const Task *me = ps_world(L)->task;
  index = lua_absindex(L, index);
  if (me == NULL) return;
  ps_task_push(L, me);
  ps_task_trace(L, index);
  ps_task_trace_set(L, -2);
  lua_pop(L, 1);
}

void ps_failure_tell(lua_State *L, int loop, lua_KFunction k) {
  Task *t = ((Loop *)lua_touserdata(L, loop))->failures;
  luaL_checkstack(L, 20, NULL);
  int tells = lua_getfield(L, loop, "onerror") != LUA_TNIL;
  ps_task_push(L, t);
  push_failure(L);
  know(L, t);
  if (!tells) inherit(L, -3), raise_failure(L);
  lua_callk(L, 3, 0, 0, k);
}

void ps_failure_raise(lua_State *L, int task) {
  Task *t = lua_touserdata(L, task);
  luaL_checkstack(L, 20, NULL);
  if (t->outcome == TASK_FAILED) know(L, t);
  ps_task_results(L, task);
  int traced = ps_task_trace(L, task) == LUA_TSTRING && t->outcome == TASK_FAILED;
  if (traced && ps_is_uncaught(L)) raise_uncaught(L);
  lua_pop(L, 1);
  if (traced) inherit(L, task);
  lua_error(L);
}

/***
Returns the text of an error with a traceback.
@function task.describe
@local
@param err
@tparam[opt] thread co the coroutine that raised it; nil: the running one
@treturn string
*/
static int f_describe(lua_State *L) {
  lua_State *co = lua_isthread(L, 2) ? lua_tothread(L, 2) : L;
  lua_settop(L, 2);
  lua_pushvalue(L, 1);
  ps_task_describe(L, co, 0);
  return 1;
}

/***
Prepares the running task for raising the error of another failed task.
@function task.inherit
@local
@tparam task t
*/
static int f_inherit(lua_State *L) {
  ps_task_check(L, 1);
  lua_settop(L, 1);
  inherit(L, 1);
  return 0;
}

static int uncaught_tostring(lua_State *L) {
  lua_settop(L, 1);
  if (!lua_istable(L, 1)) ps_type_error(L, 1, "error");
  lua_getfield(L, 1, "traceback");
  luaL_tolstring(L, -1, NULL);
  return 1;
}

static const luaL_Reg functions[] = {{"describe", f_describe}, {"inherit", f_inherit}, {NULL, NULL}};

/* The table 'task' is at the top. */
void ps_failure_open(lua_State *L) {
  ps_register(L, -1, functions, 0);
  lua_pushnil(L);
  ps_class_push(L, "UncaughtError");
  ps_function_push(L, "tostring", uncaught_tostring, 0, 0);
  lua_setfield(L, -2, "__tostring");
  ps_function_push(L, "concat", ps_concat, 0, 0);
  lua_setfield(L, -2, "__concat");
  lua_pop(L, 1);
}
