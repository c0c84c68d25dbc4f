/* SPDX-License-Identifier: MIT */
/* Operations (operation.c), and the scheduler through which they wait (scheduler.c, closing.c). */
#ifndef PS_OPERATION_H
#define PS_OPERATION_H

#include "address.h"

/* the event for which an attempt waits; set from the row and the socket before each attempt */
typedef struct Wait {
  const struct Operation *op; /* the row of the attempt */
  sys_fd fd;
  int events;
  int64_t timeout; /* of the whole call, in ns; negative: none */
  int64_t pause;   /* the time in ns after which the attempt is repeated without an event; negative: no limit */
  int policy;      /* PS_WAIT_* */
  int flags;       /* of each receive and send of the attempt: MSG_DONTWAIT, or 0 if it may block in the kernel */
  int tries;       /* the course of the call before the attempt: see operation.c */
} Wait;

enum {
  PS_WAIT_MODE,    /* the socket's timeout decides */
  PS_WAIT_ALWAYS,  /* the call waits even if the timeout is 0 */
  PS_WAIT_TIMEOUT, /* the caller has given MSG_DONTWAIT: the call waits only under a timeout */
  PS_WAIT_NEVER    /* EAGAIN is the result: no event would announce a change */
};

/* results of an attempt other than the number of values pushed */
enum {
  PS_ERRNO = -1, /* errno is set; EAGAIN and similar errors mean: wait, then try again */
  PS_AGAIN = -2, /* try again at once */
  PS_ERROR = -3, /* an error object is at the top */
  /* a function and its arguments are at the top: call it, keep its first result as the progress, try again */
  PS_CALL = -4
};

typedef struct Operation {
  const char *name;
  int nargs;   /* the arguments, self included, are the stack slots 1..nargs; the two slots of state follow */
  int events;  /* SYS_READ, SYS_WRITE */
  int address; /* the argument that is an address, for messages; 0: none */
  int (*attempt)(lua_State *L, Socket *s, Wait *wait);
  void (*check)(lua_State *L, Socket *s); /* called once, before the first attempt, with the arguments as given */
  /* For an operation that may return a failure as a result (connect_ex): pushes the results and returns their number,
     or PS_ERROR, or 0 if this failure is raised. NULL for other operations. The code is an errno, and EAGAIN after the
     timeout. */
  int (*failed)(lua_State *L, int code);
} Operation;

#define PS_PROGRESS(op) ((op)->nargs + 1) /* a value that the attempts keep; nil at first */
#define PS_DEADLINE(op) ((op)->nargs + 2)

/* The values of an operation's function in one upvalue, since reading an upvalue takes 25 instructions. */
typedef struct Bound {
  const Operation *op;
  World *world;
  int flags; /* as PS_UP_FLAGS */
} Bound;

#define ps_bound(L) ((const Bound *)lua_touserdata(L, lua_upvalueindex(PS_UP_OWN)))
/* the row of the operation that is running, for attempts that serve several rows */
#define ps_operation(L) (ps_bound(L)->op)

/* Pushes the function of an operation. */
void ps_operation_push(lua_State *L, const Operation *op, int flags);
/* Adds the functions of the operations (ended by a NULL name) to the table at 'index'. */
void ps_operations_register(lua_State *L, int index, const Operation *operations, int flags);
/* Runs the operation with the arguments on the stack. This is the C function of every operation. */
int ps_operation_run(lua_State *L);
/* For attempts whose system call waits by itself: the time in ns that it may wait (0 in a task), after wait->timeout is
   set. */
int64_t ps_may_block(lua_State *L, const Wait *wait);
/* Checks the flags at 'arg', and returns them together with wait->flags. */
int ps_given_flags(lua_State *L, int arg, Wait *wait);

/*
** A receive of TCP that returns less than the call has asked for has emptied the queue (epoll(7)). The next receive in a task
** waits before its first system call, which would find nothing. The loop's record of the descriptor (watch.c) remembers that the
** queue is empty, until the loop takes an event of the descriptor.
**
** Data that arrives after the short receive causes an event that the loop has not taken yet. The receive may also have stopped at
** the end of the stream, at an error or at urgent data. Either the loop has taken the event of that before the receive, and the
** record remembers that event, or the event is still to come. The exception is urgent data that a receive with MSG_OOB has taken:
** no event reports it any more, and the stream still stops there. So a socket never waits first after a receive with that flag, or
** if others know its descriptor.
*/
static inline int ps_is_plain(const Socket *s) {
  return s->type == SOCK_STREAM && (s->family == AF_INET || s->family == AF_INET6) &&
         (s->proto == 0 || s->proto == IPPROTO_TCP) && !s->hurries && !s->shared;
}

/* Notes in the record of the running task's loop that the queue of the descriptor is empty. Only a poller that reports every arrival
   makes this note. */
void ps_watch_emptied(const World *world, sys_fd fd);
/* Has the queue been empty since the loop took its last event of the descriptor? */
int ps_watch_is_empty(const World *world, sys_fd fd);

/* Had the last receive of the socket to wait? Then the next one, outside of tasks, waits before its first system call, which saves
   one system call of three if each answer takes a while. Not if data may arrive without an event. */
static inline int ps_is_patient(const Socket *s) { return s->waited && !s->hurries && !s->adopted; }

/* Should a receive outside of tasks that does not block wait before its first system call? Sets errno to EAGAIN. */
static inline int ps_waits_again(const Socket *s, const Wait *wait, int flags) {
  if (!ps_is_patient(s) || wait->tries != 0 || flags != MSG_DONTWAIT || ps_is_scheduled(s->world)) return 0;
  if (wait->timeout == 0 || (wait->timeout < 0 && wait->policy != PS_WAIT_ALWAYS)) return 0;
  errno = EAGAIN;
  return 1;
}

