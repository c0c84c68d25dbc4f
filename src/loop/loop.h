/* SPDX-License-Identifier: MIT */
/*
** The scheduler of tasks. A loop runs in rounds: each round takes the events of the poller, fires the timers that are
** due, and gives each ready task one turn. All of it is C code that calls no Lua function but the tasks. A debug hook
** may therefore end a user's code, but never the code of the loop. Memory is allocated when a task is spawned, when a
** deadline is made and when the loop first waits for a descriptor, before anything changes. Waking, timing out,
** cancelling and ending a task allocate nothing.
**
** The files, each of which calls those before it: timers.c (a heap), watch.c (records of descriptors), wake.c (lines of
** tasks, waking), task.c (tasks), wait.c (the beginning and the end of a wait), turn.c (rounds), place.c (waits where
** Lua cannot yield); and, above operation.c: failure.c, park.c, scope.c (timeout_after), generator.c (wrap), sleep.c,
** run.c (run, step, join) and loop.c (the methods of loops).
**
** The functions for the Lua layer, in the table 'task' of the core's local functions. None of them needs a descriptor
** or a system call:
**
**   task.current()       Returns the running task, or nil.
**   task.park(seconds, call)  Suspends the running task until it is woken, and returns true; returns false after that time (nil: no
**                        limit). As every wait, it raises CancelledError and the error of timeout_after, which names the call,
**                        even if the task was woken before: the caller then has to pass on what the wake was about. In a
**                        coroutine that cannot yield, the other tasks run on top of it. An error outside of a task.
**   task.joiner(name)    Returns the method 'join' of tasks with the name of another function, for the error of timeout_after.
**   task.wake(t)         Wakes a suspended task, and returns true. Returns false if the task is not suspended, or was woken,
**                        cancelled or timed out already: it will not notice the wake, and the caller may wake another task.
**                        Allocates nothing, and may be called from a task of another loop and from outside of all loops.
**   task.shielded(f, ...)  Calls f without the deadlines of the timeout_afters around it: a deadline that has passed ends no wait
**                        in it, and one that passes meanwhile ends one wait. A cancel still ends it.
**   task.adopt(t, scope)  Leaves the report of the task's failure to the caller: the loop does not report it. If the task fails,
**                        its end interrupts the scope, unless a later call without a scope has come first. Takes no memory.
**   task.scope()         Enters a scope of the running task, for a group: its cancels are told from others.
**   task.interrupt(scope)  Cancels the task of the scope, once, unless the scope was left.
**   task.withdraw(scope)  Removes that cancel if the task has not seen it. Returns whether the task has, since the last call.
**   task.leave(scope)    Leaves the scope.
**   task.recancel()      Cancels the running task again, at its next wait: another error replaces that of a cancel.
**   task.inherit(t)      Is called before the running task raises the error of t: its traceback then begins with that of t.
**   task.describe(err, co)  Returns the text of an error with a traceback, of the running coroutine or of 'co'.
*/
#ifndef PS_LOOP_H
#define PS_LOOP_H

#include "../core.h"

typedef struct Task Task;
typedef struct Loop Loop;
typedef struct Scope Scope;

/* a place in the heap of a loop, embedded in tasks and scopes */
typedef struct Timer {
  int64_t at;   /* in nanoseconds, on the monotonic clock */
  int place;    /* in the heap, from 1; 0: not in the heap */
  int of_scope; /* 0: it belongs to a task */
} Timer;

typedef struct Timers {
  Timer **heap; /* the earliest first */
  int count;
  int promised; /* the number of timers that may be set at once: there is room for them */
  int room;
} Timers;

/* tasks in the order in which their calls began to wait; 'before' of the first is the last */
typedef struct Line {
  Task *first;
} Line;

/* The record of a descriptor in a loop. */
typedef struct Watch {
  sys_Watched poll;    /* first: the poller returns its address */
  unsigned char empty; /* a receive has emptied the queue, and the loop has taken no event of the descriptor since */
  unsigned char odd;   /* an event has reported urgent data, an error or an end */
  Line waiters;        /* a woken task keeps its place until its call has ended */
} Watch;

