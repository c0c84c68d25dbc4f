/* SPDX-License-Identifier: MIT */
/* Tasks: creation, which is complete or has no effect; objects and methods; ending, results and tracebacks. */
#include <string.h>

#include "loop.h"

static const char task_key = 0; /* the metatable's, in the registry */

/* for functions without upvalues */
static World *world_of(lua_State *L) {
  ps_world_push(L);
  World *world = lua_touserdata(L, -1);
  lua_pop(L, 1);
  return world;
}

void ps_loop_push(lua_State *L, const Loop *l) {
  ps_world_push(L);
  lua_getiuservalue(L, -1, PS_LOOPS);
  lua_rawgetp(L, -1, l);
  lua_replace(L, -3);
  lua_pop(L, 1);
}

void ps_task_push(lua_State *L, const Task *t) {
  ps_loop_push(L, t->loop);
  lua_getiuservalue(L, -1, LOOP_TASKS);
  lua_rawgeti(L, -1, t->place);
  lua_replace(L, -3);
  lua_pop(L, 1);
}

Task *ps_task_check(lua_State *L, int arg) { return ps_object_check(L, arg, &task_key, "task"); }

void ps_task_cancelled(lua_State *L) {
  lua_createtable(L, 0, 2);
  lua_pushliteral(L, "the task was cancelled");
  lua_setfield(L, -2, "strerror");
  ps_world_push(L);
  lua_getiuservalue(L, -1, PS_CLASSES);
  lua_getfield(L, -1, "CancelledError");
  lua_setmetatable(L, -4);
  lua_pop(L, 2);
}

static const char trace_key = 0; /* a key of the object's values */

int ps_task_trace(lua_State *L, int index) { return ps_object_get(L, index, &trace_key); }

void ps_task_trace_set(lua_State *L, int index) { ps_object_set(L, index, &trace_key); }

/* as the interpreter prints an error */
static int text_of(lua_State *L) {
  if (lua_isstring(L, 1) || luaL_getmetafield(L, 1, "__tostring") != LUA_TNIL) luaL_tolstring(L, 1, NULL);
  else lua_pushfstring(L, "(error object is a %s value)", luaL_typename(L, 1));
  return 1;
}

void ps_task_describe(lua_State *L, lua_State *co, int level) {
  static const char header[] = "\nstack traceback:";
  int text = lua_gettop(L);
  const Task *t = world_of(L)->task;
  luaL_checkstack(L, 10, NULL);
  lua_pushcfunction(L, text_of);
  lua_insert(L, text);
  if (lua_pcall(L, 1, 1, 0) != LUA_OK) {
    lua_pushliteral(L, "an error without a text");
    lua_replace(L, text);
  }
  if (strstr(lua_tostring(L, text), header) == NULL) {
    lua_pushstring(L, header);
    lua_concat(L, 2);
  }
  const char *begin = lua_tostring(L, text);
  if (t != NULL) {
    ps_task_push(L, t);
    int kept = ps_task_trace(L, -1) == LUA_TSTRING;
    if (kept && strncmp(lua_tostring(L, -1), begin, strlen(begin)) == 0) lua_replace(L, text);
    lua_settop(L, text);
  }
  ps_frames_push(L, co, level);
  lua_concat(L, 2);
}

/* Stores the traceback of the error that is about to end the task. */
static int keep_traceback(lua_State *L) {
  const Task *t = world_of(L)->task;
  if (t == NULL || t->co != L || ps_error_is_cancelled(L)) return 1; /* coroutine.close, not the task, may be running */
  luaL_checkstack(L, 10, NULL);
  ps_task_push(L, t);
  lua_pushvalue(L, 1);
  ps_task_describe(L, L, 1);
  ps_task_trace_set(L, -2);
  lua_settop(L, 1);
  return 1;
}

/* Returns whether a '<close>' variable closes the value at 'index', and tasks do not share it as they do loops,
   queues and groups. */
static int is_own(lua_State *L, int index) {
  static const char shared[] = "pysocket.loop";
  int top = lua_gettop(L);
  int is = lua_toboolean(L, index) && luaL_getmetafield(L, index, "__close") != LUA_TNIL;
  if (is && luaL_getmetafield(L, index, "__name") == LUA_TSTRING)
    is = strncmp(lua_tostring(L, -1), shared, sizeof shared - 1) != 0;
  lua_settop(L, top);
  return is;
}

/* (arguments...): the body of a task that was cancelled before it began. Closes its arguments, as its '<close>'
   variables would have. */
