/* SPDX-License-Identifier: MIT */
/*
** The scheduler of tasks. A loop runs its tasks by rounds: it takes the events of its poller, fires its timers, and gives each task
** that is ready then one turn. All of it is C that calls no Lua function but the tasks themselves: a hook ends a user's code, never
** the loop's. Memory is taken where a task is spawned, where a deadline is made and where a descriptor is first waited for, before
** anything changes; to wake, to time out, to cancel and to end a task takes none.
**
** The files, each calling those above it: timers.c (a heap), watch.c (records of descriptors), wake.c (standing in line, being
** woken), task.c (tasks), wait.c (what a task waits for), turn.c (rounds), place.c (waits where Lua cannot yield); and, on top of
** operation.c: failure.c, park.c, scope.c (timeout_after), generator.c (wrap), sleep.c, run.c (run, step, join) and loop.c (what
** users call).
**
** What the Lua layer builds on, in the table 'task' of the core's local functions; none of it takes a descriptor or a system call:
**
**   task.current()       the task that runs, or nil
**   task.park(seconds, call)  The task that runs waits until it is woken: true. nil: no limit; false when that time is up first.
**                        Raises CancelledError and the error of timeout_after, which names the call, as every wait does, also
**                        where the task had been woken before: what it was woken for is for the caller to pass on. In a
**                        coroutine that cannot yield the others run on top of it. An error outside of a task.
**   task.joiner(name)    'join' of tasks under another name, that of the function which joins: for the error of timeout_after.
**   task.wake(t)         Wakes a task that parks: true. False for one that does not, or that has been woken, cancelled or timed
**                        out already: it will not see what it was to be woken for, and another may be woken instead. Allocates
**                        nothing, and may be called from a task of another loop and from outside of all.
**   task.shielded(f, ...)  Calls f outside of the deadlines of the timeout_afters around it: one that is over ends no wait of it,
**                        one whose time comes meanwhile ends one. A cancel still ends it.
**   task.adopt(t)        The task's failure is told by somebody else: the loop does not.
**   task.inherit(t)      The task that runs is about to raise the error with which t failed: its traceback begins with t's.
**   task.describe(err, co)  The text of an error with a traceback, of another coroutine if need be.
*/
#ifndef PS_LOOP_H
#define PS_LOOP_H

#include "../core.h"

typedef struct Task Task;
typedef struct Loop Loop;
typedef struct Scope Scope;

/* a place in the heap of a loop, embedded in whatever has a time */
typedef struct Timer {
  int64_t at;   /* ns on the monotonic clock */
  int place;    /* in the heap, from 1; 0: it is not in it */
  int of_scope; /* else it is a task's */
} Timer;

typedef struct Timers {
  Timer **heap; /* the earliest first */
  int count;
  int promised; /* how many may be in it at once: there is room for them */
  int room;
} Timers;

/* tasks in the order in which their calls began to wait; the last is found before the first */
typedef struct Line {
  Task *first;
} Line;

/* What a loop knows of a descriptor. */
typedef struct Watch {
  sys_Watched poll; /* first: the poller gives it back */
  Line waiters;     /* one that was woken keeps its place until its call has ended */
} Watch;

/* What a call waits for. */
typedef struct Waiting {
  sys_fd fd;   /* SYS_NO_FD: for the time alone, or to be woken */
  int events;  /* SYS_READ, ... */
  int64_t ns;  /* for so long; negative: no limit */
  int again;   /* the call has waited for this before, and keeps its place */
  int foreign; /* the descriptor is not a socket of ours: nothing is believed of its number */
  Task *other; /* for the end of this task */
  int parks;   /* for ps_task_wake */
} Waiting;

typedef enum { TASK_NEW, TASK_READY, TASK_RUNNING, TASK_WAITING, TASK_ENDED } TaskState;

typedef enum { TASK_DONE, TASK_FAILED, TASK_CANCELLED } TaskOutcome;

