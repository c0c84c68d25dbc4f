/* SPDX-License-Identifier: MIT */
/*
** Runs tasks of a loop until they wait. The engine leaves what a task waits for in the world instead of yielding it. A task that
** was woken to read, and waits alone to read the same descriptor again, is seen to here without returning to Lua: there that took
** half of a wait's instructions.
*/
#include "poller.h"

#ifdef SYS_EPOLL
#include <math.h>

/* {== Running ==} */

#define WAITS (-1) /* beside Lua's own LUA_YIELD and LUA_OK: it waits for what the world tells */

/***
A coroutine with its arguments on its own stack: a table of them would take 160 bytes for each task that has not begun.
@function turn.create
@local
@tparam function f
@param ... its arguments
@treturn thread
*/
static int f_create(lua_State *L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  int count = lua_gettop(L);
  lua_State *co = lua_newthread(L);
  lua_insert(L, 1);
  if (!lua_checkstack(co, count)) luaL_error(L, "too many arguments");
  lua_xmove(L, co, count);
  return 1;
}

/* Resumes a task with the 'count' values at the top, or begins it with its arguments; 'count' becomes the number of values that
   it yields. */
static int run(lua_State *L, World *world, lua_State *co, int *count) {
  lua_Debug frame;
  /* one that runs has a frame, a dead one nothing */
  int begins = lua_status(co) == LUA_OK && lua_getstack(co, 0, &frame) == 0 && lua_gettop(co) > 0;
  /* it had ended when the loop failed: there are its results */
  if (begins && !lua_isfunction(co, 1)) return LUA_OK;
  if (lua_status(co) > LUA_YIELD) return lua_status(co);
  if (begins) *count = lua_gettop(co) - 1;
  else if (*count > 0) lua_xmove(L, co, *count);
  world->task = co;
  int status = lua_resume(co, L, *count, count);
  world->task = NULL;
  if (!world->waits) return status;
  world->waits = 0;
  return WAITS;
}

/* What became of a task of the loop at 1: what it waits for, or a word. */
static int push_outcome(lua_State *L, const World *world, lua_State *co, int status, int count) {
  if (status == WAITS) {
    if (world->wait_fd == SYS_NO_FD) lua_pushnil(L);
    else lua_pushinteger(L, world->wait_fd);
    lua_pushinteger(L, world->wait_events);
    ps_timeout_push(L, world->wait_ns);
    return 3;
  }
  if (status == LUA_YIELD && count == 4) { /* it called the loop's 'wait' itself, perhaps */
    lua_xmove(co, L, 4);
    int waits = lua_rawequal(L, 1, -4);
    lua_remove(L, -4);
    if (waits) return 3;
    lua_pop(L, 3);
  } else if (status == LUA_YIELD) lua_pop(co, count);
  lua_pushstring(L, status == LUA_YIELD ? "yielded" : status == LUA_OK ? "ended" : "failed");
  return 1;
}

/***
Runs a task until it waits, yields by itself or ends.
@function turn.continue
@local
@tparam table loop
@tparam thread co
@param ... what it is resumed with; nothing where it begins
@return the descriptor that it waits for, or nil; `"yielded"`; or `"ended"` or `"failed"`: see `results`
@treturn integer for which events
@treturn ?number for how long
*/
static int f_continue(lua_State *L) {
  luaL_checktype(L, 2, LUA_TTHREAD);
  lua_State *co = lua_tothread(L, 2);
  World *world = ps_world(L);
  int count = lua_gettop(L) - 2;
  if (!lua_checkstack(co, count)) luaL_error(L, "too many arguments");
  int status = run(L, world, co, &count);
  return push_outcome(L, world, co, status, count);
}

/* pushes a field of the table at the top; its type */
static int push_raw(lua_State *L, const char *name) {
  lua_pushstring(L, name);
  return lua_rawget(L, -2);
}

/* Sets the time that limits a wait of the task whose coroutine is at 'co', if its timer goes off before that anyway. */
static int set_limit(lua_State *L, int co, int64_t ns) {
  double limit = (double)sys_monotonic() / 1e9 + (double)ns / 1e9;
  lua_getfield(L, 1, "tasks");
  lua_pushvalue(L, co);
  int set =
      lua_rawget(L, -2) == LUA_TTABLE && push_raw(L, "timer") == LUA_TTABLE && push_raw(L, "place") == LUA_TNUMBER;
  if (set) {
    lua_pop(L, 1);
    push_raw(L, "at");
    set = lua_tonumber(L, -1) <= limit;
    lua_pop(L, 2);
  }
  if (set) {
    lua_pushliteral(L, "limit"); /* it is there since there is a timer: this takes no memory */
    lua_pushnumber(L, limit);
    lua_rawset(L, -3);
  }
  lua_settop(L, co);
  return set;
}

/* Has the task that was woken for 'fd' nothing else to do than to wait for it again, alone? */
static int waits_again(lua_State *L, const World *world, int readers, int co, sys_fd fd) {
  if (world->wait_fd != fd || world->wait_events != SYS_READ) return 0;
  int free = lua_rawgeti(L, readers, fd) == LUA_TBOOLEAN;
  lua_pop(L, 1);
  return free && (world->wait_ns < 0 || set_limit(L, co, world->wait_ns));
}

/* Pops the value at the top: is it nil or false? */
static int pop_false(lua_State *L) {
  int is = !lua_toboolean(L, -1);
  lua_pop(L, 1);
  return is;
}

/* the integer that is a field of the loop at 1 */
static lua_Integer loop_integer(lua_State *L, const char *name) {
  lua_getfield(L, 1, name);
  lua_Integer value = lua_tointeger(L, -1);
  lua_pop(L, 1);
  return value;
}

