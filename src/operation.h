/* SPDX-License-Identifier: MIT */
/* Operations (operation.c), and the scheduler through which they wait (scheduler.c, closing.c). */
#ifndef PS_OPERATION_H
#define PS_OPERATION_H

#include "address.h"

/* what an attempt wants to wait for; filled in from the row and the socket before each attempt */
typedef struct Wait {
  const struct Operation *op; /* whose attempt it is */
  sys_fd fd;
  int events;
  int64_t timeout; /* of the whole call, ns; negative: none */
  int64_t pause;   /* try again after so long even when nothing happened; negative: no such limit */
  int policy;      /* PS_WAIT_* */
  int flags;       /* for every receive and send of the attempt: MSG_DONTWAIT, or 0 where it may block in the kernel */
  int tries;       /* what came before the attempt: see operation.c */
} Wait;

enum {
  PS_WAIT_MODE,    /* the socket's timeout decides */
  PS_WAIT_ALWAYS,  /* wait even where the timeout is 0 */
  PS_WAIT_TIMEOUT, /* MSG_DONTWAIT was given: wait only under a timeout */
  PS_WAIT_NEVER    /* EAGAIN is an answer: no event tells when there will be another */
};

/* what an attempt returns instead of a count of results */
enum {
  PS_ERRNO = -1, /* errno is set; EAGAIN and its kin mean: wait, then try again */
  PS_AGAIN = -2, /* try again at once */
  PS_ERROR = -3, /* an error object is at the top */
  /* a function and its arguments are at the top: call it, keep its first result as the progress, try again */
  PS_CALL = -4
};

typedef struct Operation {
  const char *name;
  int nargs;   /* its arguments are stack slots 1..nargs, self included; then come its two slots of state */
  int events;  /* SYS_READ, SYS_WRITE */
  int address; /* the argument that is an address, or 0: for messages */
  int (*attempt)(lua_State *L, Socket *s, Wait *wait);
  void (*check)(lua_State *L, Socket *s); /* once, before the first attempt, with the arguments as they were given */
  /* where a failure may be a result (connect_ex): pushes it and returns the count, or PS_ERROR, or 0 where this failure is
     none; else NULL. The code is an errno: EAGAIN also where time is up. */
  int (*failed)(lua_State *L, int code);
} Operation;

#define PS_PROGRESS(op) ((op)->nargs + 1) /* what the attempts keep between them: nil at first */
#define PS_DEADLINE(op) ((op)->nargs + 2)

/* What the function of an operation knows, in one upvalue: to read one takes 25 instructions. */
typedef struct Bound {
  const Operation *op;
  World *world;
  int flags; /* as PS_UP_FLAGS */
} Bound;

#define ps_bound(L) ((const Bound *)lua_touserdata(L, lua_upvalueindex(PS_UP_OWN)))
/* the operation that is running; for attempts that serve several rows */
#define ps_operation(L) (ps_bound(L)->op)

/* Pushes an operation's function. */
void ps_operation_push(lua_State *L, const Operation *op, int flags);
/* Adds each operation (ended by a NULL name) to the table at 'index'. */
void ps_operations_register(lua_State *L, int index, const Operation *operations, int flags);
/* Runs it with the arguments on the stack; what every operation's C function does. */
int ps_operation_run(lua_State *L);
/* For attempts whose system call can wait by itself: how long it may (0 in a task), once wait->timeout is set. */
int64_t ps_may_block(lua_State *L, const Wait *wait);
/* Checks the flags at 'arg', which may be absent: those, and wait->flags. */
int ps_given_flags(lua_State *L, int arg, Wait *wait);

/* Had a receive better wait first? That is for sockets with a timeout whose last receive had to wait: it saves one system call of
   three where each answer takes a while. Sets errno as a receive that finds nothing. In a task it would miss an event. */
