/* SPDX-License-Identifier: MIT */
/* Telling errors apart: isinstance, and protect, which returns them. */
#include <string.h>

#include "core.h"

/* {== Classes ==} */

/* Replaces the value at the top by its class: its metatable, or what that names as the class; else nil. */
static void class_of(lua_State *L) {
  if (!lua_getmetatable(L, -1)) lua_pushnil(L);
  else {
    lua_pushliteral(L, "__class");
    if (lua_rawget(L, -2) == LUA_TNIL) lua_pop(L, 1);
    else lua_remove(L, -2);
  }
  lua_replace(L, -2);
}

/* Replaces the class at the top by its base: nil at the root. */
static void base_of(lua_State *L) {
  if (lua_istable(L, -1)) {
    lua_pushliteral(L, "__base");
    lua_rawget(L, -2);
  } else lua_pushnil(L);
  lua_replace(L, -2);
}

#define DEEPEST 100 /* classes: who makes one its own ancestor is to be told */

/* Is the value at 'index' of the class at 'class', or of one that inherits from it? */
static int is_instance(lua_State *L, int index, int class) {
  int is = 0, depth = 0;
  lua_pushvalue(L, index);
  for (class_of(L); !is && !lua_isnil(L, -1); base_of(L)) {
    if (++depth > DEEPEST) luaL_error(L, "a class that inherits from itself");
    is = lua_rawequal(L, -1, class);
  }
  lua_pop(L, 1);
  return is;
}

int ps_error_is(lua_State *L, int index) {
  static const char *const roots[] = {"OSError", "ExceptionGroup"};
  index = lua_absindex(L, index);
  lua_getiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_CLASSES);
  int is = 0;
  for (int i = 0; i < 2 && !is; i++) {
    lua_getfield(L, -1, roots[i]);
    is = is_instance(L, index, lua_gettop(L));
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return is;
}

int ps_error_is_cancelled(lua_State *L) {
  if (luaL_getmetafield(L, -1, "__name") == LUA_TNIL) return 0;
  int is = lua_type(L, -1) == LUA_TSTRING && strcmp(lua_tostring(L, -1), "CancelledError") == 0;
  lua_pop(L, 1);
  return is;
}

/***
Whether a value is an object of a class, or of one that inherits from it (`isinstance`).
@function isinstance
@param value any value
@tparam table class an error class such as `socket.timeout`, `socket.socket`, ...
@treturn boolean
*/
static int f_isinstance(lua_State *L) {
  lua_settop(L, 2);
  if (!lua_istable(L, 2)) ps_type_error(L, 2, "class");
  lua_pushboolean(L, is_instance(L, 1, 2));
  return 1;
}

/* {== protect ==} */

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

static const luaL_Reg functions[] = {{"isinstance", f_isinstance}, {"protect", f_protect}, {NULL, NULL}};

void ps_protect_open(lua_State *L) { ps_register(L, PS_OPEN_CORE, functions, 0); }
