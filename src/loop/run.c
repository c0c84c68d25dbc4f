/* SPDX-License-Identifier: MIT */
/*
** Running a loop, for the loop's sake or for that of one task: rounds, and sleep between them. In a task of another loop, or of a
** host's scheduler, that one's tasks run meanwhile; else the poller waits here.
*/
#include "loop.h"

#define LONG_NS 100000000 /* a sleep from which on the collector has its chance before */
#define NAP_NS 50000000   /* and so long nothing must have happened */
#define CHANCE_NS 5000000 /* for the collector, after each nap */
#define SMALL_KIB 1024    /* a heap of which a whole cycle takes no longer than that */
#define TICK_NS 10000000  /* for a poller that has no descriptor to wait for */

enum { LOOP = 1, TASK, DEADLINE }; /* what a run knows: for whose end, or nil; until when, or nil */

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

/* What the run returns: nothing, or what its task has come to. */
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

static int64_t sum(int64_t now, int64_t ns) { return ns < INT64_MAX - now ? now + ns : INT64_MAX; }

static int64_t spare_time(lua_State *L, const Loop *l) {
  int64_t ns = ps_loop_spare(l);
  if (ns == 0 || lua_isnil(L, DEADLINE)) return ns;
  int64_t left = lua_tointeger(L, DEADLINE) - sys_monotonic();
  if (left < 0) left = 0;
  return ns < 0 || left < ns ? left : ns;
}

static int mark_finalized(lua_State *L) {
  lua_getiuservalue(L, 1, 1);
  *(int *)lua_touserdata(L, -1) = 1;
  return 0;
}

/* Returns a flag that is set when what is garbage from now on is finalized: a collector of generations tells no end of a cycle. */
static int new_flag(lua_State *L) {
  int *flag = lua_newuserdatauv(L, sizeof *flag, 0);
  *flag = 0;
  lua_newuserdatauv(L, 1, 1);
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, -2, 1);
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, mark_finalized);
  lua_setfield(L, -2, "__gc");
  lua_setmetatable(L, -2);
  lua_settop(L, 1);
  return 1;
}

/* Gives the collector its chance; 1: its cycle is over. One that the host has stopped is left alone. */
static int collect(lua_State *L, int *finalized) {
  int64_t ends = sys_monotonic() + CHANCE_NS;
  if (!lua_gc(L, LUA_GCISRUNNING)) return 1;
  if (lua_gc(L, LUA_GCCOUNT) < SMALL_KIB) return lua_gc(L, LUA_GCCOLLECT), 1;
  do {
    if (lua_gc(L, LUA_GCSTEP, 0) || *finalized) return 1;
  } while (sys_monotonic() < ends);
  return 0;
}

static int is_long(int64_t ns) { return ns < 0 || ns > LONG_NS; }

/* Before the loop sleeps long, what was dropped since the last time is collected, so that peers see its end: a little after each
   nap in which nothing happened, up to the end of one cycle. How many events ended it; '*ns' is the time that is left. */
static int doze(lua_State *L, Loop *l, int64_t *ns) {
  int n = ps_loop_take(l, NAP_NS);
  if (n != 0) return n;
  lua_pushcfunction(L, new_flag);
  int *finalized = lua_pcall(L, 0, 1, 0) == LUA_OK ? lua_touserdata(L, -1) : NULL;
  for (l->ran = finalized != NULL; n == 0 && l->ran && is_long(*ns); *ns = spare_time(L, l)) {
    if (collect(L, finalized)) l->ran = 0;
    else n = ps_loop_take(l, NAP_NS);
  }
  return n;
}

/* Takes events, waiting until the loop has something to do. */
static void sleep_here(lua_State *L, Loop *l, int64_t ns) {
  if (ns != 0 && ps_hooks_missed(l->world->main)) ps_hooks_run(L);
  int n = l->ran && is_long(ns) ? doze(L, l, &ns) : 0;
  if (n == 0) n = ps_loop_take(l, ns);
  if (n < 0 && errno == EINTR) ps_hooks_run(L);
  else if (n < 0) ps_error_raise(L, errno, "poll", 0);
}

/* Waits as an operation does, through the scheduler of a host, whose other tasks may give this loop something to do. */
static void sleep_through_scheduler(lua_State *L, Loop *l, int64_t ns, lua_KFunction k) {
  ps_loop_bell(L, LOOP);
  l->asleep = 1;
  lua_getfield(L, LUA_REGISTRYINDEX, PYSOCKET_KEY);
  lua_getfield(L, -1, "wait");
  lua_pushinteger(L, l->poller.fd);
  lua_pushinteger(L, SYS_READ);
  ps_timeout_push(L, ns);
  lua_callk(L, 3, 0, 0, k);
  l->asleep = 0;
}

/* The task that runs, which is another loop's, waits until this one has something to do. 1: it has to yield for that. */
static int sleep_in_task(lua_State *L, Loop *l, int64_t ns) {
  int yields = ps_task_yields(L, l->world->task);
  Waiting what = {.fd = ns == 0 ? SYS_NO_FD : l->poller.fd, .events = SYS_READ, .ns = ns, .foreign = 1};
  if (what.fd == SYS_NO_FD && (ns < 0 || ns > TICK_NS)) what.ns = TICK_NS;
  l->asleep = ns != 0;
  if ((yields ? ps_task_wait : ps_task_wait_here)(L, &what) != LUA_OK) lua_error(L);
  return yields;
}

