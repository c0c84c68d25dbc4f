/* SPDX-License-Identifier: MIT */
/* Running a loop, for all of its tasks or until one task has ended: rounds, and sleeps between them. */
#include "loop.h"

enum { LOOP = 1, TASK, DEADLINE }; /* the state of a run: the task to wait for, or nil; the deadline, or nil */

static int run_on(lua_State *L, int status, lua_KContext context);

/* Calls the loop's 'onwake', if it has one. */
static void tell_wake(lua_State *L, Loop *l, lua_KFunction k) {
  l->woken = 0;
  if (lua_getfield(L, LOOP, "onwake") != LUA_TNIL) lua_callk(L, 0, 0, 0, k);
}

static int has_ended(lua_State *L) {
  const Task *t = lua_touserdata(L, TASK);
  return t != NULL && t->state == TASK_ENDED;
}

static int is_late(lua_State *L) { return !lua_isnil(L, DEADLINE) && sys_monotonic() >= lua_tointeger(L, DEADLINE); }

static int fail(lua_State *L, const char *text) {
  ps_where_push(L);
  lua_pushstring(L, text);
  lua_concat(L, 2);
  return lua_error(L);
}

/* Pushes the results of the run: none, or those of its task. */
static int finish(lua_State *L, const Loop *l) {
  Task *t = lua_touserdata(L, TASK);
  if (t == NULL) return 0;
  if (t->state != TASK_ENDED) {
    if (l->closed || l->stopped) return fail(L, l->closed ? "the loop is closed" : "the loop was stopped");
    ps_error_push_class(L, "TimeoutError", "join", "timed out");
    return lua_error(L);
  }
  if (t->outcome != TASK_DONE) ps_failure_raise(L, TASK);
  return ps_task_results(L, TASK);
}

static int64_t spare_time(lua_State *L, const Loop *l) {
  int64_t ns = ps_loop_spare(l);
  if (ns == 0 || lua_isnil(L, DEADLINE)) return ns;
  int64_t left = lua_tointeger(L, DEADLINE) - sys_monotonic();
  if (left < 0) left = 0;
  return ns < 0 || left < ns ? left : ns;
}

/* Continues after a yield, with the status LUA_YIELD. */
static int run_on(lua_State *L, int status, lua_KContext context) {
  (void)context;
  Loop *l = lua_touserdata(L, LOOP);
  World *world = l->world;
  if (status == LUA_YIELD) {
    if (world->task != NULL && ps_task_awake(L) != LUA_OK) return lua_error(L);
    if (!l->closed) ps_loop_take(l, 0);
  }
  for (;;) {
    lua_settop(L, DEADLINE);
    l->awaited = 0;
    if (has_ended(L)) break;
    if (l->failures != NULL) {
      ps_failure_tell(L, LOOP, run_on);
      continue;
    }
    if (l->woken) {
      tell_wake(L, l, run_on);
      continue;
    }
    if (l->closed || l->stopped || is_late(L) || (lua_isnil(L, TASK) && l->count == 0)) break;
    int64_t ns = spare_time(L, l);
    int sleeps = world->task == NULL || ns != 0 || ps_turn_is_over(world);
    if (sleeps && ps_loop_sleep(L, LOOP, ns, run_on)) return lua_yieldk(L, 0, 0, run_on);
    if (world->task != NULL) ps_loop_take(l, 0);
    ps_loop_round(L, l, 0);
  }
  return finish(L, l);
}

/***
Runs the loop until no task is left, or until `stop` is called.
@function loop:run
@raise the error of a task that no task joined, with its traceback; the loop may be run again
*/
static int m_run(lua_State *L) {
  Loop *l = ps_loop_enter(L, 1);
  const Task *t = ps_world(L)->task;
  if (!lua_isnoneornil(L, 2)) ps_type_error(L, 2, "no argument");
  if (t != NULL && t->loop == l) return fail(L, "the loop is running");
  l->stopped = 0;
  lua_settop(L, 1);
  lua_settop(L, DEADLINE);
  return run_on(L, LUA_OK, 0);
}

/* Runs rounds until no task is ready, within the budget in nanoseconds at TASK, but at least one round; nil: one
   round. */
static void step_rounds(lua_State *L, Loop *l) {
  int all = !lua_isnil(L, TASK);
  int64_t left = lua_tointeger(L, TASK), began = sys_monotonic(), deadline = all ? ps_deadline(left) : 0;
  do {
    ps_loop_take(l, 0);
    ps_loop_round(L, l, deadline);
  } while (all && l->first != NULL && sys_monotonic() < deadline);
  if (!all) return;
  lua_pushinteger(L, left - (sys_monotonic() - began));
  lua_replace(L, TASK);
}

static int is_spent(lua_State *L) { return !lua_isnil(L, TASK) && lua_tointeger(L, TASK) <= 0; }

/* Continues after a yield, with the status LUA_YIELD. */
static int step_on(lua_State *L, int status, lua_KContext context) {
  (void)context;
  Loop *l = lua_touserdata(L, LOOP);
  const World *world = l->world;
  int waited = status == LUA_YIELD;
  if (waited && world->task != NULL && ps_task_awake(L) != LUA_OK) return lua_error(L);
  for (;; waited = 1) {
    lua_settop(L, DEADLINE);
    l->awaited = 0;
    if (waited && !l->closed && !is_spent(L)) step_rounds(L, l);
    while (l->failures != NULL || l->woken) {
      if (l->failures != NULL) ps_failure_tell(L, LOOP, step_on);
      else tell_wake(L, l, step_on);
      lua_settop(L, DEADLINE);
    }
    if (l->closed || l->stopped || lua_isnil(L, DEADLINE) || is_late(L)) break;
    int64_t ns = is_spent(L) ? lua_tointeger(L, DEADLINE) - sys_monotonic() : spare_time(L, l);
    if (ns < 0) ns = 0;
    if (ps_loop_sleep(L, LOOP, ns, step_on)) return lua_yieldk(L, 0, 0, step_on);
  }
  lua_pushboolean(L, l->count > 0 && !l->closed);
  return 1;
}

