/* SPDX-License-Identifier: MIT */
/* The records of descriptors in a loop: in blocks that never move, found by the descriptor's number. */
#include <string.h>

#include "loop.h"

#define BLOCK 32 /* records */

Watch *ps_watch_find(const Loop *l, sys_fd fd) {
  int block = (int)(fd / BLOCK);
  return block < l->block_count && l->blocks[block] != NULL ? &l->blocks[block][fd % BLOCK] : NULL;
}

/* Makes room for that many blocks in the loop at 'index'. */
static void widen(lua_State *L, int index, Loop *l, int count) {
  if (count <= l->block_count) return;
  if (count < 2 * l->block_count) count = 2 * l->block_count;
  Watch **blocks = lua_newuserdatauv(L, (size_t)count * sizeof *blocks, 0);
  if (count <= l->block_count) { /* by a finalizer that has run in the allocation, and has waited */
    lua_pop(L, 1);
    return;
  }
  memset(blocks, 0, (size_t)count * sizeof *blocks);
  if (l->block_count > 0) memcpy(blocks, l->blocks, (size_t)l->block_count * sizeof *blocks);
  lua_setiuservalue(L, index, LOOP_BLOCKS);
  l->blocks = blocks;
  l->block_count = count;
}

static Watch *watch_get(lua_State *L, int index, Loop *l, sys_fd fd) {
  Watch *w = ps_watch_find(l, fd);
  if (w != NULL) return w;
  int block = (int)(fd / BLOCK);
  widen(L, index, l, block + 1);
  lua_getiuservalue(L, index, LOOP_RECORDS);
  Watch *records = lua_newuserdatauv(L, BLOCK * sizeof *records, 0);
  w = ps_watch_find(l, fd); /* made by a finalizer meanwhile */
  if (w != NULL) {
    lua_pop(L, 2);
    return w;
  }
  memset(records, 0, BLOCK * sizeof *records);
  for (int i = 0; i < BLOCK; i++) records[i].poll.fd = (sys_fd)(block * BLOCK + i);
  lua_rawseti(L, -2, block + 1);
  lua_pop(L, 1);
  l->blocks[block] = records;
  return &records[fd % BLOCK];
}

static void give_memory(lua_State *L, int index, sys_Poller *p) {
  for (size_t size; (size = sys_poller_wants(p)) != 0;) {
    void *memory = lua_newuserdatauv(L, size, 0);
    if (size == sys_poller_wants(p)) { /* a finalizer may have given some */
      sys_poller_give(p, memory, size);
      lua_setiuservalue(L, index, LOOP_MEMORY);
      return;
    }
    lua_pop(L, 1);
  }
}

void ps_watch_parted(Loop *l, const Watch *but) {
  for (int block = 0; block < l->block_count; block++) {
    for (int i = 0; i < BLOCK && l->blocks[block] != NULL; i++) {
      sys_Watched *w = &l->blocks[block][i].poll;
      int events = w->armed;
      if ((but != NULL && w == &but->poll) || events == 0) continue;
      w->armed = 0;
      sys_poller_arm(&l->poller, w, events);
    }
  }
}

Watch *ps_watch_arm(lua_State *L, int index, sys_fd fd, int events, int foreign) {
  Loop *l = lua_touserdata(L, index);
  index = lua_absindex(L, index);
  Watch *w = watch_get(L, index, l, fd);
  if (foreign) w->poll.armed = 0;
  if ((events & ~w->poll.armed) == 0) return w;
  give_memory(L, index, &l->poller);
  int done = sys_poller_arm(&l->poller, &w->poll, events);
  if (done < 0) ps_error_raise(L, errno, SYS_POLLER_ARMS, 0);
  if (done > 0) ps_watch_parted(l, w);
  return w;
}

static Watch *watch_of_task(const World *world, sys_fd fd) {
  const Loop *l = world->task->loop;
  return fd == SYS_NO_FD || l->closed ? NULL : ps_watch_find(l, fd);
}

void ps_watch_emptied(const World *world, sys_fd fd) {
#ifdef SYS_TELLS_ALL
  Watch *w = watch_of_task(world, fd);
  if (w != NULL && !w->odd && (~w->poll.armed & (SYS_READ | SYS_PRIORITY)) == 0) w->empty = 1;
#else
  (void)world, (void)fd;
#endif
}

int ps_watch_is_empty(const World *world, sys_fd fd) {
  const Watch *w = watch_of_task(world, fd);
  return w != NULL && w->empty;
}

void ps_loop_bell(lua_State *L, int index) {
  Loop *l = lua_touserdata(L, index);
  if (l->bell[0] != SYS_NO_FD) return;
  if (sys_signal_open(l->bell) < 0) {
    int code = errno;
    l->bell[0] = l->bell[1] = SYS_NO_FD;
    ps_error_raise(L, code, SYS_SIGNAL_OPENS, 0);
  }
  ps_watch_arm(L, index, l->bell[0], SYS_READ, 1);
}
