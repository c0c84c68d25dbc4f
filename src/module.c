/* SPDX-License-Identifier: MIT */
/* Opens the core in a Lua state, once. This file is at the top: no other file calls it. */
#include "shared.h"

/***
Returns the time of a clock that never goes back, for deadlines.
@function monotonic
@treturn number the time in seconds, from an arbitrary start
@see Python's time.monotonic
*/
static int f_monotonic(lua_State *L) {
  lua_pushnumber(L, (double)sys_monotonic() / 1e9);
  return 1;
}

/* the functions that open the parts of the core; each follows the ones whose values it needs */
typedef void (*const Openers[])(lua_State *L);

/* clang-format off */
static Openers openers = {
    ps_caller_open,
    ps_arguments_open,
    ps_options_open,
    ps_describe_open,
    ps_class_open,
    ps_error_open,
    ps_protect_open,
    ps_constants_open,
    ps_address_open,
    ps_bytes_open,
    ps_socket_open,
    ps_create_open,
    ps_mode_open,
    ps_scheduler_open,
    ps_pause_open,
    ps_cancelled_open,
    ps_trace_open,
    ps_transfer_open,
    ps_connect_open,
    ps_message_open,
    ps_batch_open,
    ps_option_open,
#ifdef SYS_SHARE
    ps_share_open,
#endif
    ps_sendfile_open,
    ps_lookup_open,
    ps_resolve_open,
    ps_host_open,
    ps_netdb_open,
    ps_interface_open,
    ps_convert_open,
    ps_descriptor_open,
    ps_epoll_open,
    ps_kqueue_open,
    ps_poller_open,
    ps_capi_open,
    ps_waker_open,
    ps_luasocket_open,
    NULL,
};
/* clang-format on */
static Openers stream_openers = {ps_buffer_open,  ps_stream_open,  ps_formats_open,
                                 ps_reading_open, ps_writing_open, NULL};
static Openers task_openers = {ps_task_open, ps_loop_open, ps_run_open, NULL};
static Openers relay_openers = {ps_relay_open, NULL};

/* Runs the openers. The stack contains only the tables that they add to. */
static void run_openers(lua_State *L, Openers list) {
  for (; *list != NULL; list++) {
    (*list)(L);
    lua_settop(L, PS_OPEN_LOCAL);
  }
}

/***
Returns a part of the core, which the first call opens: opening all parts at once would take a twentieth of the time of
'require'.
@function part
@local
@tparam string name `"stream"`, `"task"` or `"channel"`, a field of the core from the first call on
@treturn table the part
*/
static int f_part(lua_State *L) {
  static const char *const names[] = {"stream", "task", "channel", NULL};
  static const Openers *const parts[] = {&stream_openers, &task_openers, &relay_openers};
  int which = luaL_checkoption(L, 1, NULL, names);
  lua_settop(L, 0);
  lua_pushvalue(L, lua_upvalueindex(PS_UP_OWN));
  if (lua_getfield(L, 1, names[which]) == LUA_TTABLE) return 1;
  lua_settop(L, 0);
  lua_pushnil(L); /* no part adds functions to the module, or methods to sockets */
  lua_pushnil(L);
  lua_newtable(L); /* a separate table, so that an opening that fails leaves the core unchanged */
  run_openers(L, *parts[which]);
  lua_pushnil(L);
  while (lua_next(L, PS_OPEN_LOCAL)) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, lua_upvalueindex(PS_UP_OWN));
  }
  lua_getfield(L, PS_OPEN_LOCAL, names[which]);
  return 1;
}

static const luaL_Reg functions[] = {{"monotonic", f_monotonic}, {NULL, NULL}};

/* Opens the core and returns the table for the Lua layer, which inherits from the module's table, its field 'module'.
   */
static int open_core(lua_State *L) {
  lua_settop(L, 0);
  lua_createtable(L, 0, 128);
  lua_createtable(L, 0, 64);
  lua_createtable(L, 0, 64);
  ps_register(L, PS_OPEN_CORE, functions, 0);
  run_openers(L, openers);
  lua_pushvalue(L, PS_OPEN_LOCAL);
  ps_function_push(L, "part", f_part, 0, 1);
  lua_setfield(L, PS_OPEN_LOCAL, "part");
  lua_pushliteral(L, PYSOCKET_VERSION);
  lua_setfield(L, PS_OPEN_CORE, "_VERSION");
  lua_pushvalue(L, PS_OPEN_CORE);
  lua_setfield(L, PS_OPEN_LOCAL, "module");
  lua_createtable(L, 0, 1);
  lua_pushvalue(L, PS_OPEN_CORE);
  lua_setfield(L, -2, "__index");
  lua_setmetatable(L, PS_OPEN_LOCAL);
  return 1;
}

/* A second call in the same state returns the same table. Two copies of the library in one state are refused, because
   neither would recognize the other's sockets. */
int luaopen_pysocket_core(lua_State *L) {
  luaL_checkversion(L);
  ps_capi_check(L);
  if (ps_world_push(L))
    if (lua_getiuservalue(L, -1, PS_CORE) == LUA_TTABLE) return 1; /* else an earlier call has failed */
  ps_world_new(L);
  ((World *)lua_touserdata(L, -1))->shared = &ps_shared;
  ps_function_push(L, "open", open_core, 0, 0);
  lua_call(L, 0, 1);
  lua_pushvalue(L, -1);
  lua_setiuservalue(L, -3, PS_CORE);
  return 1;
}
