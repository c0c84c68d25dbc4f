/* SPDX-License-Identifier: MIT */
/*
** The fields of a socket: methods, and attributes that tell what it is. The metatable that fits every socket finds them by a
** function. Sockets of one kind, which have the same attributes, share one that finds them in a table: that saves 140 of
** the 1 300 instructions of a small call.
*/
#include <string.h>

#include "core.h"

/* {== Attributes ==} */

/***
A socket. `<close>` closes it, so does the collector, with a warning; `tostring` says what it is connected to.
@class socket
@tfield integer family `AF_*`; like all of these it cannot be set
@tfield integer type `SOCK_*`, without the bits that the constructor takes
@tfield integer proto
@tfield ?number timeout what `gettimeout` gives
@value socket SocketType the class of sockets under Python's second name for it
*/

static void push_family(lua_State *L, const Socket *s) { lua_pushinteger(L, s->family); }
static void push_type(lua_State *L, const Socket *s) { lua_pushinteger(L, s->type); }
static void push_proto(lua_State *L, const Socket *s) { lua_pushinteger(L, s->proto); }
static void push_timeout(lua_State *L, const Socket *s) { ps_timeout_push(L, s->timeout); }

static const struct {
  const char *name;
  void (*push)(lua_State *L, const Socket *s);
} attributes[] = {{"family", push_family}, {"type", push_type}, {"proto", push_proto}, {"timeout", push_timeout}};

#define COUNT (sizeof attributes / sizeof *attributes)

/* a method (the table is an upvalue), or else an attribute */
static int socket_index(lua_State *L) {
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(PS_UP_OWN)) != LUA_TNIL) return 1;
  const Socket *s = ps_socket_check(L, 1);
  const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
  for (size_t i = 0; i < COUNT; i++)
    if (strcmp(attributes[i].name, name) == 0) return attributes[i].push(L, s), 1;
  lua_pushnil(L);
  return 1;
}

static int socket_newindex(lua_State *L) {
  ps_where_push(L);
  lua_pushfstring(L, "field '%s' of a socket cannot be set", luaL_tolstring(L, 2, NULL));
  lua_remove(L, -2);
  lua_concat(L, 2);
  return lua_error(L);
}

/* {== Kinds ==} */

#define ANY 0 /* the key of the metatable that fits every socket */

/* Those of another timeout, and what no system has, are of no kind: there is no end of them. */
static lua_Integer kind(const Socket *s) {
  if (s->timeout > 0 || s->family < 0 || s->family > 0xff || s->type <= 0 || s->type > 0xf || s->proto < 0 ||
      s->proto > 0x1ff)
    return ANY;
  return s->family << 14 | s->type << 10 | s->proto << 1 | (s->timeout == 0);
}

/* pushes the table of a socket's attributes, which inherits the methods of the class at the top */
static void push_fields(lua_State *L, const Socket *s) {
  lua_createtable(L, 0, COUNT);
  for (size_t i = 0; i < COUNT; i++) {
    attributes[i].push(L, s);
    lua_setfield(L, -2, attributes[i].name);
  }
  lua_createtable(L, 0, 1);
  lua_pushvalue(L, -3);
  lua_setfield(L, -2, "__index");
  lua_setmetatable(L, -2);
}

/* Pushes the metatable of a socket's kind: a copy of the one that fits all, which is at the top. */
static void push_kind(lua_State *L, const Socket *s) {
  int any = lua_gettop(L);
  lua_createtable(L, 0, 8);
  lua_pushnil(L);
  while (lua_next(L, any)) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, any + 1);
  }
  lua_getfield(L, any, "__class");
  push_fields(L, s);
  lua_setfield(L, any + 1, "__index");
  lua_pop(L, 1);
}

void ps_socket_dress(lua_State *L, int index) {
  const Socket *s = lua_touserdata(L, index);
  index = lua_absindex(L, index);
  lua_getiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_SOCKETS);
  if (lua_rawgeti(L, -1, kind(s)) == LUA_TNIL) {
    lua_rawgeti(L, -2, ANY);
    lua_pushvalue(L, -1);
    lua_setmetatable(L, index); /* for as long as there is no memory for the other */
    push_kind(L, s);
    lua_pushvalue(L, -1);
    lua_rawseti(L, -5, kind(s));
    lua_replace(L, -3);
    lua_pop(L, 1);
  }
  lua_setmetatable(L, index);
  lua_pop(L, 1);
}

void ps_attribute_open(lua_State *L) {
  ps_metatable_push(L, PS_SOCKETS, "socket");
  lua_createtable(L, 1, 8);
  lua_pushvalue(L, -2);
  lua_rawseti(L, -2, ANY);
  lua_setiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_SOCKETS);
  ps_function_push(L, "newindex", socket_newindex, PS_METHOD, 0);
  lua_setfield(L, -2, "__newindex");
  lua_pushvalue(L, PS_OPEN_METHODS);
  ps_function_push(L, "index", socket_index, PS_METHOD, 1);
  lua_setfield(L, -2, "__index");
  lua_pushvalue(L, PS_OPEN_METHODS);
  lua_setfield(L, -2, "__class");
}
