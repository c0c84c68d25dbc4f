/* SPDX-License-Identifier: MIT */
/*
** Tracing: calls a function after each operation. A traced operation runs its untraced copy in a protected call, which
** may yield as the operation may.
*/
#include "core.h"

#define RECORD 1 /* a table with the descriptor and the arguments of the operation, for the trace function */
#define START 2  /* the time of the start, in ns */
#define RESULTS 3

/* Pushes a table of the values from 'first' to 'last', with their number as the field 'n'. */
static void pack(lua_State *L, int first, int last) {
  int count = last < first ? 0 : last - first + 1;
  lua_createtable(L, count, 1);
  for (int i = first; i <= last; i++) {
    lua_pushvalue(L, i);
    lua_rawseti(L, -2, i - first + 1);
  }
  lua_pushinteger(L, count);
  lua_setfield(L, -2, "n");
}

enum { FUNCTION = 1, NAME, TOLD, SECONDS, FAILED, FIRST }; /* the arguments of call_trace; the results begin at FIRST */

/* f(name, fd, results, err, seconds, arguments) */
static int call_trace(lua_State *L) {
  int top = lua_gettop(L), failed = lua_toboolean(L, FAILED);
  luaL_checkstack(L, 10, NULL);
  lua_pushvalue(L, FUNCTION);
  lua_pushvalue(L, NAME);
  lua_getfield(L, TOLD, "fd");
  if (failed) lua_pushnil(L);
  else pack(L, FIRST, top);
  if (failed) lua_pushvalue(L, top);
  else lua_pushnil(L);
  lua_pushvalue(L, SECONDS);
  lua_getfield(L, TOLD, "arguments");
  lua_call(L, 6, 0);
  return 0;
}

static int text_of(lua_State *L) {
  luaL_tolstring(L, 1, NULL);
  return 1;
}

/* Has the operation failed? Then the error is at the top; an operation made by 'protect' has returned nil and the
   error. */
static int has_failed(lua_State *L, int ok) {
  return !ok || (lua_gettop(L) == RESULTS + 1 && lua_isnil(L, RESULTS) && ps_error_is(L, -1));
}

/* Calls the trace function for an operation that has ended. An error of the trace function becomes a warning. */
static void say(lua_State *L, int ok) {
  World *world = ps_world(L);
  double seconds = (double)(sys_monotonic() - lua_tointeger(L, START)) / 1e9;
  int top = lua_gettop(L), count = top - RESULTS + 1;
  if (world->trace == NULL || !lua_checkstack(L, count + 10)) return; /* NULL: tracing has ended meanwhile */
  int failed = has_failed(L, ok);
  lua_pushcfunction(L, text_of);
  lua_pushcfunction(L, call_trace);
  lua_getiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_TRACE);
  lua_pushvalue(L, lua_upvalueindex(PS_UP_NAME));
  lua_pushvalue(L, RECORD);
  lua_pushnumber(L, seconds);
  lua_pushboolean(L, failed);
  for (int i = RESULTS; i <= top; i++) lua_pushvalue(L, i);
  lua_CFunction run = world->trace;
  world->trace = NULL; /* the operations of the trace function are not traced */
  if (lua_pcall(L, FIRST - 1 + count, 0, top + 1) != LUA_OK && lua_type(L, -1) == LUA_TSTRING) {
    lua_warning(L, "error in trace function: ", 1);
    lua_warning(L, lua_tostring(L, -1), 0);
  }
  world->trace = lua_getiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_TRACE) != LUA_TNIL ? run : NULL;
  lua_settop(L, top);
}

static int finish(lua_State *L, int status, lua_KContext context) {
  int ok = status == LUA_OK || status == LUA_YIELD;
  (void)context;
  say(L, ok);
  return ok ? lua_gettop(L) - RESULTS + 1 : lua_error(L);
}

static void push_record(lua_State *L, int flags) {
  const Socket *s = ps_socket_to(L, ps_world(L), 1);
  int count = lua_gettop(L);
  lua_createtable(L, 0, 2);
  if (s != NULL && s->fd != SYS_NO_FD) {
    lua_pushinteger(L, s->fd);
    lua_setfield(L, -2, "fd");
  }
  int record = lua_gettop(L);
  pack(L, flags & PS_METHOD ? 2 : 1, count);
  lua_setfield(L, record, "arguments");
}

static int run_traced(lua_State *L) {
  const Bound *bound = ps_bound(L);
  int count = lua_gettop(L);
  luaL_checkstack(L, 10, NULL);
  push_record(L, bound->flags);
  lua_insert(L, RECORD);
  lua_pushinteger(L, sys_monotonic());
  lua_insert(L, START);
  ps_operation_push(L, bound->op, bound->flags | PS_TRACED);
  lua_insert(L, RESULTS);
  return finish(L, lua_pcallk(L, count, LUA_MULTRET, 0, 0, finish), 0);
}

/***
Sets a trace function, which is called after each operation. Operations are all calls that may wait, such as `recv`,
`connect` and `getaddrinfo`, including those that the library makes itself. The function must not yield. An error in it
becomes a warning, and the operations in it are not traced. Without a trace function, tracing costs nothing.
@function settrace
@tparam ?function(name:string,fd:?integer,results:?table,err:?OSError,seconds:number,arguments:table) f the trace
  function, which is called with the name of the operation, the descriptor of its socket, a table of its results with
  their number `n`, the error, the duration in seconds, and a table of its arguments; nil for none
@treturn ?function the previous trace function
@usage socket.settrace(function(name, fd, results, err, seconds) print(name, fd, err or results[1], seconds) end)
*/
static int f_settrace(lua_State *L) {
  lua_settop(L, 1);
  if (!lua_isnil(L, 1) && !lua_isfunction(L, 1)) ps_type_error(L, 1, "function or nil");
  lua_getiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_TRACE);
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_TRACE);
  ps_world(L)->trace = lua_isnil(L, 1) ? NULL : run_traced;
  return 1;
}

static const luaL_Reg functions[] = {{"settrace", f_settrace}, {NULL, NULL}};

void ps_trace_open(lua_State *L) { ps_register(L, PS_OPEN_CORE, functions, 0); }
