/* SPDX-License-Identifier: MIT */
/*
** poll(2). Outside of a task, the system call itself waits. A task waits through the scheduler for one descriptor, that
** of a set which stands for all others.
*/
#include "loop/loop.h"
#include "poller.h"
#include "stand_in.h"

#define ASK_AGAIN_NS 10000000 /* the pause between calls of poll(2) by a task, on systems without such sets */

int ps_poller_unready(lua_State *L, int n, Wait *wait) {
  if (n != 0) return n < 0 ? PS_ERRNO : 0;
  wait->policy = PS_WAIT_ALWAYS;
  if (wait->timeout == 0) return 0;
  int code = ps_scheduled(L, ps_bound(L)->world) ? PS_ERRNO : ps_time_left(L, wait) == 0 ? 0 : PS_AGAIN;
  errno = EAGAIN;
  return code;
}

/* Item 'i' (from 0) of the flat list at 1. */
static sys_Poll list_item(lua_State *L, lua_Integer i) {
  lua_rawgeti(L, 1, 2 * i + 1);
  lua_rawgeti(L, 1, 2 * i + 2);
  sys_Poll p = {.fd = (sys_fd)lua_tointeger(L, -2), .events = (short)lua_tointeger(L, -1)};
  lua_pop(L, 2);
  return p;
}

static const char stand_in_key = 0; /* the key of their metatable in the registry */

/* The events of item 'i' and of the items before it that have the same descriptor. */
static int item_events(lua_State *L, lua_Integer i, sys_fd fd) {
  int events = 0;
  for (; i >= 0; i--) {
    sys_Poll p = list_item(L, i);
    if (p.fd == fd) events |= p.events;
  }
  return events;
}

/* Adds item 'i' to the set: 0, or -1 if the set cannot watch the descriptor. */
static int set_add(lua_State *L, const StandIn *set, lua_Integer i) {
  sys_Poll p = list_item(L, i);
  if (p.fd < 0) return 0;
  int added = sys_set_add(set->fd, p.fd, p.events);
  if (added == 1) added = sys_set_add(set->fd, p.fd, item_events(L, i, p.fd));
  return added < 0 ? -1 : 0;
}

static int stand_in_close(lua_State *L) {
  StandIn *set = lua_touserdata(L, 1);
  sys_fd fd = set->fd;
  if (fd == SYS_NO_FD) return 0;
  set->fd = SYS_NO_FD;
  ps_stand_in_end(ps_world(L), set);
  if (sys_set_is_ours(set->process)) ps_close(L, ps_world(L), fd, 0);
  return 0;
}

/* Makes, in the progress slot, a set that stands for the flat list at 1 and is closed when the operation ends. Returns
   its descriptor, or SYS_NO_FD if no set can watch all descriptors. */
static sys_fd stand_in(lua_State *L, lua_Integer count) {
  int progress = PS_PROGRESS(ps_operation(L));
  StandIn *set = lua_touserdata(L, progress);
  if (set != NULL) return set->fd;
  set = lua_newuserdatauv(L, sizeof *set, 0);
  *set = (StandIn){.fd = SYS_NO_FD, .process = getpid(), .lost = SYS_NO_FD};
  lua_rawgetp(L, LUA_REGISTRYINDEX, &stand_in_key);
  lua_setmetatable(L, -2);
  lua_replace(L, progress);
  lua_toclose(L, progress);
  set->fd = sys_set_open();
  for (lua_Integer i = 0; i < count && set->fd != SYS_NO_FD; i++) {
    if (set_add(L, set, i) == 0) continue;
    sys_close(set->fd);
    set->fd = SYS_NO_FD;
  }
  if (set->fd != SYS_NO_FD) {
    ps_loops_born(ps_world(L), set->fd);
    ps_stand_in_begin(ps_world(L), set);
  }
  return set->fd;
}

static void open_stand_ins(lua_State *L) {
  static const luaL_Reg metamethods[] = {{"__gc", stand_in_close}, {"__close", stand_in_close}, {NULL, NULL}};
  lua_createtable(L, 0, 2);
  ps_register(L, -1, metamethods, 0);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &stand_in_key);
}

/* A descriptor that was closed during the wait, or SYS_NO_FD. It must not be polled again: another file may have its
   number. */
static sys_fd lost(lua_State *L) {
  const StandIn *set = lua_touserdata(L, PS_PROGRESS(ps_operation(L)));
  return set != NULL ? set->lost : SYS_NO_FD;
}

static void check_poll(lua_State *L, Socket *s) {
  (void)s;
  if (!lua_istable(L, 1)) ps_type_error(L, 1, "table");
  lua_settop(L, 2);
  ps_check_timeout(L, 2, "timeout");
}

static int push_bad(lua_State *L, sys_fd fd) {
  lua_createtable(L, 2, 0);
  lua_pushinteger(L, fd);
  lua_rawseti(L, -2, 1);
  lua_pushinteger(L, POLLNVAL);
  lua_rawseti(L, -2, 2);
  return 1;
}

/***
Waits until a descriptor is ready.
@function poll
@local
@tparam table fds a flat sequence: descriptor, events, descriptor, events, ... with events of `POLL*`
@tparam[opt] number timeout in seconds; nil: no limit
@treturn table a flat sequence of the descriptors that are ready and their events; empty after the timeout
@see poll(2)
*/
static int try_poll(lua_State *L, Socket *s, Wait *wait) {
  (void)s;
  sys_fd bad = lost(L);
  if (bad != SYS_NO_FD) return push_bad(L, bad);
  lua_Integer count = (lua_Integer)lua_rawlen(L, 1) / 2, place = 0;
  wait->timeout = ps_check_timeout(L, 2, "timeout");
  int64_t ns = ps_may_block(L, wait);
  lua_createtable(L, (int)count * 2, 0); /* made here, since nothing may start the collector from here on */
  sys_Poll *fds = (sys_Poll *)ps_scratch(L, (size_t)count * sizeof *fds + 1);
  for (lua_Integer i = 0; i < count; i++) fds[i] = list_item(L, i);
  int n = sys_poll(fds, (size_t)count, ns);
  int unready = ps_poller_unready(L, n, wait);
  if (unready == PS_ERRNO && n == 0) {
    wait->fd = stand_in(L, count);
    if (wait->fd == SYS_NO_FD) wait->pause = ASK_AGAIN_NS;
    errno = EAGAIN;
  }
  if (unready != 0) return unready;
  for (lua_Integer i = 0; i < count && n > 0; i++) { /* if none is ready, finalizers may have used the memory */
    if (fds[i].revents == 0) continue;
    lua_pushinteger(L, fds[i].fd);
    lua_rawseti(L, -2, ++place);
    lua_pushinteger(L, fds[i].revents);
    lua_rawseti(L, -2, ++place);
  }
  return 1;
}

static int failed_poll(lua_State *L, int code) {
  if (code != EAGAIN) return ps_error_push(L, code, "poll", 0);
  lua_newtable(L);
  return 1;
}

/* clang-format off */
static const Operation operations[] = {
    /* method or function arguments waits for address attempt   checks      failure as a result */
    {"poll",              2,        SYS_READ, 0,      try_poll, check_poll, failed_poll},
    {NULL,                0,        0,        0,      NULL,     NULL,       NULL},
};
/* clang-format on */

void ps_poller_open(lua_State *L) {
  open_stand_ins(L);
  ps_operations_register(L, PS_OPEN_LOCAL, operations, 0);
}
