/* SPDX-License-Identifier: MIT */
/*
** The fields of a socket: its methods and attributes. The general metatable, which fits every socket, finds them with a
** function. Sockets with the same attributes are of one kind and share a metatable that finds both in one table, which
** saves 220 instructions, a fifth of a small call. The class that users see is a table in front of the methods, and
** passes each change on to these tables.
*/
#include <string.h>

#include "core.h"

/***
A socket. A variable with `<close>` closes it at the end of its block; the garbage collector closes it, too, with a
warning. `tostring` shows the addresses of both ends. The fields cannot be set.
@class socket
@tfield integer family `AF_*`
@tfield integer type `SOCK_*`, without the flags `SOCK_NONBLOCK` and `SOCK_CLOEXEC`
@tfield integer proto the protocol
@tfield ?number timeout in seconds; nil: no limit
@value socket SocketType the class of sockets, by Python's other name
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

/* The place of the attribute whose name is at 'index'; COUNT if there is none. */
static size_t find(lua_State *L, int index) {
  const char *name = lua_type(L, index) == LUA_TSTRING ? lua_tostring(L, index) : "";
  size_t i = 0;
  while (i < COUNT && strcmp(attributes[i].name, name) != 0) i++;
  return i;
}

/* Pushes a method, whose table is an upvalue, or an attribute. */
static int socket_index(lua_State *L) {
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(PS_UP_OWN)) != LUA_TNIL) return 1;
  const Socket *s = ps_socket_check(L, 1);
  size_t i = find(L, 2);
  if (i < COUNT) attributes[i].push(L, s);
  else lua_pushnil(L);
  return 1;
}

/* Raises the error that the key at 2 cannot be set in 'what'. */
static int refuse(lua_State *L, const char *what) {
  ps_where_push(L);
  lua_pushfstring(L, "field '%s' of %s cannot be set", luaL_tolstring(L, 2, NULL), what);
  lua_remove(L, -2);
  lua_concat(L, 2);
  return lua_error(L);
}

static int socket_newindex(lua_State *L) { return refuse(L, "a socket"); }

#define ANY 0        /* the key of the general metatable */
#define METHODS (-1) /* the key of the methods, among the metatables */

#define MANY 32 /* the most kinds: a program that computes timeouts would make ever more */

/* The key of the socket's kind; ANY for timeouts that are no whole milliseconds, and for unusual attributes. */
static lua_Integer kind(const Socket *s) {
  int64_t ms = s->timeout < 0 ? 0 : s->timeout / 1000000 + 1;
  if ((s->timeout > 0 && s->timeout % 1000000 != 0) || ms > INT32_MAX || s->family < 0 || s->family > 0xff ||
      s->type <= 0 || s->type > 0xf || s->proto < 0 || s->proto > 0x1ff)
    return ANY;
  return (lua_Integer)ms << 21 | s->family << 13 | s->type << 9 | s->proto;
}

/* Copies the fields of the table at 'from' into the one at the top. */
static void copy_fields(lua_State *L, int from) {
  lua_pushnil(L);
  while (lua_next(L, from)) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, -4);
  }
}

/* Pushes a table of the fields of a socket's kind: the methods, from the table at 'methods', and the attributes. */
static void push_fields(lua_State *L, const Socket *s, int methods) {
  lua_createtable(L, 0, 64);
  copy_fields(L, methods);
  for (size_t i = 0; i < COUNT; i++) {
    attributes[i].push(L, s);
    lua_setfield(L, -2, attributes[i].name);
  }
}

/* Pushes the metatable of a socket's kind, a copy of the general one at the top. The metatables by kind are at 'kinds'.
   */
static void push_kind(lua_State *L, const Socket *s, int kinds) {
  int any = lua_gettop(L);
  lua_createtable(L, 0, 8);
  copy_fields(L, any);
  lua_rawgeti(L, kinds, METHODS);
  push_fields(L, s, any + 2);
  lua_setfield(L, any + 1, "__index");
  lua_pop(L, 1);
}

