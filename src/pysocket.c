/* SPDX-License-Identifier: MIT */
/*
** The C interface: see pysocket.h. It uses the core only through a table in the registry, so that it also works in a C
** module that contains this file, with another copy of the library.
*/
#include <lauxlib.h>
#include <stdint.h>

#include "pysocket.h"
#include "system.h"

const char *pysocket_version(void) { return PYSOCKET_VERSION; }

static void push_interface(lua_State *L) {
  luaL_checkstack(L, LUA_MINSTACK, "too many values");
  if (lua_getfield(L, LUA_REGISTRYINDEX, PYSOCKET_KEY) != LUA_TTABLE)
    luaL_error(L, "pysocket is not open in this state");
}

static void push_function(lua_State *L, const char *name) {
  push_interface(L);
  lua_getfield(L, -1, name);
  lua_remove(L, -2);
}

int pysocket_fd(lua_State *L, int index) {
  index = lua_absindex(L, index);
  push_function(L, "fd");
  lua_pushvalue(L, index);
  lua_call(L, 1, 1);
  int fd = (int)lua_tointeger(L, -1);
  lua_pop(L, 1);
  return fd;
}

void pysocket_push(lua_State *L, int fd) {
  push_function(L, "socket");
  for (int i = 0; i < 3; i++) lua_pushnil(L);
  lua_pushinteger(L, fd);
  lua_call(L, 4, 1);
}

int pysocket_wait(lua_State *L, int fd, int events, double seconds, lua_KContext context, lua_KFunction k) {
  push_function(L, "wait");
  lua_pushinteger(L, fd);
  lua_pushinteger(L, events);
  if (seconds < 0) lua_pushnil(L);
  else lua_pushnumber(L, seconds);
  lua_callk(L, 3, 1, context, k);
  return k == NULL ? 1 : k(L, LUA_OK, context);
}

int pysocket_waker(lua_State *L, int index) {
  index = lua_absindex(L, index);
  push_function(L, "waker");
  lua_pushvalue(L, index);
  lua_call(L, 1, 1);
  int waker = (int)lua_tointeger(L, -1);
  lua_pop(L, 1);
  return waker;
}

void pysocket_wake(int waker) { sys_signal_wake(waker); }

/* The upvalue of the methods of a scheduler's object, which scripts may keep longer than the host keeps the structure.
   */
typedef struct Seat {
  const pysocket_Scheduler *scheduler; /* NULL: the host has replaced it */
  void *data;
} Seat;

#define seat_of(L) ((const Seat *)lua_touserdata(L, lua_upvalueindex(1)))

static const Seat *check_seat(lua_State *L) {
  const Seat *seat = seat_of(L);
  if (seat->scheduler == NULL) luaL_error(L, "the program has ended this scheduler");
  return seat;
}

static double seconds_at(lua_State *L, int arg) { return lua_isnil(L, arg) ? -1 : lua_tonumber(L, arg); }
static int fd_at(lua_State *L, int arg) { return lua_isnil(L, arg) ? -1 : (int)lua_tointeger(L, arg); }

static int m_wait(lua_State *L) {
  const Seat *seat = check_seat(L);
  return seat->scheduler->wait(L, seat->data, fd_at(L, 2), (int)lua_tointeger(L, 3), seconds_at(L, 4));
}

static int m_block(lua_State *L) {
  const Seat *seat = check_seat(L);
  return seat->scheduler->block(L, seat->data, fd_at(L, 2), (int)lua_tointeger(L, 3), seconds_at(L, 4));
}

/* Does nothing after the host has replaced the scheduler: the close of a socket must not raise an error then. */
static int m_closing(lua_State *L) {
  const Seat *seat = seat_of(L);
  if (seat->scheduler != NULL) seat->scheduler->closing(L, seat->data, fd_at(L, 2));
  return 0;
}

static int m_resolve(lua_State *L) {
  const Seat *seat = check_seat(L);
  lua_settop(L, 7);
  lua_remove(L, 1);
  return seat->scheduler->resolve(L, seat->data);
}

/* The __index of the table 'tasks', in which the engine looks up coroutines. */
static int tasks_index(lua_State *L) {
  const Seat *seat = seat_of(L);
  lua_State *co = lua_tothread(L, 2);
  lua_pushboolean(L, co != NULL && seat->scheduler != NULL && seat->scheduler->is_task(co, seat->data));
  return 1;
}

/* Sets a method of the table at the top. */
static void set_method(lua_State *L, int seat, const char *name, lua_CFunction f) {
  lua_pushvalue(L, seat);
  lua_pushcclosure(L, f, 1);
  lua_setfield(L, -2, name);
}

static void set_tasks(lua_State *L, int seat) {
  lua_newtable(L);
  lua_createtable(L, 0, 1);
  set_method(L, seat, "__index", tasks_index);
  lua_setmetatable(L, -2);
  lua_setfield(L, -2, "tasks");
}

/* Pushes the seat and the scheduler's object. */
static void push_scheduler(lua_State *L, const pysocket_Scheduler *scheduler, void *data) {
  Seat *new = lua_newuserdatauv(L, sizeof *new, 0);
  *new = (Seat){scheduler, data};
  int seat = lua_gettop(L);
  lua_newtable(L);
  set_method(L, seat, "wait", m_wait);
  if (scheduler->is_task != NULL) set_tasks(L, seat);
  if (scheduler->closing != NULL) set_method(L, seat, "closing", m_closing);
  if (scheduler->block != NULL) set_method(L, seat, "block", m_block);
  if (scheduler->resolve != NULL) set_method(L, seat, "resolve", m_resolve);
}

/* The table in the registry has the seat, so that the next call, from any copy of the library, can end it. */
void pysocket_setscheduler(lua_State *L, const pysocket_Scheduler *scheduler, void *data) {
  push_interface(L);
  if (scheduler != NULL) push_scheduler(L, scheduler, data);
  else {
    lua_pushboolean(L, 0); /* instead of nil, so that the table keeps the field, and setting it needs no memory */
    lua_pushnil(L);
  }
  lua_getfield(L, -3, "setscheduler");
  lua_insert(L, -2);
  lua_call(L, 1, 0);
  lua_getfield(L, -2, "seat");
  Seat *before = lua_touserdata(L, -1);
  if (before != NULL) before->scheduler = NULL;
  lua_pop(L, 1);
  lua_setfield(L, -2, "seat");
  lua_pop(L, 1);
}