static int give_up(lua_State *L) {
  int count = lua_gettop(L);
  luaL_checkstack(L, 5, "too many arguments");
  for (int i = 1; i <= count; i++)
    if (is_own(L, i)) lua_toclose(L, i);
  ps_task_cancelled(L);
  return lua_error(L);
}

static int finish(lua_State *co, int status, lua_KContext context) {
  Task *t = (Task *)context;
  if (status == LUA_OK || status == LUA_YIELD) return lua_gettop(co) - 1;
  t->failed = 1;
  return 1;
}

/* (task, function, arguments...): the body of a task's coroutine. */
static int body(lua_State *co) {
  Task *t = lua_touserdata(co, 1);
  lua_pushcfunction(co, keep_traceback);
  lua_replace(co, 1);
  if (t->interrupted) {
    t->interrupted = 0;
    lua_pushcfunction(co, give_up);
    lua_replace(co, 2);
  }
  return finish(co, lua_pcallk(co, lua_gettop(co) - 2, LUA_MULTRET, 1, (lua_KContext)t, finish), (lua_KContext)t);
}

Task *ps_task_new(lua_State *L) {
  Loop *l = lua_touserdata(L, 1);
  int count = lua_gettop(L) - 1; /* the function and its arguments */
  lua_getiuservalue(L, 1, LOOP_TASKS);
  lua_insert(L, 2);
  Task *t = lua_newuserdatauv(L, sizeof *t, TASK_VALUES);
  memset(t, 0, sizeof *t);
  t->loop = l;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &task_key);
  lua_setmetatable(L, -2);
  lua_State *co = lua_newthread(L); /* it inherits the hook of the coroutine that spawns it */
  if (!lua_checkstack(co, count + 3)) luaL_error(L, "too many arguments");
  lua_setiuservalue(L, -2, TASK_CO);
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, -2, TASK_LOOP);
  ps_timers_reserve(L, 1);
  lua_pushvalue(L, -1);
  lua_rawseti(L, 2, l->kept + 1); /* the last step that may fail; it runs no finalizer */
  l->timers.promised++;
  l->count++;
  t->place = ++l->kept;
  t->co = co;
  lua_pushcfunction(co, body);
  lua_pushlightuserdata(co, t);
  lua_replace(L, 2);
  lua_xmove(L, co, count);
  ps_task_queue(t);
  return t;
}

void ps_task_forget(lua_State *L, Task *t) {
  Loop *l = t->loop;
  ps_loop_push(L, l);
  lua_getiuservalue(L, -1, LOOP_TASKS);
  if (t->place != l->kept) {
    lua_rawgeti(L, -1, l->kept);
    ((Task *)lua_touserdata(L, -1))->place = t->place;
    lua_rawseti(L, -2, t->place);
  }
  lua_pushnil(L);
  lua_rawseti(L, -2, l->kept--);
  t->place = 0;
  lua_pop(L, 2);
  ps_joiners_clear(t);
}

/* Interrupts the scope of the group of the task at the top, if there is one. */
static void interrupt_scope(lua_State *L) {
  lua_getiuservalue(L, -1, TASK_SCOPE);
  Scope *scope = lua_touserdata(L, -1);
  if (scope != NULL) ps_scope_interrupt(scope);
  lua_pop(L, 1);
}

void ps_task_end(lua_State *L, int tasks, Task *t, TaskOutcome outcome, int n) {
  Loop *l = t->loop;
  lua_rawgeti(L, tasks, t->place);
  t->results = n;
  if (n < 2) { /* the coroutine is not needed for the results */
    if (n == 1) lua_xmove(t->co, L, 1);
    else lua_pushnil(L);
    lua_setiuservalue(L, -2, TASK_CO);
    t->co = NULL;
  }
  if (outcome == TASK_FAILED) interrupt_scope(L);
  lua_pop(L, 1);
  t->state = TASK_ENDED;
  t->outcome = outcome & 3; /* the field has two bits */
  t->scope = NULL;
  ps_timer_remove(&l->timers, &t->timer);
  ps_task_leave(t);
  l->timers.promised--;
  l->count--;
  for (Task *joiner = t->joiners.first; joiner != NULL; joiner = joiner->after)
    if (joiner->state == TASK_WAITING) ps_task_ready(joiner);
  if (outcome != TASK_FAILED || t->heard) ps_task_forget(L, t);
  else if (t->joiners.first == NULL) ps_task_tell(t);
  ps_loop_ring(l);
}