/***
Runs the tasks that are ready, and returns; a game calls it once a frame. With `wait`, it goes on until that time has
passed, for example until the next frame. Without `wait`, it waits only if a task waits where Lua cannot yield (in a
generator that `loop.wrap` did not make, in a `gsub` callback).
@function loop:step
@tparam[opt] number seconds the budget, after which no task is resumed; nil: one round, or with `wait` no limit
@tparam[opt] number wait the time in seconds after which it returns; nil: it returns when no task is ready
@treturn boolean whether tasks are left
@raise the error of a task that no task joined
*/
static int m_step(lua_State *L) {
  Loop *l = ps_loop_enter(L, 1);
  const Task *t = ps_world(L)->task;
  int budget = !lua_isnoneornil(L, 2), waits = !lua_isnoneornil(L, 3);
  if (waits && t != NULL && t->loop == l) return fail(L, "the loop is running, so that it cannot wait for itself");
  int64_t ns = budget ? ps_check_span(L, 2, "seconds") : 0;
  int64_t deadline = waits ? ps_deadline(ps_check_span(L, 3, "wait")) : 0;
  lua_settop(L, 1);
  if (budget) lua_pushinteger(L, ns);
  else lua_pushnil(L);
  if (waits) lua_pushinteger(L, deadline);
  else lua_pushnil(L);
  l->stopped = 0;
  if (!l->closed) step_rounds(L, l);
  return step_on(L, LUA_OK, 0);
}

static int join_on(lua_State *L, int status, lua_KContext context);

/* Joins the task at TASK, in a task of the same loop. */
static int join_inside(lua_State *L, Task *me) {
  Task *t = lua_touserdata(L, TASK);
  while (t->state != TASK_ENDED && !is_late(L)) {
    Waiting what = {.fd = SYS_NO_FD, .ns = -1, .other = t};
    if (!lua_isnil(L, DEADLINE)) what.ns = lua_tointeger(L, DEADLINE) - sys_monotonic();
    if (!lua_isnil(L, DEADLINE) && what.ns < 1) what.ns = 1;
    int yields = ps_task_yields(L, me);
    if ((yields ? ps_task_wait : ps_task_wait_here)(L, &what) != LUA_OK) {
      ps_task_leave(me);
      return lua_error(L);
    }
    if (yields) return lua_yieldk(L, 0, 0, join_on);
  }
  if (t->state == TASK_ENDED) t->heard = 1;
  ps_task_leave(me);
  return finish(L, me->loop);
}

static int join_on(lua_State *L, int status, lua_KContext context) {
  (void)status, (void)context;
  Task *me = ps_world(L)->task;
  if (ps_task_awake(L) == LUA_OK) return join_inside(L, me);
  ps_task_leave(me);
  return lua_error(L);
}

/***
Waits until the task has ended.
@function task:join
@async
@tparam[opt] number timeout seconds; nil: no limit
@treturn any... the results of its function
@raise the error of its function; timeout; outside of the loop's tasks an error if the loop is stopped meanwhile
*/
static int m_join(lua_State *L) {
  Task *t = ps_task_check(L, 1), *me = ps_world(L)->task;
  if (lua_isnoneornil(L, 2)) lua_settop(L, 1);
  else lua_pushinteger(L, ps_deadline(ps_check_span(L, 2, "timeout")));
  if (t == me) return fail(L, "a task cannot join itself");
  lua_getiuservalue(L, 1, TASK_LOOP);
  lua_insert(L, LOOP);
  if (lua_gettop(L) > DEADLINE) lua_remove(L, DEADLINE); /* the argument 'timeout' */
  lua_settop(L, DEADLINE);
  if (me != NULL && me->loop == t->loop) return join_inside(L, me);
  ps_loop_enter(L, LOOP)->stopped = 0;
  return run_on(L, LUA_OK, 0);
}

/***
Returns `join` with the name of another function, for the error of `timeout_after`.
@function task.joiner
@local
@tparam string name
@treturn function
*/
static int f_joiner(lua_State *L) {
  ps_function_push(L, ps_check_name(L, 1, "name"), m_join, PS_METHOD, 0);
  return 1;
}

static const luaL_Reg functions[] = {{"joiner", f_joiner}, {NULL, NULL}};

static const luaL_Reg loop_methods[] = {{"run", m_run}, {"step", m_step}, {NULL, NULL}};

static const luaL_Reg task_methods[] = {{"join", m_join}, {NULL, NULL}};

void ps_run_open(lua_State *L) {
  lua_getfield(L, PS_OPEN_LOCAL, "Loop");
  ps_register(L, -1, loop_methods, PS_METHOD);
  lua_getfield(L, PS_OPEN_LOCAL, "Task");
  ps_register(L, -1, task_methods, PS_METHOD);
  lua_getfield(L, PS_OPEN_LOCAL, "task");
  ps_register(L, -1, functions, 0);
}
