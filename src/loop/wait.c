/* SPDX-License-Identifier: MIT */
/* The beginning and the end of a task's wait: for events of a descriptor, a time, the end of another task, or a
   wake. */
#include <string.h>

#include "loop.h"

Task *ps_task_running(lua_State *L) {
  Task *t = ps_world(L)->task;
  if (t == NULL)
    luaL_error(L, "'%s' outside of a task: call it in a function that loop.run runs",
               lua_tostring(L, lua_upvalueindex(PS_UP_NAME)));
  return t;
}

int64_t ps_check_span(lua_State *L, int arg, const char *what) {
  if (lua_type(L, arg) == LUA_TNUMBER && lua_tonumber(L, arg) < 0) return 0;
  return ps_check_timeout(L, arg, what);
}

/* Returns the outermost scope around the task's call that is to interrupt it. */
static Scope *overdue(const Task *t) {
  Scope *found = NULL;
  for (Scope *scope = t->scope; scope != NULL && !scope->shields; scope = scope->outer)
    if (scope->over || scope->due) found = scope;
  return found;
}

const char *ps_wait_name(lua_State *L) {
  const char *call = lua_tostring(L, lua_upvalueindex(PS_UP_NAME));
  return strcmp(call, "park") == 0 ? lua_tostring(L, 2) : call;
}

int ps_task_pending(lua_State *L, const Task *t) {
  const Scope *expired = t->interrupted ? t->expired : overdue(t);
  int cancelled = expired == NULL ? t->interrupted : expired->cancels; /* a finalizer below may change the task */
  if (expired == NULL && !cancelled) return 0;
  luaL_checkstack(L, 10, NULL);
  if (cancelled) ps_task_cancelled(L);
  else ps_error_push_class(L, "TimeoutError", "timeout_after", "timed out in '%s'", ps_wait_name(L));
  return 1;
}

/* The same, and the error is no longer pending. */
static int take_pending(lua_State *L, Task *t) {
  Scope *expired = t->interrupted ? t->expired : overdue(t);
  if (!ps_task_pending(L, t)) return 0;
  t->interrupted = 0;
  if (expired != NULL && expired->cancels) {
    expired->due = 0;
    expired->raised = 1;
  }
  return 1;
}

int ps_task_awake(lua_State *L) {
  Task *t = ps_world(L)->task;
  t->state = TASK_RUNNING;
  return (t->interrupted || t->scope != NULL) && take_pending(L, t) ? LUA_ERRRUN : LUA_OK;
}

static void set_limit(Task *t, int64_t ns) {
  Timers *timers = &t->loop->timers;
  t->limit = ps_deadline(ns);
  if (t->timer.place == 0 || t->timer.at > t->limit) ps_timer_set(timers, &t->timer, t->limit);
}

/* Puts the task into the line of the descriptor's record. */
static void wait_for_events(lua_State *L, Task *t, const Waiting *what) {
  int events = what->events | SYS_END;
  if (events & SYS_READ) events |= SYS_PRIORITY; /* urgent data is received by reading, too */
  Watch *w = ps_watch_find(t->loop, what->fd);
  if (w == NULL || what->foreign || (events & ~(w->poll.armed | SYS_END))) {
    luaL_checkstack(L, 10, NULL);
    ps_loop_push(L, t->loop);
    w = ps_watch_arm(L, -1, what->fd, events & ~SYS_END, what->foreign);
    lua_pop(L, 1);
  }
  if (!what->again || t->line != &w->waiters) ps_task_line(t, &w->waiters, 0);
  t->events = (unsigned char)events;
}

int ps_task_wait(lua_State *L, const Waiting *what) {
  Task *t = ps_world(L)->task;
  t->woken = 0;
  if ((t->interrupted || t->scope != NULL) && take_pending(L, t)) return LUA_ERRRUN;
  if (t->loop->closed) {
    lua_pushliteral(L, "the loop is closed");
    return LUA_ERRRUN;
  }
  t->events = t->told = 0;
  if (what->fd != SYS_NO_FD) wait_for_events(L, t, what);
  else if (what->other != NULL) ps_task_line(t, &what->other->joiners, 1);
  else ps_task_leave(t);
  t->yields = !t->in_place;
  if (what->ns == 0) {
    ps_task_ready(t);
    return LUA_OK;
  }
  t->limit = 0;
  if (what->ns > 0) set_limit(t, what->ns);
  t->state = TASK_WAITING;
  t->parks = (unsigned char)what->parks;
  return LUA_OK;
}
