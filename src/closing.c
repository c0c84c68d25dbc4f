/* SPDX-License-Identifier: MIT */
/* Closing a descriptor: the scheduler in force hears of it first, so that it can wake the tasks that wait for it. */
#include "core.h"

/* (scheduler, fd): in a call of its own, since without memory even looking for the method raises */
static int call_closing(lua_State *L) {
  if (lua_getfield(L, 1, "closing") == LUA_TNIL) return 0;
  lua_insert(L, 1);
  lua_call(L, 2, 0);
  return 0;
}

/* Leaves an error at the top where it returns 1. */
static int tell_closing(lua_State *L, World *world, sys_fd fd) {
  lua_pushcfunction(L, call_closing);
  lua_getiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_SCHEDULER);
  lua_pushinteger(L, fd);
  int status = lua_pcall(L, 2, 0, 0);
  if (status == LUA_OK) return 0;
  world->unheard++;
  if (status != LUA_ERRMEM) return 1;
  lua_pop(L, 1); /* the loop finds out by itself */
  return 0;
}

int ps_scheduler_closing(lua_State *L, sys_fd fd) {
  World *world = ps_world(L);
  if (!world->scheduler) return 0;
  int failed = tell_closing(L, world, fd);
  for (sys_fd set; (set = ps_stand_in_lose(world, fd)) != SYS_NO_FD;) {
    if (!tell_closing(L, world, set)) continue;
    if (failed) lua_pop(L, 1); /* there may be more sets than room on the stack */
    failed = 1;
  }
  return failed;
}

int ps_close(lua_State *L, const World *world, sys_fd fd, int lingers) {
  int failed = world->scheduler ? ps_scheduler_closing(L, fd) : 0;
  int code = (lingers && world->scheduler ? sys_close_aside : sys_close)(fd) < 0 ? errno : 0;
  return failed ? lua_error(L) : code;
}
