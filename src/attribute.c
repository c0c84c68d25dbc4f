/* SPDX-License-Identifier: MIT */
/*
** The fields of a socket: methods, and attributes that tell what it is. The metatable that fits every socket finds them by a
** function. Sockets of one kind, which have the same attributes, share one that finds both in one table: that saves 220
** instructions, a fifth of a small call. The class that users see is a table in front of the methods: it passes each
** change on to these tables.
*/
#include <string.h>

#include "core.h"

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

/* the place of the attribute that has the name at 'index'; COUNT if none has */
static size_t find(lua_State *L, int index) {
  const char *name = lua_type(L, index) == LUA_TSTRING ? lua_tostring(L, index) : "";
  size_t i = 0;
  while (i < COUNT && strcmp(attributes[i].name, name) != 0) i++;
  return i;
}

/* a method (the table is an upvalue), or else an attribute */
static int socket_index(lua_State *L) {
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(PS_UP_OWN)) != LUA_TNIL) return 1;
  const Socket *s = ps_socket_check(L, 1);
  size_t i = find(L, 2);
  if (i < COUNT) attributes[i].push(L, s);
  else lua_pushnil(L);
  return 1;
}

/* raises: the key at 2 cannot be set in 'what' */
static int refuse(lua_State *L, const char *what) {
  ps_where_push(L);
  lua_pushfstring(L, "field '%s' of %s cannot be set", luaL_tolstring(L, 2, NULL), what);
  lua_remove(L, -2);
  lua_concat(L, 2);
  return lua_error(L);
}

static int socket_newindex(lua_State *L) { return refuse(L, "a socket"); }

#define ANY 0        /* the key of the metatable that fits every socket */
#define METHODS (-1) /* the key of the methods, among the metatables */

#define MANY 32 /* kinds: whoever computes timeouts has no end of them */

/* Timeouts that are no whole milliseconds, and what no system has, are of no kind. */
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

/* Pushes what a socket's kind has as fields: methods, which are those of the table at 'methods', and attributes. */
static void push_fields(lua_State *L, const Socket *s, int methods) {
  lua_createtable(L, 0, 64);
  copy_fields(L, methods);
  for (size_t i = 0; i < COUNT; i++) {
    attributes[i].push(L, s);
    lua_setfield(L, -2, attributes[i].name);
  }
}

/* Pushes the metatable of a socket's kind: a copy of the one that fits all, which is at the top; the tables by kind are at
   'kinds'. */
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
  if (s->source != NULL) return; /* it is of a class of its own */
  index = lua_absindex(L, index);
  lua_getiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_SOCKETS);
  if (lua_rawgeti(L, -1, kind(s)) == LUA_TNIL) {
    lua_rawgeti(L, -2, ANY);
    lua_pushvalue(L, -1);
    lua_setmetatable(L, index); /* for as long as there is no memory for the other */
    World *world = ps_world(L);
    if (world->kinds < MANY) {
      push_kind(L, s, lua_gettop(L) - 2);
      if (lua_rawgeti(L, -4, kind(s)) == LUA_TNIL) {
        lua_pop(L, 1);
        lua_pushvalue(L, -1);
        lua_rawseti(L, -5, kind(s));
        world->kinds++;
      } else lua_replace(L, -2); /* a finalizer that ran meanwhile has made a socket of that kind */
      lua_replace(L, -2);
    }
    lua_replace(L, -2);
  }
  lua_setmetatable(L, index);
  lua_pop(L, 1);
}

/* class[name] = value: for the sockets that there are, too */
static int class_newindex(lua_State *L) {
  lua_settop(L, 3);
  if (find(L, 2) < COUNT) return refuse(L, "the class of sockets");
  lua_getiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_SOCKETS);
  lua_pushnil(L);
  while (lua_next(L, 4)) {
    if (lua_tointeger(L, -2) != METHODS) lua_getfield(L, -1, "__index");
    if (lua_istable(L, -1)) { /* that of ANY is a function, and others may have put theirs there */
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
