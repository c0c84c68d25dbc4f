/* A program that contains Lua and pysocket: two tasks of its script talk over a connection. */
#include <stdio.h>

#include <lauxlib.h>
#include <lualib.h>
#include <pysocket.h>

static const char script[] =
    "local loop, socket = require 'pysocket.loop', require 'pysocket'\n"
    "loop.run(function()\n"
    "  local listener = socket.create_server({'127.0.0.1', 0})\n"
    "  loop.spawn(function() (listener:accept()):sendall('hello from a task\\n') end)\n"
    "  io.write(socket.create_connection(listener:getsockname(), 5):recv(100))\n"
    "end)\n";

int main(void) {
  lua_State *L = luaL_newstate();
  luaL_openlibs(L);
  luaL_requiref(L, "pysocket", luaopen_pysocket, 0);
  lua_pop(L, 1);
  int status = luaL_dostring(L, script);
  if (status != LUA_OK) fprintf(stderr, "%s\n", luaL_tolstring(L, -1, NULL));
  lua_close(L);
  return status;
}
