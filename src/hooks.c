/* SPDX-License-Identifier: MIT */
/* Runs the hooks that a signal handler of the host has set, by the call of a function. */
#include "core.h"

static int noop(lua_State *L) {
  (void)L;
  return 0;
}

/* A coroutine has a hook of its own, so it borrows the hook of the main thread, which the handler of the stock
   interpreter sets. */
void ps_hooks_run(lua_State *L, lua_State *main) {
  int borrow = main != L && lua_gethook(L) == NULL && ps_hooks_missed(main);
  if (borrow) lua_sethook(L, lua_gethook(main), lua_gethookmask(main), lua_gethookcount(main));
  lua_pushcfunction(L, noop);
  lua_call(L, 0, 0);
  if (borrow) lua_sethook(L, NULL, 0, 0);
}
