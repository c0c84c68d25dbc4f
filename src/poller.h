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

#endif
