/* SPDX-License-Identifier: MIT */
/* A binary heap of timers. Tasks and deadlines reserve its room when they are made, so that setting a timer
   allocates nothing. */
#include <string.h>

#include "loop.h"

#define ROOM_MIN 16

static void put(const Timers *timers, Timer *timer, int place) {
  timers->heap[place - 1] = timer;
  timer->place = place;
}

static Timer *at(const Timers *timers, int place) { return timers->heap[place - 1]; }

static void up(const Timers *timers, Timer *timer, int place) {
  for (; place > 1 && at(timers, place / 2)->at > timer->at; place /= 2) put(timers, at(timers, place / 2), place);
  put(timers, timer, place);
}

static void down(const Timers *timers, Timer *timer, int place) {
  for (int child; (child = 2 * place) <= timers->count; place = child) {
    if (child < timers->count && at(timers, child + 1)->at < at(timers, child)->at) child++;
    if (at(timers, child)->at >= timer->at) break;
    put(timers, at(timers, child), place);
  }
  put(timers, timer, place);
}

static void settle(const Timers *timers, Timer *timer, int place) {
  if (place > 1 && at(timers, place / 2)->at > timer->at) up(timers, timer, place);
  else down(timers, timer, place);
}

void ps_timers_reserve(lua_State *L, int index) {
  index = lua_absindex(L, index);
  Timers *timers = &((Loop *)lua_touserdata(L, index))->timers;
  while (timers->promised >= timers->room) {
    int before = timers->room, room = before == 0 ? ROOM_MIN : 2 * before;
    Timer **heap = lua_newuserdatauv(L, (size_t)room * sizeof *heap, 0);
    if (timers->room != before) { /* by a finalizer that has run in the allocation */
      lua_pop(L, 1);
      continue;
    }
    if (timers->count > 0) memcpy(heap, timers->heap, (size_t)timers->count * sizeof *heap);
    lua_setiuservalue(L, index, LOOP_HEAP);
    timers->heap = heap;
    timers->room = room;
  }
}

void ps_timer_set(Timers *timers, Timer *timer, int64_t when) {
  timer->at = when;
  settle(timers, timer, timer->place != 0 ? timer->place : ++timers->count);
}

void ps_timer_remove(Timers *timers, Timer *timer) {
  int place = timer->place;
  if (place == 0) return;
  timer->place = 0;
  Timer *last = at(timers, timers->count--);
  if (last != timer) settle(timers, last, place);
}
