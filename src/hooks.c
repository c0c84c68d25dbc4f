/* SPDX-License-Identifier: MIT */
/* Letting hooks run that a signal handler of the host has set: a hook runs when a function is called. */
#include "core.h"

static int noop(lua_State *L) {
  (void)L;
  return 0;
}

/* A coroutine has hooks of its own, so it borrows the one of the main thread, where the stock interpreter's handler sets it. */
void ps_hooks_run(lua_State *L) {
  lua_State *main = ps_world(L)->main;
  int borrow = main != L && lua_gethook(L) == NULL && ps_hooks_missed(main);
  if (borrow) lua_sethook(L, lua_gethook(main), lua_gethookmask(main), lua_gethookcount(main));
  lua_pushcfunction(L, noop);
  lua_call(L, 0, 0);
  if (borrow) lua_sethook(L, NULL, 0, 0);
}
