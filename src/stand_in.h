/* SPDX-License-Identifier: MIT */
/* Sets: descriptors for which a call waits in place of many others. poller.c makes them. */
#ifndef PS_STAND_IN_H
#define PS_STAND_IN_H

#include "core.h"

typedef struct StandIn {
  sys_fd fd;     /* the descriptor of the set; SYS_NO_FD: closed */
  pid_t process; /* the process that has made the set: a forked child shares it */
  sys_fd lost;   /* a descriptor that was closed during the wait, so that its number may be in use again */
  struct StandIn *next;
} StandIn;

/* Begins and ends the wait for a set. */
void ps_stand_in_begin(World *world, StandIn *set);
void ps_stand_in_end(World *world, const StandIn *set);
/* Removes a descriptor, which is being closed, from a set that contains it: the descriptor of that set, or SYS_NO_FD
   for none. */
sys_fd ps_stand_in_lose(const World *world, sys_fd fd);

#endif
