/* SPDX-License-Identifier: MIT */
/*
** Waits of a task where Lua cannot yield: in a coroutine of the user, a comparison of table.sort, a metamethod. The
** other tasks run on top of the wait, on the same stack, which limits the number of such waits.
*/
#include "loop.h"

#define DEEPEST 8        /* each takes a part of the 200 C calls that Lua allows */
#define LOOK_NS 10000000 /* how often to check a loop that sleeps and that nothing wakes */

static int wait_below(lua_State *L, Task *t, const Waiting *what);

/* Sleeps until the loop has something to do. If the loop runs in a task of another loop, that task waits and the
   others run. */
static void doze(lua_State *L, Loop *l, int64_t ns) {
  World *world = l->world;
  Task *t = world->task, *outer = l->outer;
  if (ps_hooks_missed(world->main)) ps_hooks_run(L, world->main);
  if ((outer != NULL && outer->in_place) || l->poller.fd == SYS_NO_FD)
    if (ns < 0 || ns > LOOK_NS) ns = LOOK_NS;
  if (outer == NULL || outer->in_place) {
    if (ps_loop_take(l, ns) < 0 && errno == EINTR) ps_hooks_run(L, world->main);
    return;
  }
  if (ps_task_pending(L, outer)) lua_error(L); /* it stays pending for the outer task */
  Waiting what = {.fd = l->poller.fd, .events = SYS_READ, .ns = ns, .foreign = 1};
  world->task = outer;
  l->asleep = 1;
  int status = wait_below(L, outer, &what);
  world->task = t;
  if (status != LUA_OK || ps_task_pending(L, outer)) lua_error(L);
}

/* Runs the other tasks until the wait of the task is over. */
static void run_others(lua_State *L, const Task *t, Loop *l) {
  for (;;) {
    ps_loop_take(l, 0);
    ps_loop_round(L, l, 0);
    if (t->state != TASK_WAITING || l->closed) return;
    int64_t ns = ps_loop_spare(l);
    if (ns != 0) doze(L, l, ns);
    if (t->state != TASK_WAITING) return;
  }
}

/* (wait): the wait, for a call in protected mode. */
static int wait_protected(lua_State *L) {
  Task *t = ps_world(L)->task;
  t->in_place = 1;
  if (ps_task_wait(L, lua_touserdata(L, 1)) != LUA_OK) return lua_error(L);
  t->loop->task = NULL;
  run_others(L, t, t->loop);
  return 0;
}

/* Waits, whatever error ends the wait: a lack of memory, one of a hook, of the poller. Returns LUA_OK, or the error is
   at the top. */
static int wait_below(lua_State *L, Task *t, const Waiting *what) {
  Loop *l = t->loop;
  World *world = l->world;
  const char *call = ps_wait_name(L);
  if (world->places >= DEEPEST) {
    lua_pushliteral(L, "too many tasks wait where they cannot yield: see wrap of pysocket.loop");
    return LUA_ERRRUN;
  }
  luaL_checkstack(L, 30, NULL);
  ps_function_push(L, call, wait_protected, 0, 0);
  lua_pushlightuserdata(L, (void *)what);
  Task *turn = l->task;
  world->places++;
  int status = lua_pcall(L, 1, 0, 0);
  world->places--;
  world->task = t;
  l->task = turn;
  t->in_place = 0;
  t->state = TASK_RUNNING;
  return status;
}

int ps_task_wait_here(lua_State *L, const Waiting *what) {
  int status = wait_below(L, ps_world(L)->task, what);
  return status == LUA_OK ? ps_task_awake(L) : status;
}
