/* SPDX-License-Identifier: MIT */
/* The position of the caller outside of the library's own Lua files, at which errors are reported. */
#include <string.h>

#include "core.h"

void ps_where_push(lua_State *L) {
  lua_Debug ar;
  size_t len = 0;
  const char *layer = NULL;
  if (lua_getiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_LAYER) == LUA_TSTRING) layer = lua_tolstring(L, -1, &len);
  for (int level = 1; lua_getstack(L, level, &ar); level++) {
    lua_getinfo(L, "Sl", &ar);
    if (ar.currentline <= 0 || (layer != NULL && strncmp(ar.source, layer, len) == 0)) continue;
    lua_pop(L, 1);
    lua_pushfstring(L, "%s:%d: ", ar.short_src, ar.currentline);
    return;
  }
  lua_pop(L, 1);
  lua_pushliteral(L, "");
}

/***
Says that the calling Lua file, and those beside it, are ours: errors are reported at their callers.
@function layer
@local
*/
static int f_layer(lua_State *L) {
  lua_Debug ar;
  if (!lua_getstack(L, 1, &ar) || !lua_getinfo(L, "S", &ar)) return 0;
  const char *slash = strrchr(ar.source, '/');
  if (slash == NULL) return 0;
  lua_pushlstring(L, ar.source, (size_t)(slash + 1 - ar.source));
  lua_setiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_LAYER);
  return 0;
}

static const luaL_Reg local[] = {{"layer", f_layer}, {NULL, NULL}};

void ps_caller_open(lua_State *L) { ps_register(L, PS_OPEN_LOCAL, local, 0); }
