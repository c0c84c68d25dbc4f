/* SPDX-License-Identifier: MIT */
/* What a loop's epoll set has told, kept where it takes no memory of Lua's: whose turn it is is in turn.c. */
#include "poller.h"

#ifdef SYS_EPOLL
Ready *ps_ready_to(lua_State *L, int arg) {
  Ready *r = lua_touserdata(L, arg);
  return r != NULL && lua_rawlen(L, arg) == sizeof *r && r->world == ps_world(L) ? r : NULL;
}

Ready *ps_ready_check(lua_State *L, int arg) {
  Ready *r = ps_ready_to(L, arg);
  if (r == NULL) ps_type_error(L, arg, "ready");
  return r;
}

/***
What `poll` of an epoll object may be given in place of a list, and `serve` runs.
@function turn.ready
@local
@tparam table readers by descriptor: the coroutine of the task that waits for it alone, to read, without a limit; false: none
  does, but the kernel watches it for that
@tparam epoll set which tells what is ready
@treturn userdata
*/
static int f_ready(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  Epoll *set = ps_epoll_check(L, 2);
  lua_settop(L, 2);
  Ready *r = lua_newuserdatauv(L, sizeof *r, PS_READY_VALUES);
  r->world = ps_world(L);
  r->set = set;
  r->heard = r->world->unheard;
  r->first = r->count = r->first_other = r->others = 0;
  lua_insert(L, 1);
  for (int value = PS_READY_VALUES; value > 0; value--) lua_setiuservalue(L, 1, value);
  return 1;
}

/* It is not that descriptor any more that is ready: was it? */
static int take_back(Ready *r, sys_fd fd) {
  int was = 0;
  for (int i = r->first; i < r->count; i++) {
    if (r->fds[i] != fd) continue;
    r->fds[i] = SYS_NO_FD;
    was = 1;
  }
  return was;
}

/***
Somebody else sees to the event of a descriptor.
@function turn.unready
@local
@tparam userdata ready
@tparam integer fd
@treturn boolean whether it was
*/
static int f_unready(lua_State *L) {
  Ready *r = ps_ready_check(L, 1);
  lua_pushboolean(L, take_back(r, (sys_fd)luaL_checkinteger(L, 2)));
  return 1;
}

/* A process has the same set as the one that it was forked from, not a copy. Gives it one of its own, under the same number,
   where all are to be entered anew: as after a closing that was missed. 0, or -1 and errno. */
static int part_with_parent(Ready *r) {
  sys_fd own = epoll_create1(EPOLL_CLOEXEC);
  if (own < 0) return -1;
  int done = dup3(own, r->set->fd, O_CLOEXEC), code = errno;
  sys_close(own);
  errno = code;
  if (done < 0) return -1;
  r->set->process = getpid();
  r->heard--;
  return 0;
}

/***
Has the kernel watch a descriptor, edge-triggered, whether it did so before or not.
@function turn.watch
@local
@tparam userdata ready
@tparam integer fd
@tparam integer events `EPOLL*`
@raise OSError EPERM for what cannot be watched
*/
static int f_watch(lua_State *L) {
  Ready *r = ps_ready_check(L, 1);
  sys_fd fd = (sys_fd)luaL_checkinteger(L, 2);
  struct epoll_event event = {.events = (uint32_t)luaL_checkinteger(L, 3) | EPOLLET, .data = {.fd = fd}};
  if (r->set->process != getpid() && part_with_parent(r) < 0) return ps_error_raise(L, errno, "epoll_create1", 0);
  if (epoll_ctl(r->set->fd, EPOLL_CTL_ADD, fd, &event) == 0) return 0;
  if (errno == EEXIST && epoll_ctl(r->set->fd, EPOLL_CTL_MOD, fd, &event) == 0) return 0;
  return ps_error_raise(L, errno, "epoll_ctl", 0);
}

/***
A descriptor is about to be closed: the kernel is to watch it no more, also where a duplicate of it lives on. A forked process
leaves that to the one whose set it is.
@function turn.unwatch
@local
@tparam userdata ready
@tparam integer fd
*/
static int f_unwatch(lua_State *L) {
  Ready *r = ps_ready_check(L, 1);
  sys_fd fd = (sys_fd)luaL_checkinteger(L, 2);
  take_back(r, fd);
  if (r->set->process == getpid()) epoll_ctl(r->set->fd, EPOLL_CTL_DEL, fd, NULL);
  return 0;
}

/***
The next event that does not end the wait of a reader of `readers`, if there is one left.
@function turn.other
@local
@tparam userdata ready
@treturn ?integer descriptor
@treturn ?integer `EPOLL*`
*/
static int f_other(lua_State *L) {
  Ready *r = ps_ready_check(L, 1);
  if (r->first_other == r->others) return 0;
  lua_pushinteger(L, r->told[r->first_other].fd);
  lua_pushinteger(L, r->told[r->first_other++].events);
  return 2;
}

/***
Whether a descriptor has been closed since the last call that the loop could not be told of.
@function turn.missed
@local
@tparam userdata ready
@treturn boolean
*/
static int f_missed(lua_State *L) {
  Ready *r = ps_ready_check(L, 1);
  lua_pushboolean(L, r->heard != r->world->unheard);
  r->heard = r->world->unheard;
  return 1;
}

const luaL_Reg ps_ready_functions[] = {
    {"ready", f_ready}, {"unready", f_unready}, {"watch", f_watch}, {"unwatch", f_unwatch},
    {"other", f_other}, {"missed", f_missed},   {NULL, NULL}};
#endif