/* The object of a wait: a descriptor, a time, the end of a task, or a wake. */
typedef struct Waiting {
  sys_fd fd;   /* SYS_NO_FD: no descriptor */
  int events;  /* SYS_READ, ... */
  int64_t ns;  /* the limit of the wait; negative: no limit */
  int again;   /* a repeated wait of the same call: it keeps its place in line */
  int foreign; /* not a socket of this library: the number may belong to a new descriptor at any time */
  Task *other; /* the task to join */
  int parks;   /* a wait for a wake */
} Waiting;

typedef enum { TASK_NEW, TASK_READY, TASK_RUNNING, TASK_WAITING, TASK_ENDED } TaskState;

typedef enum { TASK_DONE, TASK_FAILED, TASK_CANCELLED } TaskOutcome;

struct Task {
  Loop *loop;
  lua_State *co;           /* NULL once it is no longer needed */
  const lua_State *active; /* the running coroutine: the task's own, or that of a generator in it */
  Task *next;              /* in the loop's queue or in its list of failures */
  Line *line;              /* of the current or the last wait */
  Task *before, *after;    /* in that line */
  Line joiners;            /* the tasks that join this one */
  Timer timer;             /* fires at 'limit' or before: it stays set when a wait ends early */
  int64_t limit;           /* the end of the wait; 0: none */
  Scope *scope;            /* the innermost scope around the running call */
  Scope *expired;          /* the scope that interrupts the task; NULL: a cancel does */
  int place;               /* in its loop's table of tasks */
  int results; /* the number of results after the end: one is the user value of the coroutine, more are on its stack */
  unsigned char state;
  unsigned char events;       /* the events of the wait */
  unsigned char told;         /* the events that ended the wait */
  unsigned char interrupted;  /* the task is to raise an error at its wait */
  unsigned char yields;       /* the current yield is a wait */
  unsigned char parks;        /* it waits for a wake */
  unsigned char woken;        /* a wake has ended the wait */
  unsigned char outcome : 2;  /* from here on rarely read */
  unsigned char joins : 1;    /* 'line' is the line of another task's joiners */
  unsigned char in_place : 1; /* it waits below other tasks on the same stack: it is not resumed, but reads its state */
  unsigned char failed : 1;   /* its function raised */
  unsigned char heard : 1;    /* its failure needs no report any more */
};

/* user values of a task */
enum { TASK_FIELDS = 1, TASK_LOOP, TASK_CO, TASK_SCOPE, TASK_VALUES = TASK_SCOPE };

struct Loop {
  World *world;
  Loop *next; /* in the list of open loops */
  sys_Poller poller;
  Watch **blocks; /* the records of descriptors, by number */
  int block_count;
  Timers timers;
  Task *first, *last;            /* the queue of ready tasks */
  int ready;                     /* the length of the queue */
  Task *task;                    /* the task whose turn it is */
  Task *outer;                   /* the task of another loop in which this loop runs */
  Task *failures, *last_failure; /* tasks whose failures are to be reported */
  int count;                     /* the number of tasks that have not ended */
  int kept;                      /* the length of the table of tasks */
  sys_fd bell[2];                /* wakes the loop from outside of the loops */
  unsigned char closed;
  unsigned char stopped;
  unsigned char asleep;  /* tasks of another loop may wait for the poller's descriptor: ps_loop_ring alone clears it */
  unsigned char awaited; /* the scheduler of a host waits for that descriptor */
  unsigned char ran;     /* a task has run since the last chance of the collector */
  unsigned char woken;   /* the bell has rung: 'onwake' is to be called */
};

/* user values of a loop */
enum { LOOP_FIELDS = 1, LOOP_TASKS, LOOP_HEAP, LOOP_BLOCKS, LOOP_RECORDS, LOOP_MEMORY, LOOP_VALUES = LOOP_MEMORY };

/* Closes a coroutine that is suspended or dead, and its '<close>' variables. Returns LUA_OK, or an error is on its
   stack. */
