/* A program that embeds us with TLS: two ends in one process, with the certificates of a file. */
#include <stdio.h>

#include <lauxlib.h>
#include <lualib.h>
#include <pysocket.h>

static const char script[] =
    "local ssl, socket, loop = ...\n"
    "local server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)\n"
    "local client = ssl.create_default_context{cafile = os.getenv('CERTIFICATE')}\n"
    "server:load_cert_chain(os.getenv('CERTIFICATE'))\n"
    "local a, b = socket.socketpair()\n"
    "loop.run(function()\n"
    "  local task = loop.spawn(function() server:wrap_socket(b, {server_side = true}):sendall('hello') end)\n"
    "  local s = client:wrap_socket(a, {server_hostname = 'localhost'})\n"
    "  io.write(s:recv(100), ' over ', s:version(), '\\n')\n"
    "  task:join()\n"
    "end)\n";

int main(void) {
  lua_State *L = luaL_newstate();
  luaL_openlibs(L);
  int status = luaL_loadstring(L, script);
  luaopen_pysocket_ssl(L);
  luaopen_pysocket(L);
  pysocket_require(L, "pysocket.loop");
  if (status != LUA_OK || lua_pcall(L, 3, 0, 0) != LUA_OK) {
    fprintf(stderr, "%s\n", luaL_tolstring(L, -1, NULL));
    return 1;
  }
  lua_close(L);
  return 0;
}