int ps_task_results(lua_State *L, int index) {
  Task *t = lua_touserdata(L, index);
  index = lua_absindex(L, index);
  if (t->co == NULL) {
    if (t->results == 0 && t->outcome == TASK_DONE) return 0;
    if (lua_getiuservalue(L, index, TASK_CO) == LUA_TNIL && t->outcome == TASK_CANCELLED) ps_task_cancelled(L);
    return 1;
  }
  lua_State *co = t->co;
  int first = lua_gettop(co) - t->results + 1;
  if (!lua_checkstack(L, t->results) || !lua_checkstack(co, t->results)) luaL_error(L, "too many results");
  for (int i = 0; i < t->results; i++) lua_pushvalue(co, first + i);
  lua_xmove(co, L, t->results);
  return t->results;
}

static const char *status_of(const Task *t) {
  static const char *const outcomes[] = {"done", "failed", "cancelled"};
  if (t->state == TASK_ENDED) return outcomes[t->outcome];
  if (t->loop->task == t) return "running";
  return t->state == TASK_WAITING || t->in_place ? "waiting" : "ready";
}

/***
Returns the state of the task.
@class task a function that a loop runs; `tostring` returns its name and its state; users may set other fields, too
@tfield ?string name for messages; users may set it
@function task:status
@treturn string `"ready"`, `"running"`, `"waiting"`, `"done"`, `"failed"` or `"cancelled"`
*/
static int m_status(lua_State *L) {
  lua_pushstring(L, status_of(ps_task_check(L, 1)));
  return 1;
}

/***
Cancels the task: its wait raises `CancelledError`, and its `<close>` variables are closed. A task that has not begun
never begins; the sockets and files among its arguments are closed. A task that has ended does not change. Code in the
task may catch `CancelledError` with pcall, as any error; the task then continues, and has to end by itself.
@function task:cancel
@treturn boolean false if the task has ended already
*/
static int m_cancel(lua_State *L) {
  Task *t = ps_task_check(L, 1);
  lua_pushboolean(L, t->state != TASK_ENDED);
  if (t->state == TASK_ENDED) return 1;
  if (ps_world(L)->task == t) {
    ps_task_cancelled(L);
    return lua_error(L);
  }
  ps_task_interrupt(t, NULL);
  return 1;
}

static int task_tostring(lua_State *L) {
  const Task *t = ps_task_check(L, 1);
  lua_settop(L, 1);
  const char *name = lua_getfield(L, 1, "name") == LUA_TNIL ? NULL : luaL_tolstring(L, -1, NULL);
  if (name != NULL) lua_pushfstring(L, "<task %s %s>", name, status_of(t));
  else lua_pushfstring(L, "<task %p %s>", lua_topointer(L, 1), status_of(t));
  return 1;
}

static const luaL_Reg methods[] = {{"status", m_status}, {"cancel", m_cancel}, {NULL, NULL}};

/***
@class CancelledError raised by the wait of a cancelled task; it is not an OSError, so `protect` lets it pass
@tfield string strerror
@tfield ?integer characters_written of `sendall` and `sendfile`: the number of bytes sent before
*/
static int cancelled_tostring(lua_State *L) {
  lua_settop(L, 1);
  if (!lua_istable(L, 1)) ps_type_error(L, 1, "error");
  lua_getfield(L, 1, "strerror");
  lua_pushfstring(L, "CancelledError: %s", luaL_tolstring(L, -1, NULL));
  return 1;
}

void ps_cancelled_open(lua_State *L) {
  lua_pushnil(L);
  ps_class_push(L, "CancelledError");
  ps_function_push(L, "tostring", cancelled_tostring, 0, 0);
  lua_setfield(L, -2, "__tostring");
  ps_function_push(L, "concat", ps_concat, 0, 0);
  lua_setfield(L, -2, "__concat");
  lua_setfield(L, PS_OPEN_LOCAL, "CancelledError");
}

void ps_task_open(lua_State *L) {
  ps_object_metatable(L, "pysocket.task");
  ps_function_push(L, "tostring", task_tostring, PS_METHOD, 0);
  lua_setfield(L, -2, "__tostring");
  lua_getfield(L, -1, "__class");
  ps_register(L, -1, methods, PS_METHOD);
  lua_setfield(L, PS_OPEN_LOCAL, "Task");
  lua_rawsetp(L, LUA_REGISTRYINDEX, &task_key);
}