static inline int ps_thread_close(lua_State *L, lua_State *co) {
#if LUA_VERSION_RELEASE_NUM >= 50406
  return lua_closethread(co, L);
#else
  return (void)L, lua_resetthread(co);
#endif
}

/* As before, for a coroutine that has failed: pushes its error, or that of a later '<close>'. */
static inline void ps_thread_fail(lua_State *L, lua_State *co) {
  if (lua_checkstack(co, 1)) lua_pushvalue(co, -1);
  lua_xmove(co, L, 1);
  if (ps_thread_close(L, co) == LUA_OK) return;
  lua_pop(L, 1);
  lua_xmove(co, L, 1);
}

/* Timers (timers.c). */

/* Makes room for one timer more than promised in the loop at 'index'. The caller promises the timer before it allocates
   anything else: finalizers may create tasks. */
void ps_timers_reserve(lua_State *L, int index);
void ps_timer_set(Timers *timers, Timer *timer, int64_t at); /* sets the timer, which may be in the heap already */
void ps_timer_remove(Timers *timers, Timer *timer);

/* Records (watch.c). */

Watch *ps_watch_find(const Loop *l, sys_fd fd); /* NULL: none */
/* Makes the record, if necessary, and arms it for the events. An error leaves all as it was. The loop is at 'index'. */
Watch *ps_watch_arm(lua_State *L, int index, sys_fd fd, int events, int foreign);

/* In a forked process: arms the child's own poller for all records that the parent's was armed for, but for 'but'
   (NULL: none). */
void ps_watch_parted(Loop *l, const Watch *but);

/* Opens the bell of the loop at 'index', if necessary: the descriptor by which ps_loop_ring wakes the loop from
   outside of the loops. */
void ps_loop_bell(lua_State *L, int index);

/* Being woken (wake.c). */

void ps_task_ready(Task *t); /* ends its wait, and queues it */
void ps_task_queue(Task *t); /* queues a task that does not wait */
/* Moves a task from its line to the end of another, that of a task's joiners or of a descriptor's record. */
void ps_task_line(Task *t, Line *line, int joins);
void ps_task_leave(Task *t);
/* Empties the line of the task's joiners. The task may be collected from now on, and a joiner whose call has ended
   without memory may still be in the line. */
void ps_joiners_clear(Task *t);
/* Makes the task raise an error: now, if it waits, or else at its next wait. Without 'expired', or if that is the scope
   of a group, the error is a CancelledError. */
void ps_task_interrupt(Task *t, Scope *expired);
/* Interrupts the task of a group's scope, unless the task has left it. */
void ps_scope_interrupt(Scope *scope);
/* Adds the task to the failures to report. */
void ps_task_tell(Task *t);
/* Ends the waits for these events of the record's descriptor. */
void ps_watch_told(Loop *l, Watch *w, int events);
/* Wakes the loop, or the scheduler, that waits for the descriptor of this loop's poller. */
void ps_loop_ring(Loop *l);
/* Ends all waits for a descriptor that is about to be closed. */
void ps_loops_closing(const World *world, sys_fd fd);

/* Tasks (task.c), and what they have in common with loops (object.c). */

/* Returns the userdata at 'arg', whose metatable is in the registry under that key; raises an error for others. */
void *ps_object_check(lua_State *L, int arg, const void *key, const char *what);
/* Pushes a metatable for userdata of a class, whose first user value holds the fields set by users. */
void ps_object_metatable(lua_State *L, const char *class);
/* Pushes the value of the object at 'index' with that key, which is apart from users' fields; returns its type. */
int ps_object_get(lua_State *L, int index, const void *key);
/* Pops a value and stores it under that key. */
void ps_object_set(lua_State *L, int index, const void *key);
/* Pushes a new task of the loop at 1. It calls the function at 2 with the arguments above it. */
Task *ps_task_new(lua_State *L);
Task *ps_task_check(lua_State *L, int arg);
Loop *ps_loop_check(lua_State *L, int arg);
/* The same, for a function that runs or changes tasks. In a finalizer, the weak table of loops may have lost the loop. */
Loop *ps_loop_enter(lua_State *L, int arg);
void ps_task_push(lua_State *L, const Task *t); /* the task has not ended, or its failure is to be reported */
void ps_loop_push(lua_State *L, const Loop *l);
void ps_task_cancelled(lua_State *L); /* pushes a new CancelledError */
/* Ends a task: the 'n' values at the top of its coroutine are its results, or its error. The table of tasks is at
   'tasks'. */
