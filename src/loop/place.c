/* SPDX-License-Identifier: MIT */
/*
** Waits of a task where Lua cannot yield: in a coroutine of the user, a comparison of table.sort, a metamethod. The
** other tasks run on top of the wait, on the same stack, which limits the number of such waits.
*/
#include "loop.h"

#define DEEPEST 8        /* each takes a part of the 200 C calls that Lua allows */
#define LOOK_NS 10000000 /* how often to check a loop that sleeps and that nothing wakes */

/* (main thread) */
static int run_hooks(lua_State *L) {
  ps_hooks_run(L, lua_touserdata(L, 1));
  return 0;
}

/* Calls the hooks in protected mode. Their error, or that of a lack of memory, ends the wait, which raises it. Returns
   LUA_OK, or an error is at the top. */
static int hooks_protected(lua_State *L, lua_State *main) {
  lua_pushcfunction(L, run_hooks);
  lua_pushlightuserdata(L, main);
  return lua_pcall(L, 1, 0, 0);
}

static int wait_below(lua_State *L, Task *t, const Waiting *what);

/* Sleeps until the loop has something to do. If the loop runs in a task of another loop, that task waits and the
   others run. */
static int doze(lua_State *L, Loop *l, int64_t ns) {
  World *world = l->world;
  Task *t = world->task, *outer = l->outer;
  if (ps_hooks_missed(world->main)) {
    int status = hooks_protected(L, world->main);
    if (status != LUA_OK) return status;
  }
  if ((outer != NULL && outer->in_place) || l->poller.fd == SYS_NO_FD)
    if (ns < 0 || ns > LOOK_NS) ns = LOOK_NS;
  if (outer == NULL || outer->in_place)
    return ps_loop_take(l, ns) < 0 && errno == EINTR ? hooks_protected(L, world->main) : LUA_OK;
  if (ps_task_pending(L, outer)) return LUA_ERRRUN; /* it stays pending for the outer task */
  Waiting what = {.fd = l->poller.fd, .events = SYS_READ, .ns = ns, .foreign = 1};
  world->task = outer;
  l->asleep = 1;
  int status = wait_below(L, outer, &what);
  l->asleep = 0;
  world->task = t;
  if (status != LUA_OK) return status;
  return ps_task_pending(L, outer) ? LUA_ERRRUN : LUA_OK;
}

/* Runs the other tasks until the wait of the task is over. */
static int run_others(lua_State *L, const Task *t, Loop *l) {
  int status = LUA_OK;
  do {
    ps_loop_take(l, 0);
    ps_loop_round(L, l, 0);
    if (t->state != TASK_WAITING || l->closed) break;
    int64_t ns = ps_loop_spare(l);
    if (ns != 0) status = doze(L, l, ns);
  } while (status == LUA_OK && t->state == TASK_WAITING);
  return status;
}

static int wait_below(lua_State *L, Task *t, const Waiting *what) {
  Loop *l = t->loop;
  World *world = l->world;
  if (world->places >= DEEPEST) {
    lua_pushliteral(L, "too many tasks wait where they cannot yield: see wrap of pysocket.loop");
    return LUA_ERRRUN;
  }
  luaL_checkstack(L, 30, NULL);
  t->in_place = 1;
  int status = ps_task_wait(L, what);
  if (status == LUA_OK) {
    Task *turn = l->task;
    l->task = NULL;
    world->places++;
    status = run_others(L, t, l);
    world->places--;
    l->task = turn;
    t->state = TASK_RUNNING;
  }
  t->in_place = 0;
  return status;
}

int ps_task_wait_here(lua_State *L, const Waiting *what) {
  int status = wait_below(L, ps_world(L)->task, what);
  return status == LUA_OK ? ps_task_awake(L) : status;
}
