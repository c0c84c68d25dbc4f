/* SPDX-License-Identifier: MIT */
/* The frames of the stack that belong to the library: errors are reported at the caller outside of them, and tracebacks
   omit them. */
#include <stdio.h>
#include <string.h>

#include "core.h"

static int is_separator(char c) { return c == '/' || c == *LUA_DIRSEP; }

/* Is it a function of the library's Lua files, whose chunk names begin with 'layer'? The last character of 'layer' is a separator,
   which on Windows may be another one in each chunk name. */
static int is_in_layer(const lua_Debug *ar, const char *layer) {
  if (layer == NULL) return 0;
  size_t last = strlen(layer) - 1;
  return strncmp(ar->source, layer, last) == 0 && is_separator(ar->source[last]);
}

void ps_where_push(lua_State *L) {
  lua_Debug ar;
  lua_getiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_LAYER);
  const char *layer = lua_tostring(L, -1);
  for (int level = 1; lua_getstack(L, level, &ar); level++) {
    lua_getinfo(L, "Sl", &ar);
    if (ar.currentline <= 0 || is_in_layer(&ar, layer)) continue;
    lua_pop(L, 1);
    lua_pushfstring(L, "%s:%d: ", ar.short_src, ar.currentline);
    return;
  }
  lua_pop(L, 1);
  lua_pushliteral(L, "");
}

/* Pushes the world, and the beginning of the chunk names of the library's Lua files. Returns the latter, or NULL. */
static const char *push_layer(lua_State *L) {
  ps_world_push(L);
  lua_getiuservalue(L, -1, PS_LAYER);
  return lua_tostring(L, -1);
}

/* Does the frame at that level of 'co' belong to the library? Its functions do, and C functions, such as pcall, that
   its Lua files call. So does a C function at the bottom of a coroutine, which is a task's. */
static int is_ours(lua_State *co, int level, const World *world, const char *layer) {
  lua_Debug ar, caller;
  if (!lua_checkstack(co, 2) || !lua_getstack(co, level, &ar)) return 0;
  lua_getinfo(co, "Sf", &ar);
  int top = lua_gettop(co), is = is_in_layer(&ar, layer);
  if (*ar.what == 'C' && lua_getupvalue(co, top, PS_UP_WORLD) != NULL) is = lua_touserdata(co, -1) == world;
  if (*ar.what == 'C' && !is && lua_getstack(co, level + 1, &caller)) {
    lua_getinfo(co, "S", &caller);
    is = is_in_layer(&caller, layer);
  } else if (*ar.what == 'C' && !is) is = co != world->main;
  lua_settop(co, top - 1);
  return is;
}

void ps_frames_push(lua_State *L, lua_State *co, int level) {
  luaL_checkstack(L, 10, NULL);
  int top = lua_gettop(L), ours = 0, skipped;
  const char *layer = push_layer(L);
  const World *world = lua_touserdata(L, top + 1);
  luaL_traceback(L, co, NULL, level);
  const char *line = strchr(lua_tostring(L, -1), '\n');
  luaL_Buffer b;
  luaL_buffinit(L, &b);
  for (size_t len; line != NULL && *line != '\0'; line += len) {
    len = 1 + strcspn(line + 1, "\n");
    if (sscanf(line, "\n\t...\t(skipping %d", &skipped) == 1) level += skipped + 1, ours = 0;
    else if (strncmp(line, "\n\t(...tail", 10) != 0) ours = is_ours(co, level++, world, layer);
    if (!ours) luaL_addlstring(&b, line, len);
  }
  luaL_pushresult(&b);
  lua_replace(L, top + 1);
  lua_settop(L, top + 1);
}

int ps_is_uncaught(lua_State *L) {
  lua_Debug ar;
  int level = 0, top = lua_gettop(L);
  const char *layer = push_layer(L);
  const World *world = lua_touserdata(L, top + 1);
  for (; lua_getstack(L, level, &ar); level++) {
    lua_getinfo(L, "S", &ar);
    if (*ar.what == 'C' && !is_ours(L, level, world, layer)) break;
  }
  lua_settop(L, top);
  return L == world->main && lua_getstack(L, level, &ar) && !lua_getstack(L, level + 1, &ar);
}

/***
Declares the folder of the calling Lua file the library's: errors are reported at the callers of functions in it.
@function layer
@local
*/
static int f_layer(lua_State *L) {
  lua_Debug ar;
  if (!lua_getstack(L, 1, &ar) || !lua_getinfo(L, "S", &ar)) return 0;
  size_t len = strlen(ar.source);
  while (len > 0 && !is_separator(ar.source[len - 1])) len--;
  if (len == 0) return 0;
  lua_pushlstring(L, ar.source, len);
  lua_setiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_LAYER);
  return 0;
}

static const luaL_Reg local[] = {{"layer", f_layer}, {NULL, NULL}};

void ps_caller_open(lua_State *L) { ps_register(L, PS_OPEN_LOCAL, local, 0); }