void ps_task_end(lua_State *L, int tasks, Task *t, TaskOutcome outcome, int n);
/* Replaces the error at the top by its text and a traceback of 'co' from that level on, after that of a joined task. */
void ps_task_describe(lua_State *L, lua_State *co, int level);
/* Pushes the stored traceback of the task at 'index' and returns its type; pops a traceback and stores it. */
int ps_task_trace(lua_State *L, int index);
void ps_task_trace_set(lua_State *L, int index);
/* Pushes the task's results, or its error, and returns their number. */
int ps_task_results(lua_State *L, int index);
void ps_task_forget(lua_State *L, Task *t); /* removes it from its loop's table */

static inline int ps_task_yields(lua_State *L, const Task *t) { return t->active == L && lua_isyieldable(L); }

/* Waits (wait.c). */

/* Returns the running task; raises an error if there is none. */
Task *ps_task_running(lua_State *L);
/* Converts seconds into nanoseconds, a negative number into 0, and nil into -1 (no limit). */
int64_t ps_check_span(lua_State *L, int arg, const char *what);

/* Returns the name of the running call, for the error of a deadline; that of 'park' is its second argument. */
const char *ps_wait_name(lua_State *L);
/* Begins a wait of the running task. Returns LUA_OK, and the caller has to yield, or an error is at the top. */
int ps_task_wait(lua_State *L, const Waiting *what);
/* Ends the wait after the yield. Returns LUA_OK, or an error is at the top. */
int ps_task_awake(lua_State *L);
/* Returns whether the task is to raise an error at its wait, and pushes the error. The error stays pending. */
int ps_task_pending(lua_State *L, const Task *t);

/* Sleep (sleep.c). */

/* Takes events of the loop at that index, and waits at most that long (negative: no limit). Returns 1 if the caller
   has to yield, with 'k'. */
int ps_loop_sleep(lua_State *L, int loop, int64_t ns, lua_KFunction k);

/* Failures (failure.c). */

/* Reports the first failure that no task joined, by 'onerror' of the loop at that index, or by raising it. */
void ps_failure_tell(lua_State *L, int loop, lua_KFunction k);
/* Raises the error of the task at that index, which has failed or was cancelled. */
_Noreturn void ps_failure_raise(lua_State *L, int task);

/* Opening: each file adds its functions to the table 'task' at the top. */
void ps_failure_open(lua_State *L);
void ps_park_open(lua_State *L);
void ps_scope_open(lua_State *L);
void ps_generator_open(lua_State *L);

/* Rounds (turn.c). */

/* Takes events, and waits at most 'ns' (negative: no limit). Returns their number, or -1 with errno set. */
int ps_loop_take(Loop *l, int64_t ns);
/* Gives each ready task a turn. After the deadline (0: none), the turn of the current task is the last. */
void ps_loop_round(lua_State *L, Loop *l, int64_t deadline);
/* Returns the nanoseconds until the next timer; 0: a task is ready; negative: no limit. */
int64_t ps_loop_spare(const Loop *l);

/* Waits in place (place.c). */

/* Performs ps_task_wait and ps_task_awake where Lua cannot yield: the other tasks run on top of it. */
int ps_task_wait_here(lua_State *L, const Waiting *what);

Scope *ps_scope_check(lua_State *L, int arg);

/* A deadline of timeout_after, a shield against those around it, or the block of a group (scope.c). */
struct Scope {
  Timer timer;
  Task *task;
  Scope *outer;
  unsigned char over;
  unsigned char shields; /* the deadlines around it have no effect */
  unsigned char cancels; /* the scope of a group: it interrupts by a CancelledError, which the task raises once */
  unsigned char due;     /* of a group: that error is pending */
  unsigned char raised;  /* of a group: that error was raised */
};

#endif
