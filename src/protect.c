/* SPDX-License-Identifier: MIT */
/* protect: functions that return an error instead of raising it. */
#include "core.h"

/* results of the call above the function's upvalues, or nil and one of our errors; others pass through */
static int protected_results(lua_State *L, int status, lua_KContext context) {
  (void)context;
  if (status == LUA_OK || status == LUA_YIELD) {
    if (lua_gettop(L) == 0) lua_pushboolean(L, 1);
    return lua_gettop(L);
  }
  if (!ps_error_is(L, -1)) return lua_error(L);
  lua_pushnil(L);
  lua_insert(L, -2);
  return 2;
}

static int call_protected(lua_State *L) {
  lua_pushvalue(L, lua_upvalueindex(PS_UP_OWN));
  lua_insert(L, 1);
  return protected_results(L, lua_pcallk(L, lua_gettop(L) - 1, LUA_MULTRET, 0, 0, protected_results), 0);
}

/***
A function that calls `f` and gives its results (`true` where it had none), or `nil, error` for an error of our classes;
every other error passes through. It works across yields.
@function protect
@tparam function f
@treturn function
@usage local recv = socket.protect(s.recv); local data, err = recv(s, 4096)
*/
static int f_protect(lua_State *L) {
  if (!lua_isfunction(L, 1) && (lua_isnone(L, 1) || luaL_getmetafield(L, 1, "__call") == LUA_TNIL))
    ps_type_error(L, 1, "function");
  lua_settop(L, 1);
  if (lua_tocfunction(L, 1) == ps_operation_run && lua_getupvalue(L, 1, PS_UP_OWN) != NULL) {
    const Bound *bound = lua_touserdata(L, -1);
    /* one of our operations: it returns the error itself, which costs no raise. Not so with an address: what is wrong with
       that is raised */
    if (bound->op->address == 0) return ps_operation_push(L, bound->op, bound->flags | PS_PROTECTED), 1;
  }
  lua_settop(L, 1);
  ps_function_push(L, "protect", call_protected, 0, 1);
  return 1;
}

static const luaL_Reg functions[] = {{"protect", f_protect}, {NULL, NULL}};

void ps_protect_open(lua_State *L) { ps_register(L, PS_OPEN_CORE, functions, 0); }