/* The same for a receive in or outside of a task. In a task it should wait if the queue is known to be empty. */
static inline int ps_waits_first(const Socket *s, const Wait *wait, int flags) {
  if (s->world->task == NULL) return ps_waits_again(s, wait, flags);
  if (wait->tries != 0 || flags != MSG_DONTWAIT || wait->timeout == 0 || wait->policy != PS_WAIT_MODE) return 0;
  if (!ps_is_plain(s) || !ps_watch_is_empty(s->world, s->fd)) return 0;
  errno = EAGAIN;
  return 1;
}

/* Receives as recv(2) does, for an attempt. A receive that should wait first sets errno to EAGAIN without a system call. */
static inline ssize_t ps_receive(const Socket *s, void *data, size_t size, int flags, const Wait *wait) {
  if (ps_waits_first(s, wait, flags)) return -1;
  ssize_t n = sys_recv(s->fd, data, size, flags);
  if (n > 0 && (size_t)n < size && s->world->task != NULL && flags == MSG_DONTWAIT && ps_is_plain(s))
    ps_watch_emptied(s->world, s->fd);
  return n;
}

static inline int ps_flags_at(lua_State *L, int arg, Wait *wait) {
  return lua_isnoneornil(L, arg) ? wait->flags : ps_given_flags(L, arg, wait);
}

/* May the attempt block in the kernel? It may on a blocking socket for which no scheduler waits; wait->flags is 0 from
   then on. */
int ps_may_block_in_kernel(lua_State *L, const Socket *s, Wait *wait);
/* For system calls without MSG_DONTWAIT (accept, connect, sendfile, splice): sets O_NONBLOCK right before the call,
   unless the call may block in the kernel. 0, or -1 and errno. In mode.c. */
int ps_socket_dont_block(lua_State *L, Socket *s, Wait *wait);

/* The rest of the call's timeout in ns, which begins with the first call of this function; negative: no limit. */
int64_t ps_time_left(lua_State *L, const Wait *wait);

#define PS_PIECE ((size_t)1 << 17) /* the most bytes of one send of a task, which counts as an operation of its turn */

/* The number of bytes that a send of 'len' bytes may take: under a scheduler, a piece, because a fast receiver would
   otherwise delay all other tasks. A datagram stays whole. */
static inline size_t ps_piece(const Socket *s, size_t len) {
  return len > PS_PIECE && ps_is_scheduled(s->world) && s->type == SOCK_STREAM ? PS_PIECE : len;
}

/* The same for several buffers: returns the number of buffers to send, of which it may shorten the last. */
size_t ps_piece_of(const Socket *s, struct iovec *buffers, size_t count);

#define PS_TURN 100        /* the operations of a turn: a task that need not wait then lets the other tasks run */
#define PS_TURN_NS 8000000 /* the time of a turn; the coarse clock adds up to 4 ms */
#define PS_GLANCE 2        /* the operations between two looks at the clock */

static inline void ps_turn_begin(World *world) {
  world->turn = PS_TURN;
  world->turn_ends = 0;
}

/* Counts an operation: is the turn of the running task over? */
static inline int ps_turn_is_over(World *world) {
  if (--world->turn < 0) return 1;
  if (world->turn % PS_GLANCE != 0) return 0;
  if (world->deadline != 0 && sys_monotonic() >= world->deadline) return 1;
  int64_t now = sys_monotonic_coarse();
  if (world->turn_ends == 0) world->turn_ends = now + PS_TURN_NS;
  return now >= world->turn_ends;
}

/* Is this coroutine a task of the scheduler, so that it may yield to it? */
int ps_in_task(lua_State *L, const World *world);
/* Does the scheduler in force wait for this coroutine, with 'wait' or with 'block'? */
int ps_scheduler_waits(lua_State *L, const World *world);
/* Do calls wait through a scheduler here? Then no system call may block. */
static inline int ps_scheduled(lua_State *L, const World *world) {
  return world->task != NULL || (world->scheduler && ps_scheduler_waits(L, world));
}

/* Pushes the loop whose task runs, or else the scheduler in force, or nil. */
void ps_scheduler_push(lua_State *L);
/* Pushes the scheduler's method of that name and the scheduler, and returns 1; or returns 0 and pushes nothing. */
int ps_scheduler_method(lua_State *L, const char *name);
/* Wakes the calls that wait for the descriptor, alone or with others. Returns 0, or 1 and the first error of the
   scheduler at the top. */
int ps_scheduler_closing(lua_State *L, sys_fd fd);
/* Closes a descriptor after waking the calls that wait for it: 0, or errno. Raises an error of the scheduler after the
   descriptor is closed. Under a scheduler, the function does not wait for SO_LINGER, which may be set if 'lingers' is
   true. */
int ps_close(lua_State *L, const World *world, sys_fd fd, int lingers);

/* Tells the loops that a descriptor is new: its number may be that of an earlier descriptor, whose close they have
   missed. */
void ps_loops_born(const World *world, sys_fd fd);

/* Ends the waits of tasks for what a shutdown of the descriptor has ended, on a system that does not end them. */
#ifdef SYS_SILENT_SHUTDOWN
void ps_loops_shut(const World *world, sys_fd fd, int how);
#else
static inline void ps_loops_shut(const World *world, sys_fd fd, int how) { (void)world, (void)fd, (void)how; }
#endif

#endif