/* Comes back from a yield with the status LUA_YIELD. */
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
    l->asleep = 0;
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
    if (world->task != NULL) {
      if ((ns != 0 || ps_turn_is_over(world)) && sleep_in_task(L, l, ns)) return lua_yieldk(L, 0, 0, run_on);
      ps_loop_take(l, 0);
    } else if (ns != 0 && l->poller.fd != SYS_NO_FD && ps_scheduled(L, l->world)) {
      sleep_through_scheduler(L, l, ns, run_on);
      ps_loop_take(l, 0);
    } else sleep_here(L, l, ns);
    ps_loop_round(L, l, 0);
  }
  return finish(L, l);
}

/***
Runs until there are no tasks left, or `stop` is called.
@function loop:run
@raise the error of a task that nobody joined, with its traceback; the loop may be run on
*/
static int m_run(lua_State *L) {
  Loop *l = ps_loop_check(L, 1);
  const Task *t = ps_world(L)->task;
  if (!lua_isnoneornil(L, 2)) ps_type_error(L, 2, "no argument");
  if (t != NULL && t->loop == l) return fail(L, "the loop is running");
  l->stopped = 0;
  lua_settop(L, 1);
  lua_settop(L, DEADLINE);
  return run_on(L, LUA_OK, 0);
}

/* Rounds until nothing is ready, for as long as the budget at TASK, in ns, lasts, but at least one; nil: one round. */
static void step_rounds(lua_State *L, Loop *l) {
  int64_t began = sys_monotonic(), left = lua_tointeger(L, TASK), now = began;
  int all = !lua_isnil(L, TASK);
  do {
    ps_loop_take(l, 0);
    ps_loop_round(L, l, all ? sum(began, left) : 0);
    now = sys_monotonic();
  } while (all && l->first != NULL && now - began < left);
  if (!all) return;
  lua_pushinteger(L, left - (now - began));
  lua_replace(L, TASK);
}

static int is_spent(lua_State *L) { return !lua_isnil(L, TASK) && lua_tointeger(L, TASK) <= 0; }

/* Comes back from a yield with the status LUA_YIELD. */
static int step_on(lua_State *L, int status, lua_KContext context) {
  (void)context;
  Loop *l = lua_touserdata(L, LOOP);
  const World *world = l->world;
  int waited = status == LUA_YIELD;
  if (waited && world->task != NULL && ps_task_awake(L) != LUA_OK) return lua_error(L);
  for (;; waited = 1) {
    lua_settop(L, DEADLINE);
    l->asleep = 0;
    if (waited && !l->closed && !is_spent(L)) step_rounds(L, l);
    while (l->failures != NULL || l->woken) {
      if (l->failures != NULL) ps_failure_tell(L, LOOP, step_on);
      else tell_wake(L, l, step_on);
      lua_settop(L, DEADLINE);
    }
    if (l->closed || l->stopped || lua_isnil(L, DEADLINE) || is_late(L)) break;
    int64_t ns = is_spent(L) ? lua_tointeger(L, DEADLINE) - sys_monotonic() : spare_time(L, l);
    if (ns < 0) ns = 0;
    if (world->task != NULL) {
      if (sleep_in_task(L, l, ns)) return lua_yieldk(L, 0, 0, step_on);
    } else if (ns != 0 && l->poller.fd != SYS_NO_FD && ps_scheduled(L, l->world))
      sleep_through_scheduler(L, l, ns, step_on);
    else sleep_here(L, l, ns);
  }
  lua_pushboolean(L, l->count > 0 && !l->closed);
  return 1;
}

static int64_t span_at(lua_State *L, int arg, const char *what) {
  if (lua_type(L, arg) == LUA_TNUMBER && lua_tonumber(L, arg) < 0) return 0;
  return ps_check_timeout(L, arg, what);
}

static int64_t deadline_in(lua_State *L, int arg, const char *what) {
  return sum(sys_monotonic(), span_at(L, arg, what));
}

/***
Does what there is to do now, and returns: what a game calls each frame. With `wait` it goes on doing what there is to do until
then: until the next frame. Where there is none it waits only where a task does that cannot yield (in a generator that `loop.wrap`
did not make, a `gsub` callback).
@function loop:step
@tparam[opt] number seconds the budget: no task is resumed after it is used up; nil: one turn, or with `wait` no limit
@tparam[opt] number wait seconds after which it returns; nil: as soon as there is nothing to do
@treturn boolean whether there are tasks left
@raise the error of a task that nobody joined
*/
static int m_step(lua_State *L) {
  Loop *l = ps_loop_check(L, 1);
  int budget = !lua_isnoneornil(L, 2), waits = !lua_isnoneornil(L, 3);
  int64_t ns = budget ? span_at(L, 2, "seconds") : 0, deadline = waits ? deadline_in(L, 3, "wait") : 0;
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

/* A task of the same loop joins the one at TASK. */
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
@tparam[opt] number timeout seconds; nil: no limit
@return what its function returned
@raise what its function raised; timeout; outside of the loop's tasks an error when the loop is stopped meanwhile
*/
static int m_join(lua_State *L) {
  Task *t = ps_task_check(L, 1), *me = ps_world(L)->task;
  if (lua_isnoneornil(L, 2)) lua_settop(L, 1);
  else lua_pushinteger(L, deadline_in(L, 2, "timeout"));
  if (t == me) return fail(L, "a task cannot join itself");
  lua_getiuservalue(L, 1, TASK_LOOP);
  lua_insert(L, LOOP);
  if (lua_gettop(L) > DEADLINE) lua_remove(L, DEADLINE); /* the seconds */
  lua_settop(L, DEADLINE);
  if (me != NULL && me->loop == t->loop) return join_inside(L, me);
  t->loop->stopped = 0;
  return run_on(L, LUA_OK, 0);
}

/***
`join` for a function of another name: the error of `timeout_after` names that.
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
