/* SPDX-License-Identifier: MIT */
/* Sets that are waited for in place of many descriptors: poller.c makes them. */
#ifndef PS_STAND_IN_H
#define PS_STAND_IN_H

#include "core.h"

typedef struct StandIn {
  sys_fd fd;     /* of the set; SYS_NO_FD: closed */
  pid_t process; /* that made it: one forked from it has the same set, not a copy */
  sys_fd lost;   /* one of the descriptors, which has been closed meanwhile; its number may be another's by now */
  struct StandIn *next;
} StandIn;

/* The set is waited for, and is not any more. */
void ps_stand_in_begin(World *world, StandIn *set);
void ps_stand_in_end(World *world, const StandIn *set);
/* Takes a descriptor out of a set that stands for it and others: the descriptor of that set, or SYS_NO_FD for none. */
sys_fd ps_stand_in_lose(const World *world, sys_fd fd);

#endif