#define FAR 1e6 /* seconds: then it looks again */

/* How long, in ns, the loop at 1 has nothing to do but to wait for readers: 0 where it has, negative: no limit. */
static int64_t spare_time(lua_State *L) {
  if (loop_integer(L, "first") <= loop_integer(L, "last")) return 0;
  lua_getfield(L, 1, "stopped");
  if (!pop_false(L)) return 0;
  lua_getfield(L, 1, "ended");
  if (!pop_false(L)) return 0;
  lua_getfield(L, 1, "timers");
  int64_t left = -1;
  if (lua_rawgeti(L, -1, 1) == LUA_TTABLE) {
    push_raw(L, "at");
    double seconds = lua_tonumber(L, -1) - (double)sys_monotonic() / 1e9;
    left = seconds <= 0 ? 0 : (int64_t)((seconds < FAR ? seconds : FAR) * 1e9) + 1;
    lua_pop(L, 1);
  }
  lua_pop(L, 2);
  return left;
}

/* Waits for readers, for whom the next turn is; 0 where the loop has something else to do. */
static int next_turn(lua_State *L, const Ready *r) {
  if (r->world->trace != NULL || r->set->fd == SYS_NO_FD || r->heard != r->world->unheard) return 0;
  int64_t ns = spare_time(L);
  return ns != 0 && ps_ready_take(L, r->set->fd, 2, ns) > 0;
}

/***
Runs the tasks whose descriptors are ready, as long as each just waits again.
@function turn.serve
@local
@tparam table loop its field `current` is set to the coroutine that runs
@tparam userdata ready
@tparam ?number deadline
@tparam boolean on whether to wait for more of them, as long as there is nothing else to do
@return nil: there are none left; false: time is over; true: there are other events; or a coroutine, and what `continue` says
  of it
*/
static int f_serve(lua_State *L) {
  Ready *r = ps_ready_check(L, 2);
  World *world = ps_world(L);
  double deadline = luaL_optnumber(L, 3, HUGE_VAL);
  int on = lua_toboolean(L, 4);
  lua_settop(L, 2);
  lua_getiuservalue(L, 2, PS_READY_READERS);
  lua_pushliteral(L, "current"); /* once: lua_setfield looks for the string each time, which takes 50 instructions */
  enum { READERS = 3, CURRENT, CO };
  do {
    while (r->first < r->count) {
      sys_fd fd = r->fds[r->first++];
      if (fd == SYS_NO_FD) continue;
      if (lua_rawgeti(L, READERS, fd) != LUA_TTHREAD) { /* it waits no more */
        lua_settop(L, CURRENT);
        continue;
      }
      lua_State *co = lua_tothread(L, CO);
      lua_pushvalue(L, CURRENT);
      lua_pushvalue(L, CO);
      lua_rawset(L, 1); /* neither this nor what follows takes memory: the keys are there */
      lua_pushboolean(L, 0);
      lua_rawseti(L, READERS, fd);
      int count = 0, status = run(L, world, co, &count);
      if (status != WAITS || !waits_again(L, world, READERS, CO, fd))
        return 1 + push_outcome(L, world, co, status, count);
      lua_rawseti(L, READERS, fd);
      if (deadline < HUGE_VAL && (double)sys_monotonic() / 1e9 >= deadline) return lua_pushboolean(L, 0), 1;
    }
    if (r->first_other < r->others) return lua_pushboolean(L, 1), 1;
  } while (on && next_turn(L, r));
  return 0;
}

/***
When the task that runs has to let the others have their turn, whatever it has done; nil for no such time.
@function turn.deadline
@local
@tparam ?number at seconds on the clock of `monotonic`
@treturn ?number what it was before
*/
static int f_deadline(lua_State *L) {
  World *world = ps_world(L);
  int64_t before = world->deadline;
  double ns = luaL_optnumber(L, 1, 0) * 1e9;
  world->deadline = lua_isnoneornil(L, 1) ? 0 : ns < 1 ? 1 : ns < (double)INT64_MAX ? (int64_t)ns : INT64_MAX;
  if (before == 0) return 0;
  lua_pushnumber(L, (double)before / 1e9);
  return 1;
}

/***
What an ended coroutine has left: what it returned, or false and the error. They stay there, too: the caller may have to ask
again.
@function turn.results
@local
@tparam thread co
@tparam boolean failed it did not return; its status does not tell, where somebody has closed it
@return all of it
*/
static int f_results(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTHREAD);
  lua_State *co = lua_tothread(L, 1);
  int count = lua_gettop(co);
  lua_settop(L, 2);
  luaL_checkstack(L, count, "too many results");
  if (lua_toboolean(L, 2)) {
    lua_pushboolean(L, 0);
    count = 1; /* below it on the stack is what it was about */
  }
  if (!lua_checkstack(co, count)) luaL_error(L, "too many results");
  int first = lua_gettop(co) - count + 1;
  for (int i = 0; i < count; i++) lua_pushvalue(co, first + i);
  lua_xmove(co, L, count);
  return lua_gettop(L) - 2;
}

static const luaL_Reg functions[] = {{"create", f_create},   {"continue", f_continue}, {"serve", f_serve},
                                     {"results", f_results}, {"deadline", f_deadline}, {NULL, NULL}};

void ps_turn_open(lua_State *L) {
  lua_createtable(L, 0, 16);
  ps_register(L, -1, ps_ready_functions, 0);
  ps_register(L, -1, functions, 0);
  lua_setfield(L, PS_OPEN_LOCAL, "turn");
}

#else
void ps_turn_open(lua_State *L) { (void)L; }
#endif