struct Task {
  Loop *loop;
  lua_State *co;           /* NULL once nothing is wanted of it any more */
  const lua_State *active; /* the coroutine in which it runs: its own, or that of a generator in it */
  Task *next;              /* in the loop's queue, or among its failures */
  Line *line;              /* where it waits, or waited last */
  Task *before, *after;    /* in that line */
  Line joiners;            /* tasks that wait for its end */
  Timer timer;             /* goes off at its limit at the latest: a wait that ends early leaves it there */
  int64_t limit;           /* when its wait is over; 0: never */
  Scope *scope;            /* the innermost timeout_after that it is in */
  const Scope *expired;    /* the one that interrupts it; NULL: it is cancelled */
  int place;               /* in its loop's table of tasks */
  int results; /* how many there are once it has ended; one is its coroutine's user value, more are on that's stack */
  unsigned char state;
  unsigned char events;       /* that its wait is for */
  unsigned char told;         /* the events that ended its wait */
  unsigned char interrupted;  /* an error is to be raised where it waits */
  unsigned char yields;       /* the yield on its way is a wait */
  unsigned char parks;        /* it waits for ps_task_wake */
  unsigned char woken;        /* and had that */
  unsigned char outcome : 2;  /* what follows is rarely looked at */
  unsigned char joins : 1;    /* the line is that of another task's joiners */
  unsigned char in_place : 1; /* it waits below others on the same stack: is not resumed, but looks at its state */
  unsigned char failed : 1;   /* its function raised */
  unsigned char heard : 1;    /* somebody knows of its failure */
};

/* user values of a task */
enum { TASK_FIELDS = 1, TASK_LOOP, TASK_CO, TASK_VALUES = TASK_CO };

struct Loop {
  World *world;
  Loop *next; /* of all that are open */
  sys_Poller poller;
  Watch **blocks; /* the records of descriptors, by number */
  int block_count;
  Timers timers;
  Task *first, *last;            /* the queue of those that are ready */
  int ready;                     /* how many these are */
  Task *task;                    /* whose turn it is */
  Task *outer;                   /* the task of another loop in which this one runs */
  Task *failures, *last_failure; /* of those whose errors are to be told */
  int count;                     /* tasks that have not ended */
  int kept;                      /* the length of the table of tasks */
  sys_fd bell[2];                /* to wake it where no loop of ours can */
  unsigned char closed;
  unsigned char stopped;
  unsigned char asleep; /* somebody waits for its poller's descriptor: see ps_loop_ring */
  unsigned char ran;    /* a task has, since the collector had its chance */
  unsigned char woken;  /* the bell has rung: 'onwake' is to be called */
};

/* user values of a loop */
enum { LOOP_FIELDS = 1, LOOP_TASKS, LOOP_HEAP, LOOP_BLOCKS, LOOP_RECORDS, LOOP_MEMORY, LOOP_VALUES = LOOP_MEMORY };

/* Ends a coroutine that is suspended or dead: its '<close>' variables are closed. LUA_OK, or the error is on its stack. */
static inline int ps_thread_close(lua_State *L, lua_State *co) {
#if LUA_VERSION_RELEASE_NUM >= 50406
  return lua_closethread(co, L);
#else
  return (void)L, lua_resetthread(co);
#endif
}

/* The same for one that could not be resumed: pushes its error, or that of a '<close>' after it. */
static inline void ps_thread_fail(lua_State *L, lua_State *co) {
  if (lua_checkstack(co, 1)) lua_pushvalue(co, -1);
  lua_xmove(co, L, 1);
  if (ps_thread_close(L, co) == LUA_OK) return;
  lua_pop(L, 1);
  lua_xmove(co, L, 1);
}

/* Timers (timers.c). */

/* Sees to it that the loop at 'index' has room for one timer more than are promised. */
void ps_timers_reserve(lua_State *L, int index);
void ps_timer_set(Timers *timers, Timer *timer, int64_t at); /* whether it is in the heap or not */
void ps_timer_remove(Timers *timers, Timer *timer);

/* Records (watch.c). */

Watch *ps_watch_find(const Loop *l, sys_fd fd); /* NULL: there is none */
/* Makes it if need be, and arms it for the events: raises, and then nothing has changed. The loop is at 'index'. */
Watch *ps_watch_arm(lua_State *L, int index, sys_fd fd, int events, int foreign);

/* In a forked process: what the parent's poller waits for, the own one is to wait for too; 'but' (NULL: none) is armed by now. */
void ps_watch_parted(Loop *l, const Watch *but);

/* Opens the loop's bell, at 'index', if need be: what ps_loop_ring raises for those that are no loops of ours. */
void ps_loop_bell(lua_State *L, int index);

/* Being woken (wake.c). */

void ps_task_ready(Task *t); /* its turn comes */
void ps_task_queue(Task *t); /* as before, of one that does not wait */
/* Puts it at the end of a line, of another task's joiners or of those who wait for a descriptor, and out of the one in which it was. */
void ps_task_line(Task *t, Line *line, int joins);
void ps_task_leave(Task *t);
/* Has it raise: now, if it waits, else at its next wait. 'expired' NULL: a CancelledError. */
void ps_task_interrupt(Task *t, const Scope *expired);
/* Its failure is to be told. */
void ps_task_tell(Task *t);
/* Those who wait for events of the record's descriptor have their turn. */
void ps_watch_told(Loop *l, Watch *w, int events);
/* Whoever sleeps until the loop has something to do is to look. */
void ps_loop_ring(Loop *l);
/* A descriptor is about to be closed: who waits for it has its turn. */
void ps_loops_closing(const World *world, sys_fd fd);

