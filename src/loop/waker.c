/* SPDX-License-Identifier: MIT */
/* Waking a loop from another thread: that thread has a duplicate of the bell's descriptor, and does not use the Lua
   state. */
#include "loop.h"

/***
Returns a descriptor for `pysocket_wake`. The caller owns it.
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

/* Adds to the table of the C interface, which exists already. */
void ps_waker_open(lua_State *L) {
  lua_getfield(L, LUA_REGISTRYINDEX, PYSOCKET_KEY);
  ps_register(L, -1, functions, 0);
  lua_pop(L, 1);
}
