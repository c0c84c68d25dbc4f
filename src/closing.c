/* SPDX-License-Identifier: MIT */
/* The close of a descriptor: loops and the scheduler in force first wake the tasks that wait for it. */
#include "loop/loop.h"
#include "stand_in.h"

/* call_closing(scheduler, fd): a function for lua_pcall, since even the search for the method may raise a memory error.
   */
static int call_closing(lua_State *L) {
  if (lua_getfield(L, 1, "closing") == LUA_TNIL) return 0;
  lua_insert(L, 1);
  lua_call(L, 2, 0);
  return 0;
}

/* Tells the loops and the scheduler. Returns 1 if the scheduler has raised an error, which is then at the top. */
static int tell_closing(lua_State *L, const World *world, sys_fd fd) {
  ps_loops_closing(world, fd);
  if (!world->scheduler) return 0;
  lua_pushcfunction(L, call_closing);
  lua_getiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_SCHEDULER);
  lua_pushinteger(L, fd);
  return lua_pcall(L, 2, 0, 0) != LUA_OK;
}

int ps_scheduler_closing(lua_State *L, sys_fd fd) {
  const World *world = ps_world(L);
  int failed = tell_closing(L, world, fd);
  for (sys_fd set; (set = ps_stand_in_lose(world, fd)) != SYS_NO_FD;) {
    if (!tell_closing(L, world, set)) continue;
    if (failed) lua_pop(L, 1); /* one error is enough: the stack may not have room for all */
    failed = 1;
  }
  return failed;
}

int ps_close(lua_State *L, const World *world, sys_fd fd, int lingers) {
  int told = world->scheduler || world->loops != NULL, failed = told ? ps_scheduler_closing(L, fd) : 0;
  int code = (lingers && told ? sys_close_aside : sys_close)(fd) < 0 ? errno : 0;
  return failed ? lua_error(L) : code;
}
