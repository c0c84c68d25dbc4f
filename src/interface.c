/* SPDX-License-Identifier: MIT */
/*
** The network interfaces of this host: their indices and names.
*/
#include "core.h"

/* A Lua function that makes a sequence of pairs of the system's list. */
static int collect(lua_State *L) {
  const struct if_nameindex *list = lua_touserdata(L, 1);
  lua_newtable(L);
  for (lua_Integer i = 0; list[i].if_index != 0; i++) {
    lua_createtable(L, 2, 2);
    lua_pushinteger(L, list[i].if_index);
    lua_pushvalue(L, -1);
    lua_rawseti(L, -3, 1);
    lua_setfield(L, -2, "index");
    lua_pushstring(L, list[i].if_name);
    lua_pushvalue(L, -1);
    lua_rawseti(L, -3, 2);
    lua_setfield(L, -2, "name");
    lua_rawseti(L, 2, i + 1);
  }
  return 1;
}

/***
Returns all network interfaces.
@class interface a pair of an index and a name, which are also fields
@tfield integer index such as 1
@tfield string name such as `"lo"`
@function if_nameindex
@treturn interface[] a sequence of pairs `{index, name}`
@raise OSError as if_nameindex(3)
@see Python's socket.if_nameindex
*/
static int f_if_nameindex(lua_State *L) {
  lua_pushcfunction(L, collect); /* before the list exists, since an error would leak it */
  struct if_nameindex *list = sys_if_nameindex();
  int code = errno;
  if (list == NULL) return ps_error_raise(L, code, "if_nameindex", 0);
  lua_pushlightuserdata(L, list);
  int status = lua_pcall(L, 1, 1, 0);
  sys_if_freenameindex(list);
  return status == LUA_OK ? 1 : lua_error(L);
}

/***
Returns the index of an interface.
@function if_nametoindex
@tparam string if_name such as `"lo"`
@treturn integer the index
@raise OSError for an unknown name
@see Python's socket.if_nametoindex; if_nametoindex(3)
*/
static int f_if_nametoindex(lua_State *L) {
  unsigned index = sys_if_nametoindex(ps_check_key(L, 1, "if_name"));
  int code = errno;
  if (index == 0) return ps_error_raise(L, code, "if_nametoindex", 0);
  lua_pushinteger(L, index);
  return 1;
}

/***
Returns the name of an interface.
@function if_indextoname
@tparam integer if_index the index
@treturn string the name
@raise OSError for an unknown index
@see Python's socket.if_indextoname; if_indextoname(3)
*/
static int f_if_indextoname(lua_State *L) {
  char name[IF_NAMESIZE];
  const char *found = sys_if_indextoname((unsigned)ps_check_integer(L, 1, "if_index", 0, 0xFFFFFFFF), name);
  int code = errno;
  if (found == NULL) return ps_error_raise(L, code, "if_indextoname", 0);
  lua_pushstring(L, found);
  return 1;
}

static const luaL_Reg functions[] = {
    {"if_nameindex", f_if_nameindex},
    {"if_nametoindex", f_if_nametoindex},
    {"if_indextoname", f_if_indextoname},
    {NULL, NULL},
};

void ps_interface_open(lua_State *L) { ps_register(L, PS_OPEN_CORE, functions, 0); }
