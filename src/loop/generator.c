/* SPDX-License-Identifier: MIT */
/* Generators that wait: coroutines inside of a task whose waits yield to the loop. */
#include "loop.h"

enum { CO = PS_UP_OWN, WAITS }; /* upvalues: the coroutine; true while a task waits in it */

static int generate(lua_State *L, Task *t, int count);

static void set_waits(lua_State *L, int waits) {
  lua_pushboolean(L, waits);
  lua_replace(L, lua_upvalueindex(WAITS));
}

static int go_on(lua_State *L, int status, lua_KContext context) {
  (void)status;
  set_waits(L, 0);
  if (lua_status(lua_tothread(L, lua_upvalueindex(CO))) != LUA_YIELD) return luaL_error(L, "the generator was closed");
  lua_settop(L, 0); /* a task is resumed without values: the error that ends its wait comes from 'ps_task_awake' */
  return generate(L, (Task *)context, 0);
}

/* Resumes the coroutine with the 'count' values at the top. 't' is the running task; NULL: the coroutine cannot
   wait. */
static int generate(lua_State *L, Task *t, int count) {
  lua_State *co = lua_tothread(L, lua_upvalueindex(CO));
  if (t != NULL) t->active = co;
  int status = lua_resume(co, L, count, &count);
  if (t != NULL) t->active = L;
  if (status == LUA_YIELD && t != NULL && t->yields) {
    set_waits(L, 1);
    return lua_yieldk(L, 0, (lua_KContext)t, go_on);
  }
  if (status != LUA_OK && status != LUA_YIELD) {
    ps_thread_fail(L, co);
    return lua_error(L);
  }
  if (!lua_checkstack(L, count)) luaL_error(L, "too many results");
  lua_xmove(co, L, count);
  return count;
}

static int call_generator(lua_State *L) {
  lua_State *co = lua_tothread(L, lua_upvalueindex(CO));
  int count = lua_gettop(L);
  lua_Debug frame;
  int runs = lua_status(co) == LUA_OK && lua_getstack(co, 0, &frame);
  if (runs || lua_toboolean(L, lua_upvalueindex(WAITS))) return luaL_error(L, "cannot resume non-suspended coroutine");
  if (lua_status(co) != LUA_YIELD && lua_gettop(co) == 0) return luaL_error(L, "cannot resume dead coroutine");
  if (!lua_checkstack(co, count)) luaL_error(L, "too many arguments");
  lua_xmove(L, co, count);
  Task *t = ps_world(L)->task;
  return generate(L, t != NULL && ps_task_yields(L, t) ? t : NULL, count);
}

/***
Makes a generator as `coroutine.wrap` does; while the generator waits, the other tasks run. (A generator of
`coroutine.wrap` may wait, too, but the other tasks then run on top of it, and only eight tasks may wait so at a time.)
While one task waits in it, a call in another task raises an error.
@function loop.wrap
@tparam function f
@treturn function
*/
static int f_wrap(lua_State *L) {
  if (!lua_isfunction(L, 1)) ps_type_error(L, 1, "function");
  lua_settop(L, 1);
  lua_State *co = lua_newthread(L);
  lua_insert(L, 1);
  lua_xmove(L, co, 1);
  lua_pushboolean(L, 0);
  ps_function_push(L, "generator", call_generator, 0, 2);
  return 1;
}

static const luaL_Reg functions[] = {{"wrap", f_wrap}, {NULL, NULL}};

/* The table 'task' is at the top. */
void ps_generator_open(lua_State *L) { ps_register(L, -1, functions, 0); }
