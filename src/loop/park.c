/* SPDX-License-Identifier: MIT */
/* Waits that are a call of their own: for a time, for a descriptor of other code, and for a wake. */
#include "loop.h"

/* Ends the wait. 'context' is the function that pushes the results. */
static int awake(lua_State *L, int status, lua_KContext context) {
  (void)status;
  if (ps_task_awake(L) != LUA_OK) return lua_error(L);
  return ((lua_CFunction)context)(L);
}

/* Waits, and returns the results that 'push' pushes. */
static int wait_for(lua_State *L, const Waiting *what, lua_CFunction push) {
  const Task *t = ps_world(L)->task;
  if (!ps_task_yields(L, t)) return ps_task_wait_here(L, what) == LUA_OK ? push(L) : lua_error(L);
  if (ps_task_wait(L, what) != LUA_OK) return lua_error(L);
  return lua_yieldk(L, 0, (lua_KContext)push, awake);
}

static int push_nothing(lua_State *L) { return (void)L, 0; }

static int push_woken(lua_State *L) {
  lua_pushboolean(L, ps_world(L)->task->woken);
  return 1;
}

/* pushes which of the events at 2 have occurred, or nil */
static int push_events(lua_State *L) {
  int told = ps_world(L)->task->told, asked = (int)lua_tointeger(L, 2);
  if (told & (SYS_END | SYS_PRIORITY)) told |= asked;
  if (told & asked) lua_pushinteger(L, told & asked);
  else lua_pushnil(L);
  return 1;
}

/***
Suspends the running task for a time.
@function task.sleep
@local
@tparam number seconds 0: for one turn of the other tasks
*/
static int f_sleep(lua_State *L) {
  ps_task_running(L);
  if (lua_type(L, 1) != LUA_TNUMBER) ps_arg_error(L, 1, "seconds must be a number, got %s", ps_type_name(L, 1));
  return wait_for(L, &(Waiting){.fd = SYS_NO_FD, .ns = ps_check_span(L, 1, "seconds")}, push_nothing);
}

/***
Waits for events of a descriptor.
@function task.wait
@local
@tparam ?integer fd nil: wait for the time alone
@tparam integer events
@tparam[opt] number timeout
@treturn ?integer the events that occurred; nil after a timeout
*/
static int f_wait(lua_State *L) {
  ps_task_running(L);
  lua_settop(L, 3);
  Waiting what = {.fd = SYS_NO_FD, .ns = ps_check_span(L, 3, "timeout"), .foreign = 1};
  what.events = (int)ps_check_integer(L, 2, "events", 0, SYS_READ | SYS_WRITE | SYS_PRIORITY);
  if (!lua_isnil(L, 1)) what.fd = ps_check_fd(L, 1, "fd");
  if (what.fd < 0 && !lua_isnil(L, 1)) ps_arg_error(L, 1, "negative file descriptor %I", (lua_Integer)what.fd);
  return wait_for(L, &what, push_events);
}

/***
Suspends the running task until `wake` is called for it: see loop.h.
@function task.park
@local
@tparam ?number seconds
@tparam string call the name of the method that waits, for the error of a deadline
@treturn boolean false after the time
*/
static int f_park(lua_State *L) {
  ps_task_running(L);
  lua_settop(L, 2);
  ps_check_name(L, 2, "call");
  return wait_for(L, &(Waiting){.fd = SYS_NO_FD, .ns = ps_check_span(L, 1, "timeout"), .parks = 1}, push_woken);
}

/***
Wakes a task that `park` has suspended.
@function task.wake
@local
@tparam task t
@treturn boolean whether the task was suspended
*/
static int f_wake(lua_State *L) {
  Task *t = ps_task_check(L, 1);
  int parks = t->state == TASK_WAITING && t->parks;
  if (parks) {
    t->woken = 1;
    ps_task_ready(t);
  }
  lua_pushboolean(L, parks);
  return 1;
}

/***
Leaves the report of a task's failure to the caller, instead of its loop.
@function task.adopt
@local
@tparam task t
@tparam[opt] userdata scope is interrupted by a failure of the task, until `adopt` is called again
*/
static int f_adopt(lua_State *L) {
  Task *t = ps_task_check(L, 1);
  lua_settop(L, 2);
  if (!lua_isnil(L, 2)) ps_scope_check(L, 2);
  lua_setiuservalue(L, 1, TASK_SCOPE);
  t->heard = 1;
  return 0;
}

/***
Raises a CancelledError.
@function task.cancelled
@local
*/
static int f_cancelled(lua_State *L) {
  ps_task_cancelled(L);
  return lua_error(L);
}

/***
Returns the running task.
@function task.current
@local
@treturn ?task
*/
static int f_current(lua_State *L) {
  const Task *t = ps_world(L)->task;
  if (t == NULL) return 0;
  ps_task_push(L, t);
  return 1;
}

static const luaL_Reg functions[] = {{"sleep", f_sleep},     {"wait", f_wait},   {"park", f_park},
                                     {"wake", f_wake},       {"adopt", f_adopt}, {"cancelled", f_cancelled},
                                     {"current", f_current}, {NULL, NULL}};

/* The table 'task' is at the top. */
void ps_park_open(lua_State *L) { ps_register(L, -1, functions, 0); }
