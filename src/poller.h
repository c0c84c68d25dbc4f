/* SPDX-License-Identifier: MIT */
/* What the ways of waiting for many descriptors share. */
#ifndef PS_POLLER_H
#define PS_POLLER_H

#include "core.h"

/* The descriptor of the value at 'arg': a number, a socket, a file, an object with a method fileno; or raises. */
sys_fd ps_descriptor_check(lua_State *L, int arg);

/* What an attempt returns after its system call gave 'n'; 0 where its results are to be pushed. */
int ps_poller_unready(lua_State *L, int n, Wait *wait);

typedef struct Epoll {
  sys_fd fd;     /* SYS_NO_FD: closed */
  pid_t process; /* that made it: one forked from it has the same set, not a copy */
  /* of a set that stands for others: */
  sys_fd lost; /* one of them, which has been closed meanwhile; its number may be another's by now */
  struct Epoll *next;
} Epoll;

/* Pushes a new set; its descriptor is SYS_NO_FD, and errno says why, where there is none to be had. */
Epoll *ps_epoll_new(lua_State *L);

Epoll *ps_epoll_check(lua_State *L, int arg); /* open or closed */
/* The set is not waited for any more. */
void ps_stand_in_end(World *world, const Epoll *set);

#define PS_READY_MAX 256 /* taken from the kernel at once */

/* What the kernel has told and nobody has seen to yet: see ready.c. */
typedef struct Ready {
  const World *world; /* by which it is known: ps_ready_to */
  Epoll *set;
  unsigned heard;   /* of World.unheard: the loop has seen to it */
  int first, count; /* descriptors whose readers are about to run */
  sys_fd fds[PS_READY_MAX];
  int first_other, others; /* the other events */
  struct {
    sys_fd fd;
    unsigned events;
  } told[PS_READY_MAX];
} Ready;

enum { PS_READY_READERS = 1, PS_READY_SET, PS_READY_VALUES = PS_READY_SET }; /* its user values */

/* Is there anything left in it? */
static inline int ps_ready_left(const Ready *r) { return r->first < r->count || r->first_other < r->others; }

Ready *ps_ready_to(lua_State *L, int arg); /* NULL when it is none */
Ready *ps_ready_check(lua_State *L, int arg);
extern const luaL_Reg ps_ready_functions[]; /* for the table of turn.c */
/* Waits up to so many ns for events of the epoll set and keeps them in the empty Ready at 'index'; returns what epoll_wait(2) did.
   Allocates nothing: the set is edge-triggered, so an event that could not be kept would be lost. */
int ps_ready_take(lua_State *L, sys_fd set, int index, int64_t ns);

#endif
