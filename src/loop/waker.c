/* SPDX-License-Identifier: MIT */
/* Waking a loop from another thread: that one has a duplicate of the bell's descriptor, and nothing of the Lua state. */
#include "loop.h"

/***
A descriptor for `pysocket_wake`, which the caller owns.
@function waker
@local
@tparam loop loop
@treturn integer
*/
static int f_waker(lua_State *L) {
  const Loop *l = ps_loop_check(L, 1);
  if (l->closed) return luaL_error(L, "the loop is closed");
  lua_settop(L, 1);
  ps_loop_bell(L, 1);
  sys_fd fd = sys_dup(l->bell[1]);
  if (fd == SYS_NO_FD) return ps_error_raise(L, errno, "dup", 0);
  lua_pushinteger(L, fd);
  return 1;
}

static const luaL_Reg functions[] = {{"waker", f_waker}, {NULL, NULL}};

/* For the C interface: its table is there already. */
void ps_waker_open(lua_State *L) {
  lua_getfield(L, LUA_REGISTRYINDEX, PYSOCKET_KEY);
  ps_register(L, -1, functions, 0);
  lua_pop(L, 1);
}
