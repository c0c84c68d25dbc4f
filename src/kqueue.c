/* SPDX-License-Identifier: MIT */
/* kqueue(2) and kevent(2), on systems that have them, for kqueue.lua, which has the classes for users. */
#include "loop/loop.h"
#include "poller.h"

#ifdef SYS_KQUEUE
#include <limits.h>

#define EVENTS_MAX 65536
#define FIELDS 6 /* integers of an event in flat lists: ident, filter, flags, fflags, data, udata */

/***
Creates a queue.
@function kqueue_open
@local
@treturn integer the descriptor of the queue, which child processes do not inherit
*/
static int f_kqueue_open(lua_State *L) {
  sys_fd fd = sys_set_open();
  if (fd == SYS_NO_FD) return ps_error_raise(L, errno, SYS_POLLER_OPENS, 0);
  ps_loops_born(ps_world(L), fd);
  lua_pushinteger(L, fd);
  return 1;
}

/***
Closes a queue.
@function kqueue_close
@local
@tparam integer fd the descriptor of the queue
*/
static int f_kqueue_close(lua_State *L) {
  int code = ps_close(L, ps_world(L), (sys_fd)lua_tointeger(L, 1), 0);
  if (code != 0) return ps_error_raise(L, code, "close", 0);
  return 0;
}

/***
Returns the id of this process. A forked child has another id, and none of the parent's queues.
@function kqueue_process
@local
@treturn integer the id
*/
static int f_kqueue_process(lua_State *L) {
  lua_pushinteger(L, getpid());
  return 1;
}

/* The descriptor of the object at 1. Each attempt reads it again, since another task may have closed the object. */
static sys_fd open_queue(lua_State *L) {
  lua_pushliteral(L, "fd");
  if (lua_rawget(L, 1) != LUA_TNUMBER) ps_arg_error(L, 1, "I/O operation on closed kqueue object");
  sys_fd fd = (sys_fd)lua_tointeger(L, -1);
  lua_pop(L, 1);
  return fd;
}

/* The integer at 'place' (from 1) of the flat list at 2. */
static lua_Integer item(lua_State *L, lua_Integer place) {
  lua_rawgeti(L, 2, place);
  lua_Integer value = lua_tointeger(L, -1);
  lua_pop(L, 1);
  return value;
}

static void read_changes(lua_State *L, struct kevent *changes, lua_Integer count) {
  for (lua_Integer i = 0; i < count; i++) {
    lua_Integer at = i * FIELDS;
    EV_SET(&changes[i], (uintptr_t)item(L, at + 1), (int16_t)item(L, at + 2), (uint16_t)item(L, at + 3),
           (uint32_t)item(L, at + 4), (intptr_t)item(L, at + 5), (void *)(uintptr_t)item(L, at + 6));
  }
}

/* Puts the events into the table at the top, as a flat sequence. */
static void put_events(lua_State *L, const struct kevent *events, int n) {
  for (int i = 0; i < n; i++) {
    lua_Integer values[FIELDS] = {
        (lua_Integer)events[i].ident,  events[i].filter, events[i].flags,
        (lua_Integer)events[i].fflags, events[i].data,   (lua_Integer)(intptr_t)events[i].udata};
    for (int field = 0; field < FIELDS; field++) {
      lua_pushinteger(L, values[field]);
      lua_rawseti(L, -2, FIELDS * i + field + 1);
    }
  }
}

/***
Makes the changes, and waits for events.
@function kevent
@local
@tparam table queue an object with the descriptor in its field `fd`
@tparam table changes a flat sequence with six integers for each change
@tparam integer max the maximum number of events to return; with 0 the function does not wait
@tparam[opt] number timeout in seconds; nil: no limit
@treturn table a flat sequence with six integers for each event; empty after the timeout
@see kqueue(2)
*/
static int try_kevent(lua_State *L, Socket *s, Wait *wait) {
  (void)s;
  sys_fd fd = open_queue(L);
  int progress = PS_PROGRESS(wait->op);
  lua_Integer count = lua_isnil(L, progress) ? (lua_Integer)lua_rawlen(L, 2) / FIELDS : 0, max = lua_tointeger(L, 3);
  if (max > EVENTS_MAX) max = EVENTS_MAX; /* the next call returns the rest */
  wait->fd = fd;
  wait->timeout = ps_check_timeout(L, 4, "timeout");
  int64_t ns = ps_may_block(L, wait);
  lua_createtable(L, (int)max < 64 ? (int)max * FIELDS : 0, 0);
  struct kevent *changes = lua_newuserdatauv(L, (size_t)(count + max + 1) * sizeof *changes, 0);
  struct kevent *events = changes + count;
  read_changes(L, changes, count);
  lua_pushboolean(L, 1); /* the changes are made once, even if a signal interrupts the wait */
  lua_replace(L, progress);
  int n = count > 0 || max == 0 ? kevent(fd, changes, (int)count, events, (int)max, &(struct timespec){0, 0}) : 0;
  if (n == 0 && max > 0) n = sys_kevent_wait(fd, events, (int)max, ns);
  lua_pushvalue(L, -2);
  if (n == 0 && max == 0) return 1;
  int unready = ps_poller_unready(L, n, wait);
  if (unready != 0) return unready;
  put_events(L, events, n);
  return 1;
}

/* After the timeout, there are no events. */
static int failed_kevent(lua_State *L, int code) {
  if (code != EAGAIN) return ps_error_push(L, code, "kevent", 0);
  lua_newtable(L);
  return 1;
}

/* clang-format off */
static const Operation operations[] = {
    /* method or function arguments waits for address attempt     checks      failure as a result */
    {"kevent",            4,        SYS_READ, 0,      try_kevent, NULL,       failed_kevent},
    {NULL,                0,        0,        0,      NULL,       NULL,       NULL},
};
/* clang-format on */

static const luaL_Reg functions[] = {{"kqueue_open", f_kqueue_open},
                                     {"kqueue_close", f_kqueue_close},
                                     {"kqueue_process", f_kqueue_process},
                                     {NULL, NULL}};

void ps_kqueue_open(lua_State *L) {
  ps_register(L, PS_OPEN_LOCAL, functions, 0);
  ps_operations_register(L, PS_OPEN_LOCAL, operations, 0);
}

#else
void ps_kqueue_open(lua_State *L) { (void)L; }
#endif