static inline int ps_waits_first(const Socket *s, const Wait *wait, int flags) {
  if (!s->waited || wait->tries != 0 || flags != MSG_DONTWAIT || wait->timeout <= 0) return 0;
  if (s->hurries || s->adopted || ps_is_scheduled(s->world)) return 0;
  errno = EAGAIN;
  return 1;
}

static inline int ps_flags_at(lua_State *L, int arg, Wait *wait) {
  return lua_isnoneornil(L, arg) ? wait->flags : ps_given_flags(L, arg, wait);
}

/* May the attempt block in the kernel? That is for calls on a blocking socket for which no scheduler waits: from then on
   wait->flags is 0. */
int ps_may_block_in_kernel(lua_State *L, const Socket *s, Wait *wait);
/* For system calls that know no MSG_DONTWAIT (accept, connect, sendfile, splice): sets O_NONBLOCK right before the call, unless
   that may block in the kernel. 0, or -1 and errno. In mode.c. */
int ps_socket_dont_block(lua_State *L, Socket *s, Wait *wait);

/* ns left of the call's timeout, which begins now if it has not yet; negative: no limit */
int64_t ps_time_left(lua_State *L, const Wait *wait);

#define PS_PIECE ((size_t)1 << 17) /* the most that one send of a task takes: each counts as an operation of its turn */

/* How much of so many bytes a send may take: under a scheduler a piece, or the receiver would hold all other tasks for as long as
   it is as fast as the sender. A datagram stays whole. */
static inline size_t ps_piece(const Socket *s, size_t len) {
  return len > PS_PIECE && ps_is_scheduled(s->world) && s->type == SOCK_STREAM ? PS_PIECE : len;
}

/* The same for several buffers: the last of them may get shorter; how many are left. */
size_t ps_piece_of(const Socket *s, struct iovec *buffers, size_t count);

#define PS_TURN 100        /* operations that a task may do without waiting before the others get their turn */
#define PS_TURN_NS 8000000 /* and so long, whatever it does; the coarse clock adds up to 4 ms */
#define PS_GLANCE 2        /* so many operations later the time is looked at again */

static inline void ps_turn_begin(World *world) {
  world->turn = PS_TURN;
  world->turn_ends = 0;
}

/* One operation more: is the turn of the task that runs over? */
static inline int ps_turn_is_over(World *world) {
  if (--world->turn < 0) return 1;
  if (world->turn % PS_GLANCE != 0) return 0;
  if (world->deadline != 0 && sys_monotonic() >= world->deadline) return 1;
  int64_t now = sys_monotonic_coarse();
  if (world->turn_ends == 0) world->turn_ends = now + PS_TURN_NS;
  return now >= world->turn_ends;
}

/* Is this coroutine the scheduler's, so that it may yield to it? */
int ps_in_task(lua_State *L, const World *world);
/* Does the scheduler in force wait for this coroutine, in whichever way? */
int ps_scheduler_waits(lua_State *L, const World *world);
/* Will the scheduler be asked to wait, here? Then no system call may block. */
static inline int ps_scheduled(lua_State *L, const World *world) {
  return world->task != NULL || (world->scheduler && ps_scheduler_waits(L, world));
}

/* Pushes what waiting is in the hands of: the loop whose task runs, the scheduler, or nil. */
void ps_scheduler_push(lua_State *L);
/* Pushes the scheduler's method of that name and the scheduler, or nothing and returns 0. */
int ps_scheduler_method(lua_State *L, const char *name);
/* Wakes those who wait on the descriptor, alone or among others. Leaves the first error that the scheduler raises and returns 1;
   else 0. */
int ps_scheduler_closing(lua_State *L, sys_fd fd);
/* Closes a descriptor of which the scheduler is told: 0, or errno. What the scheduler raises is raised once it is closed. Under a
   scheduler it does not wait for SO_LINGER, which may have been set where 'lingers' is true. */
int ps_close(lua_State *L, const World *world, sys_fd fd, int lingers);

/* A descriptor is new: its number may have been another's, of whose end nobody told. */
void ps_loops_born(const World *world, sys_fd fd);

#endif
