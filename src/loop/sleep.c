/* SPDX-License-Identifier: MIT */
/*
** The sleep of a loop without a ready task. In a task of another loop or of a host's scheduler, the other tasks there
** run meanwhile; elsewhere the poller waits here, after giving the collector a chance.
*/
#include "loop.h"

#define LONG_NS 100000000 /* a sleep that gives the collector a chance before */
#define NAP_NS 50000000   /* the time without events before that */
#define CHANCE_NS 5000000 /* the time of the collector after each nap */
#define SMALL_KIB 1024    /* the size of a heap whose whole cycle takes no longer */
#define TICK_NS 10000000  /* for a poller without a descriptor to wait for */

static int mark_finalized(lua_State *L) {
  lua_getiuservalue(L, 1, 1);
  *(int *)lua_touserdata(L, -1) = 1;
  return 0;
}

/* Returns a flag that is set when garbage of this moment is finalized: a generational collector does not report the
   end of a cycle. */
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

/* Gives the collector its time. Returns 1 if its cycle is over, or if the host has stopped the collector. */
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

/* Returns how long the loop may still sleep before that deadline: finalizers may have made a task ready. */
static int64_t time_left(const Loop *l, int64_t deadline) {
  int64_t spare = ps_loop_spare(l);
  if (deadline == INT64_MAX) return spare;
  int64_t left = deadline - sys_monotonic();
  if (left < 0) left = 0;
  return spare < 0 || left < spare ? left : spare;
}

/* Takes events, and waits at most 'ns'. Runs a hook first that a signal has set in the main thread: no call would
   run it meanwhile. */
static int nap(lua_State *L, Loop *l, int64_t ns) {
  if (ns != 0 && ps_hooks_missed(l->world->main)) ps_hooks_run(L, l->world->main);
  return l->closed ? 0 : ps_loop_take(l, ns); /* a hook or a finalizer may have closed the loop */
}

/* Before a long sleep, collects the garbage since the last one, so that peers see the end of dropped sockets: a step
   after each nap without events, up to the end of one cycle. Returns the number of events; '*ns' is the time left. */
static int doze(lua_State *L, Loop *l, int64_t *ns) {
  int64_t deadline = *ns < 0 ? INT64_MAX : ps_deadline(*ns);
  int n = nap(L, l, NAP_NS);
  if (n != 0) return n;
  lua_pushcfunction(L, new_flag);
  int status = lua_pcall(L, 0, 1, 0);
  if (status != LUA_OK && status != LUA_ERRMEM) lua_error(L); /* of a hook */
  int *finalized = lua_touserdata(L, -1);
  for (l->ran = finalized != NULL; n == 0 && l->ran && is_long(*ns); *ns = time_left(l, deadline)) {
    if (collect(L, finalized)) l->ran = 0;
    else n = nap(L, l, NAP_NS);
  }
  return n;
}

/* Takes events, and waits until the loop has something to do. */
static void sleep_here(lua_State *L, Loop *l, int64_t ns) {
  int n = l->ran && is_long(ns) ? doze(L, l, &ns) : 0;
  if (n == 0) n = nap(L, l, ns);
  if (n < 0 && errno == EINTR) ps_hooks_run(L, l->world->main);
  else if (n < 0) ps_error_raise(L, errno, "poll", 0);
}

/* Waits as an operation does, through the scheduler of a host, whose other tasks may make a task of this loop ready. */
static void sleep_through_scheduler(lua_State *L, int loop, int64_t ns, lua_KFunction k) {
  Loop *l = lua_touserdata(L, loop);
  ps_loop_bell(L, loop);
  l->awaited = 1;
  lua_getfield(L, LUA_REGISTRYINDEX, PYSOCKET_KEY);
  lua_getfield(L, -1, "wait");
  lua_pushinteger(L, l->poller.fd);
  lua_pushinteger(L, SYS_READ);
  ps_timeout_push(L, ns);
  lua_callk(L, 3, 0, 0, k);
  l->awaited = 0;
}

/* Lets the running task, of another loop, wait until this loop has something to do. Returns 1 if it has to yield for
   that. */
static int sleep_in_task(lua_State *L, Loop *l, int64_t ns) {
  int yields = ps_task_yields(L, l->world->task);
  Waiting what = {.fd = ns == 0 ? SYS_NO_FD : l->poller.fd, .events = SYS_READ, .ns = ns, .foreign = 1};
  if (what.fd == SYS_NO_FD && (ns < 0 || ns > TICK_NS)) what.ns = TICK_NS;
  if (ns != 0) l->asleep = 1;
  if ((yields ? ps_task_wait : ps_task_wait_here)(L, &what) != LUA_OK) lua_error(L);
  return yields;
}

int ps_loop_sleep(lua_State *L, int loop, int64_t ns, lua_KFunction k) {
  Loop *l = lua_touserdata(L, loop);
  if (l->world->task != NULL) return sleep_in_task(L, l, ns);
  if (ns != 0 && l->poller.fd != SYS_NO_FD && ps_scheduled(L, l->world)) {
    sleep_through_scheduler(L, loop, ns, k);
    ps_loop_take(l, 0);
  } else sleep_here(L, l, ns);
  return 0;
}
