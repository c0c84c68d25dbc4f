/* SPDX-License-Identifier: MIT */
/* The descriptors of values. */
#include <limits.h>

#include "poller.h"

/* The number at 'arg' as a descriptor, or SYS_NO_FD. */
static sys_fd number_descriptor(lua_State *L, int arg) {
  int isnum;
  lua_Integer fd = ps_to_integer(L, arg, &isnum);
  return isnum && fd >= 0 && fd <= INT_MAX ? (sys_fd)fd : SYS_NO_FD;
}

/* The descriptor of the value at 'arg', or SYS_NO_FD. */
static sys_fd descriptor(lua_State *L, int arg) {
  if (lua_type(L, arg) == LUA_TNUMBER) return number_descriptor(L, arg);
  const Socket *s = ps_socket_to(L, ps_world(L), arg);
  if (s != NULL) return s->fd;
  const luaL_Stream *stream = luaL_testudata(L, arg, LUA_FILEHANDLE);
  if (stream != NULL) return stream->closef != NULL ? sys_fileno(stream->f) : SYS_NO_FD;
  sys_fd fd = SYS_NO_FD;
  if (lua_type(L, arg) != LUA_TTABLE) {
    if (lua_type(L, arg) != LUA_TUSERDATA || luaL_getmetafield(L, arg, "__index") == LUA_TNIL) return fd;
    lua_pop(L, 1);
  }
  if (lua_getfield(L, arg, "fileno") != LUA_TNIL) {
    lua_pushvalue(L, arg);
    lua_call(L, 1, 1);
    fd = number_descriptor(L, -1);
  }
  lua_pop(L, 1);
  return fd;
}

sys_fd ps_descriptor_check(lua_State *L, int arg) {
  sys_fd fd = descriptor(L, arg);
  if (fd < 0)
    ps_arg_error(L, arg, "fd must be an open descriptor or an object with a fileno method, got %s",
                 ps_describe(L, arg));
  return fd;
}

/***
Returns the descriptor of a value.
@function filedescriptor
@local
@param file an integer, a socket, a file of Lua's io library, or an object with a method `fileno`
@treturn ?integer the descriptor; nil for a closed object, a negative number or any other value
*/
static int f_filedescriptor(lua_State *L) {
  lua_settop(L, 1);
  sys_fd fd = descriptor(L, 1);
  if (fd == SYS_NO_FD) lua_pushnil(L);
  else lua_pushinteger(L, fd);
  return 1;
}

static const luaL_Reg functions[] = {{"filedescriptor", f_filedescriptor}, {NULL, NULL}};

void ps_descriptor_open(lua_State *L) { ps_register(L, PS_OPEN_LOCAL, functions, 0); }