/* Tasks (task.c), and what they have in common with loops (object.c). */

/* Pushes a metatable for userdata of that class whose first user value holds the fields that users add. */
void ps_object_metatable(lua_State *L, const char *class);
/* Pushes what is kept for the object at 'index' under that key, beside the fields of a user: returns its type. */
int ps_object_get(lua_State *L, int index, const void *key);
/* Keeps the value at the top, and pops it. */
void ps_object_set(lua_State *L, int index, const void *key);
/* Pushes a new task of the loop at 1, which calls the function at 2 with the arguments above it. */
Task *ps_task_new(lua_State *L);
Task *ps_task_check(lua_State *L, int arg);
Loop *ps_loop_check(lua_State *L, int arg);
void ps_task_push(lua_State *L, const Task *t); /* of one that has not ended, or whose failure is to be told */
void ps_loop_push(lua_State *L, const Loop *l);
void ps_task_cancelled(lua_State *L); /* pushes a new CancelledError */
/* It has ended: the 'n' values at the top of its coroutine are its results, or the error. The table of tasks is at 'tasks'. */
void ps_task_end(lua_State *L, int tasks, Task *t, TaskOutcome outcome, int n);
/* In place of the error at the top: its text and a traceback of 'co' from that level on, behind that of the task that was joined. */
void ps_task_describe(lua_State *L, lua_State *co, int level);
/* The traceback that is kept of the task at 'index': pushes it, and returns its type; takes it from the top. */
int ps_task_trace(lua_State *L, int index);
void ps_task_trace_set(lua_State *L, int index);
/* Pushes what it returned, or the error (1). */
int ps_task_results(lua_State *L, int index);
void ps_task_forget(lua_State *L, Task *t); /* takes it out of its loop's table */

static inline int ps_task_yields(lua_State *L, const Task *t) { return t->active == L && lua_isyieldable(L); }

/* Waits (wait.c). */

/* The task that runs; an error where none does. */
Task *ps_task_running(lua_State *L);
/* Seconds to ns, a negative number to 0; nil is -1 (no limit). */
int64_t ps_check_span(lua_State *L, int arg, const char *what);
int64_t ps_deadline(int64_t ns); /* in so many ns, on the monotonic clock */

/* Begins a wait of the task that runs: LUA_OK, and then a yield has to follow, or an error is at the top. */
int ps_task_wait(lua_State *L, const Waiting *what);
/* After the yield: LUA_OK, or an error is at the top. */
int ps_task_awake(lua_State *L);
/* Is there an error to be raised where it waits? Pushes it; leaves it there to be raised. */
int ps_task_pending(lua_State *L, const Task *t);

/* Sleep (sleep.c). */

/* Takes events of the loop at that index, waiting so long (negative: no limit). 1: the caller has to yield, to 'k'. */
int ps_loop_sleep(lua_State *L, int loop, int64_t ns, lua_KFunction k);

/* Failures (failure.c). */

/* Tells the first failure of a task that nobody joined, by 'onerror' of the loop at that index or by raising it. */
void ps_failure_tell(lua_State *L, int loop, lua_KFunction k);
/* Raises the error of the task at that index, which has failed or was cancelled. */
_Noreturn void ps_failure_raise(lua_State *L, int task);

/* Opening: each file adds to the table 'task', which is at the top. */
void ps_failure_open(lua_State *L);
void ps_park_open(lua_State *L);
void ps_scope_open(lua_State *L);
void ps_generator_open(lua_State *L);

/* Rounds (turn.c). */

/* Takes events, waiting so many ns (negative: no limit): -1 and errno, or how many there were. */
int ps_loop_take(Loop *l, int64_t ns);
/* Gives each task that is ready its turn, the one at hand the last once the deadline (0: none) is over. */
void ps_loop_round(lua_State *L, Loop *l, int64_t deadline);
/* How long, in ns, the loop has nothing to do; 0: it has; negative: no limit. */
int64_t ps_loop_spare(const Loop *l);

/* Waits in place (place.c). */

/* As ps_task_wait and ps_task_awake together, where Lua cannot yield: the others run on top of it. */
int ps_task_wait_here(lua_State *L, const Waiting *what);

/* A deadline of timeout_after (scope.c). */
struct Scope {
  Timer timer;
  Task *task;
  Scope *outer;
  unsigned char over;
  unsigned char
      level; /* of the task's own coroutine: in a generator, which may be left in the midst, it raises but once */
};

#endif
