/* SPDX-License-Identifier: MIT */
/* For package.loadlib, on Windows: sockets() gives the sockets of this process, in order. */
#include <winsock2.h>

typedef struct lua_State lua_State;
void lua_createtable(lua_State *L, int narr, int nrec);
void lua_pushinteger(lua_State *L, long long n);
void lua_rawseti(lua_State *L, int index, long long n);

#define HANDLES 4096 /* that are looked at; their numbers are multiples of 4 */

int sockets(lua_State *L) {
  long long count = 0;
  lua_createtable(L, 0, 0);
  for (SOCKET s = 4; s < 4 * HANDLES; s += 4) {
    int type, len = sizeof type;
    if (getsockopt(s, SOL_SOCKET, SO_TYPE, (char *)&type, &len) != 0) continue;
    lua_pushinteger(L, (long long)s);
    lua_rawseti(L, -2, ++count);
  }
  return 1;
}
