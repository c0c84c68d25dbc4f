/* SPDX-License-Identifier: MIT */
/* The list of the sets for which calls wait, so that the close of a descriptor wakes the call that waits for its set.
   */
#include "stand_in.h"

void ps_stand_in_begin(World *world, StandIn *set) {
  set->next = world->stand_ins;
  world->stand_ins = set;
}

void ps_stand_in_end(World *world, const StandIn *set) {
  StandIn **place = &world->stand_ins;
  while (*place != NULL && *place != set) place = &(*place)->next;
  if (*place != NULL) *place = set->next;
}

sys_fd ps_stand_in_lose(const World *world, sys_fd fd) {
  for (StandIn *set = world->stand_ins; set != NULL; set = set->next) {
    if (set->process != getpid() || !sys_set_remove(set->fd, fd)) continue;
    set->lost = fd;
    return set->fd;
  }
  return SYS_NO_FD;
}
