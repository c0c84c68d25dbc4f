/* SPDX-License-Identifier: MIT */
/* protect: makes functions that return an error instead of raising it. */
#include "core.h"

/* Returns the results of the call, or nil and an error object. Raises any other error again. */
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
Returns a function that calls `f` and returns its results (`true` if `f` returns nothing), or `nil, err` if `f` raises
an `OSError` or an `ExceptionGroup`. All other errors pass through. `f` may yield.
@function protect
@tparam function f the function to call
@treturn function the function that returns errors
@usage local recv = socket.protect(s.recv); local data, err = recv(s, 4096)
*/
static int f_protect(lua_State *L) {
  if (!lua_isfunction(L, 1) && (lua_isnone(L, 1) || luaL_getmetafield(L, 1, "__call") == LUA_TNIL))
    ps_type_error(L, 1, "function");
  lua_settop(L, 1);
  if (lua_tocfunction(L, 1) == ps_operation_run && lua_getupvalue(L, 1, PS_UP_OWN) != NULL) {
    const Bound *bound = lua_touserdata(L, -1);
    /* An operation of the library returns its error itself, which is cheaper than to raise it. Operations with an
       address are left out, since they raise the errors of the address. */
    if (bound->op->address == 0) return ps_operation_push(L, bound->op, bound->flags | PS_PROTECTED), 1;
  }
  lua_settop(L, 1);
  ps_function_push(L, "protect", call_protected, 0, 1);
  return 1;
}

static const luaL_Reg functions[] = {{"protect", f_protect}, {NULL, NULL}};

void ps_protect_open(lua_State *L) { ps_register(L, PS_OPEN_CORE, functions, 0); }
