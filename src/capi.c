/* SPDX-License-Identifier: MIT */
/*
** The functions that the C interface (pysocket.h) calls, in a table of the registry under a name that all copies of the
** library share. They have the upvalues that the core needs, which C functions of a host lack, and no script can
** replace them.
*/
#include "core.h"

/* fd(value): the descriptor of a socket, or PYSOCKET_CLOSED or PYSOCKET_NOSOCKET */
static int f_fd(lua_State *L) {
  Socket *s = ps_socket_to(L, ps_world(L), 1);
  if (s != NULL) s->shared = 1;
  lua_pushinteger(L, s == NULL ? PYSOCKET_NOSOCKET : s->fd == SYS_NO_FD ? PYSOCKET_CLOSED : s->fd);
  return 1;
}

/* A check of its own, since poll(2) reports a descriptor that is not open as ready, and ignores a negative one. */
static void check_wait(lua_State *L, Socket *s) {
  (void)s;
  if (sys_get_inheritable((sys_fd)lua_tointeger(L, 1)) < 0) ps_error_raise(L, errno, "poll", 0);
}

/* wait(fd, events, seconds): whether the descriptor is ready */
static int try_wait(lua_State *L, Socket *s, Wait *wait) {
  (void)s;
  wait->fd = (sys_fd)lua_tointeger(L, 1);
  wait->events = (int)lua_tointeger(L, 2);
  wait->timeout = ps_check_timeout(L, 3, "timeout");
  wait->policy = PS_WAIT_ALWAYS;
  int n = sys_wait(wait->fd, wait->events, ps_may_block(L, wait));
  if (n < 0) return PS_ERRNO;
  if (n > 0 || wait->timeout == 0) {
    lua_pushboolean(L, n);
    return 1;
  }
  errno = EAGAIN;
  return PS_ERRNO;
}

/* After the timeout, the descriptor is not ready. */
static int failed_wait(lua_State *L, int code) {
  if (code != EAGAIN) return ps_error_push(L, code, "poll", 0);
  lua_pushboolean(L, 0);
  return 1;
}

/* clang-format off */
static const Operation operations[] = {
    /* method or function arguments waits for address attempt   checks      failure as a result */
    {"wait",              3,        0,        0,      try_wait, check_wait, failed_wait},
    {NULL,                0,        0,        0,      NULL,     NULL,       NULL},
};
/* clang-format on */

static const luaL_Reg functions[] = {{"fd", f_fd}, {NULL, NULL}};

static const char copy = 0; /* its address identifies this copy of the library: an archive or a shared object */

void ps_capi_check(lua_State *L) {
  if (lua_getfield(L, LUA_REGISTRYINDEX, PYSOCKET_KEY) == LUA_TTABLE) {
    lua_getfield(L, -1, "copy");
    if (lua_touserdata(L, -1) != &copy) luaL_error(L, "another copy of pysocket is open in this state");
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

void ps_capi_open(lua_State *L) {
  lua_newtable(L);
  ps_register(L, -1, functions, 0);
  ps_operations_register(L, -1, operations, 0);
  lua_pushvalue(L, lua_upvalueindex(PS_UP_WORLD));
  lua_setfield(L, -2, "world"); /* for the other shared objects of the library: see shared.h */
  lua_getfield(L, PS_OPEN_CORE, "socket");
  lua_setfield(L, -2, "socket");
  lua_getfield(L, PS_OPEN_CORE, "setscheduler");
  lua_setfield(L, -2, "setscheduler");
  lua_pushlightuserdata(L, (void *)(uintptr_t)&copy);
  lua_setfield(L, -2, "copy");
  lua_pushboolean(L, 0); /* a field for pysocket_setscheduler */
  lua_setfield(L, -2, "seat");
  lua_setfield(L, LUA_REGISTRYINDEX, PYSOCKET_KEY);
}