void ps_socket_dress(lua_State *L, int index) {
  const Socket *s = lua_touserdata(L, index);
  if (s->source != NULL) return; /* such sockets have a class of their own */
  index = lua_absindex(L, index);
  lua_getiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_SOCKETS);
  if (lua_rawgeti(L, -1, kind(s)) == LUA_TNIL) {
    lua_rawgeti(L, -2, ANY);
    lua_pushvalue(L, -1);
    lua_setmetatable(L, index); /* in case there is no memory for the metatable of the kind */
    World *world = ps_world(L);
    if (world->kinds < MANY) {
      push_kind(L, s, lua_gettop(L) - 2);
      if (lua_rawgeti(L, -4, kind(s)) == LUA_TNIL) {
        lua_pop(L, 1);
        lua_pushvalue(L, -1);
        lua_rawseti(L, -5, kind(s));
        world->kinds++;
      } else lua_replace(L, -2); /* a finalizer has run meanwhile and made a socket of that kind */
      lua_replace(L, -2);
    }
    lua_replace(L, -2);
  }
  lua_setmetatable(L, index);
  lua_pop(L, 1);
}

/* class[name] = value: changes the existing sockets, too */
static int class_newindex(lua_State *L) {
  lua_settop(L, 3);
  if (find(L, 2) < COUNT) return refuse(L, "the class of sockets");
  lua_getiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_SOCKETS);
  lua_pushnil(L);
  while (lua_next(L, 4)) {
    if (lua_tointeger(L, -2) != METHODS) lua_getfield(L, -1, "__index");
    if (lua_istable(L, -1)) { /* the __index of ANY is a function, and scripts may have set another */
      lua_pushvalue(L, 2);
      lua_pushvalue(L, 3);
      lua_rawset(L, -3);
    }
    lua_settop(L, 5);
  }
  return 0;
}

static int class_next(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 2);
  if (lua_next(L, 1)) return 2;
  lua_pushnil(L);
  return 1;
}

/* pairs(class) */
static int class_pairs(lua_State *L) {
  lua_pushcfunction(L, class_next);
  lua_pushvalue(L, lua_upvalueindex(PS_UP_OWN));
  return 2;
}

/* Pushes the class whose methods are at PS_OPEN_METHODS. */
static void push_class(lua_State *L) {
  lua_createtable(L, 0, 0);
  lua_createtable(L, 0, 4);
  lua_pushvalue(L, PS_OPEN_METHODS);
  lua_setfield(L, -2, "__index");
  ps_function_push(L, "newindex", class_newindex, 0, 0);
  lua_setfield(L, -2, "__newindex");
  lua_pushvalue(L, PS_OPEN_METHODS);
  ps_function_push(L, "pairs", class_pairs, 0, 1);
  lua_setfield(L, -2, "__pairs");
  lua_setmetatable(L, -2);
}

void ps_attribute_open(lua_State *L) {
  push_class(L);
  lua_pushvalue(L, -1);
  lua_setfield(L, PS_OPEN_CORE, "socket");
  lua_pushvalue(L, -1);
  lua_setfield(L, PS_OPEN_CORE, "SocketType");
  ps_metatable_push(L, PS_SOCKETS, "socket");
  lua_insert(L, -2);
  lua_setfield(L, -2, "__class");
  lua_createtable(L, 1, 8);
  lua_pushvalue(L, -2);
  lua_rawseti(L, -2, ANY);
  lua_pushvalue(L, PS_OPEN_METHODS);
  lua_rawseti(L, -2, METHODS);
  lua_setiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_SOCKETS);
  ps_function_push(L, "newindex", socket_newindex, PS_METHOD, 0);
  lua_setfield(L, -2, "__newindex");
  lua_pushvalue(L, PS_OPEN_METHODS);
  ps_function_push(L, "index", socket_index, PS_METHOD, 1);
  lua_setfield(L, -2, "__index");
}
