/* SPDX-License-Identifier: MIT */
/* A round of a loop: the events of the poller, the timers that are due, and a turn for each ready task. */
#include "loop.h"

#define AT_ONCE 256 /* events */

int ps_loop_take(Loop *l, int64_t ns) {
  sys_Watched *ready[AT_ONCE];
  int n = sys_poller_wait(&l->poller, ready, AT_ONCE, ns);
  if (n == SYS_POLLER_PARTED) {
    ps_watch_parted(l, NULL);
    n = sys_poller_wait(&l->poller, ready, AT_ONCE, ns);
  }
  for (int i = 0; i < n; i++) {
    Watch *w = (Watch *)ready[i];
    if (w->poll.fd == l->bell[0]) {
      sys_signal_lower(l->bell);
      l->woken = 1;
    }
    ps_watch_told(l, w, w->poll.told);
  }
  return n;
}

int64_t ps_loop_spare(const Loop *l) {
  if (l->first != NULL) return 0;
  if (l->timers.count == 0) return -1;
  int64_t left = l->timers.heap[0]->at - sys_monotonic();
  return left > 0 ? left : 0;
}

/* A task's timer stays set when a wait ends before its time, as nearly all waits do. The next wait ends later, and
   the timer is moved to its end when it fires. */
static void go_off(Loop *l, Timer *timer, int64_t now) {
  ps_timer_remove(&l->timers, timer);
  if (timer->of_scope) {
    Scope *scope = (Scope *)timer;
    scope->over = 1;
    ps_task_interrupt(scope->task, scope);
    return;
  }
  Task *t = (Task *)((char *)timer - offsetof(Task, timer));
  if (t->state != TASK_WAITING || t->limit == 0) return;
  if (t->limit <= now) ps_task_ready(t);
  else ps_timer_set(&l->timers, timer, t->limit);
}

static void fire(Loop *l) {
  if (l->timers.count == 0) return;
  int64_t now = sys_monotonic();
  while (l->timers.count > 0 && l->timers.heap[0]->at <= now) go_off(l, l->timers.heap[0], now);
}

/* Ends a task whose coroutine has ended: the 'n' values at its top are its results, or the error. */
static void ended(lua_State *L, int tasks, Task *t, int status, int n) {
  int failed = status != LUA_OK || t->failed;
  if (!failed) {
    ps_task_end(L, tasks, t, TASK_DONE, n);
    return;
  }
  if (status != LUA_OK) { /* Lua itself could not resume it */
    ps_thread_fail(L, t->co);
    lua_settop(t->co, 0);
  } else lua_xmove(t->co, L, 1);
  int cancelled = ps_error_is_cancelled(L);
  lua_xmove(L, t->co, 1);
  ps_task_end(L, tasks, t, cancelled ? TASK_CANCELLED : TASK_FAILED, 1);
}

static void run_task(lua_State *L, int tasks, Task *t) {
  World *world = t->loop->world;
  int n = t->state == TASK_NEW ? lua_gettop(t->co) - 1 : 0;
  t->yields = 0;
  t->loop->task = world->task = t;
  t->active = t->co;
  t->state = TASK_RUNNING;
  ps_turn_begin(world);
  int status = lua_resume(t->co, L, n, &n);
  if (status != LUA_YIELD) ended(L, tasks, t, status, n);
  else if (t->yields) t->yields = 0;
  else { /* by itself */ lua_pop(t->co, n);
    t->state = TASK_READY;
    ps_task_queue(t);
  }
}

void ps_loop_round(lua_State *L, Loop *l, int64_t deadline) {
  World *world = l->world;
  Task *task = world->task, *turn = l->task, *outer = l->outer;
  int64_t before = world->deadline, ends = world->turn_ends;
  int left = world->turn;
  luaL_checkstack(L, 12, NULL);
  ps_loop_push(L, l);
  lua_getiuservalue(L, -1, LOOP_TASKS);
  int tasks = lua_gettop(L);
  fire(l);
  world->deadline = deadline;
  if (task != NULL && task->loop != l) l->outer = task;
  for (int count = l->ready; count > 0 && l->first != NULL; count--) {
    Task *t = l->first;
    l->first = t->next;
    t->next = NULL;
    l->ready--;
    l->ran = 1;
    if (t->state != TASK_ENDED) run_task(L, tasks, t);
    if (deadline != 0 && sys_monotonic() >= deadline) break;
  }
  world->task = task;
  l->task = turn;
  l->outer = outer;
  world->deadline = before;
  world->turn = left;
  world->turn_ends = ends;
  lua_pop(L, 2);
}
