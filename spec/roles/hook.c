/* SPDX-License-Identifier: MIT */
/* For package.loadlib: limit(count) has this coroutine, and those that it makes, raise after so many instructions; 0: no more. */
typedef struct lua_State lua_State;
typedef void (*lua_Hook)(lua_State *L, void *ar);
long long luaL_checkinteger(lua_State *L, int arg);
int luaL_error(lua_State *L, const char *format, ...);
void lua_sethook(lua_State *L, lua_Hook f, int mask, int count);

#define MASKCOUNT 8

static void stop(lua_State *L, void *ar) {
  (void)ar;
  luaL_error(L, "too long");
}

int limit(lua_State *L) {
  int count = (int)luaL_checkinteger(L, 1);
  lua_sethook(L, count > 0 ? stop : (lua_Hook)0, count > 0 ? MASKCOUNT : 0, count);
  return 0;
}
