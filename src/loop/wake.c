/* SPDX-License-Identifier: MIT */
/* Lines of tasks, and waking. No function here allocates memory or fails. */
#include "loop.h"

void ps_task_tell(Task *t) {
  Loop *l = t->loop;
  t->next = NULL;
  if (l->failures == NULL) l->failures = t;
  else l->last_failure->next = t;
  l->last_failure = t;
  ps_loop_ring(l);
}

void ps_task_leave(Task *t) {
  Line *line = t->line;
  if (line == NULL) return;
  if (line->first == t) line->first = t->after;
  else t->before->after = t->after;
  if (t->after != NULL) t->after->before = t->before;
  else if (line->first != NULL) line->first->before = t->before;
  t->before = t->after = NULL;
  t->line = NULL;
  if (!t->joins) return;
  Task *other = (Task *)((char *)line - offsetof(Task, joiners));
  t->joins = 0;
  if (other->state != TASK_ENDED || other->joiners.first != NULL) return;
  if (!other->heard) ps_task_tell(other); /* the last joiner left without its error */
}

void ps_joiners_clear(Task *t) {
  for (Task *joiner = t->joiners.first, *after; joiner != NULL; joiner = after) {
    after = joiner->after;
    joiner->before = joiner->after = NULL;
    joiner->line = NULL;
    joiner->joins = 0;
  }
  t->joiners.first = NULL;
}

void ps_task_line(Task *t, Line *line, int joins) {
  if (t->line == line && t->after == NULL) return;
  ps_task_leave(t);
  t->line = line;
  t->joins = joins != 0;
  if (line->first != NULL) {
    t->before = line->first->before;
    t->before->after = t;
  } else line->first = t;
  line->first->before = t;
}

void ps_loop_ring(Loop *l) {
  int awaited = l->awaited;
  if (!l->asleep && !awaited) return;
  l->asleep = l->awaited = 0;
  for (Loop *other = l->world->loops; other != NULL && l->poller.fd != SYS_NO_FD; other = other->next) {
    Watch *w = other == l ? NULL : ps_watch_find(other, l->poller.fd);
    if (w != NULL) ps_watch_told(other, w, SYS_READ);
  }
  if (awaited && l->bell[1] != SYS_NO_FD) sys_signal_raise(l->bell);
}

void ps_task_queue(Task *t) {
  Loop *l = t->loop;
  t->next = NULL;
  if (l->first == NULL) l->first = t;
  else l->last->next = t;
  l->last = t;
  l->ready++;
  ps_loop_ring(l);
}

void ps_task_ready(Task *t) {
  t->state = TASK_READY;
  t->parks = 0;
  if (!t->in_place) ps_task_queue(t);
}

void ps_watch_told(Loop *l, Watch *w, int events) {
  int left = 0;
  w->empty = 0;
  if (events & (SYS_PRIORITY | SYS_END | SYS_LAST)) w->odd = 1;
  for (Task *t = w->waiters.first; t != NULL; t = t->after) {
    if (t->state != TASK_WAITING) continue;
    if (t->events & events) {
      t->told = (unsigned char)events;
      ps_task_ready(t);
    } else left |= t->events;
  }
  if (left & ~w->poll.armed) sys_poller_arm(&l->poller, &w->poll, left); /* the poller reports an event only once */
}

void ps_task_interrupt(Task *t, Scope *expired) {
  if (t->state == TASK_ENDED || (t->interrupted && t->expired == NULL)) return; /* a cancel precedes a deadline */
  t->interrupted = 1;
  t->expired = expired;
  if (t->state == TASK_WAITING) ps_task_ready(t);
}

void ps_scope_interrupt(Scope *scope) {
  if (scope->task == NULL) return;
  scope->due = 1;
  ps_task_interrupt(scope->task, scope);
}

void ps_loops_closing(const World *world, sys_fd fd) {
  for (Loop *l = world->loops; l != NULL; l = l->next) {
    Watch *w = ps_watch_find(l, fd);
    if (w == NULL) continue;
    for (Task *t; (t = w->waiters.first) != NULL;) {
      ps_task_leave(t);
      if (t->state != TASK_WAITING) continue;
      t->told = SYS_END;
      ps_task_ready(t);
    }
    sys_poller_arm(&l->poller, &w->poll, 0);
    w->empty = w->odd = 0;
  }
}

void ps_loops_born(const World *world, sys_fd fd) {
  for (const Loop *l = world->loops; l != NULL; l = l->next) {
    Watch *w = ps_watch_find(l, fd);
    if (w != NULL) w->poll.armed = w->empty = w->odd = 0;
  }
}

#ifdef SYS_SILENT_SHUTDOWN
void ps_loops_shut(const World *world, sys_fd fd, int how) {
  int events = (how != SHUT_WR ? SYS_READ : 0) | (how != SHUT_RD ? SYS_WRITE : 0);
  for (Loop *l = world->loops; l != NULL; l = l->next) {
    Watch *w = ps_watch_find(l, fd);
    if (w != NULL) ps_watch_told(l, w, events);
  }
}
#endif
