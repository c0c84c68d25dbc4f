/* SPDX-License-Identifier: MIT */
/* TLS for programs that embed the library: in the archive only. */
#include "tls.h"

int luaopen_pysocket_ssl(lua_State *L) {
  pysocket_require(L, "pysocket");
  lua_pop(L, 1);
  lua_pushcfunction(L, luaopen_pysocket__ssl);
  lua_call(L, 0, 1);
  ps_embed_add(L, "pysocket._ssl");
  pysocket_require(L, "pysocket.ssl");
  return 1;
}
