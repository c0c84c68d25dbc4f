/* SPDX-License-Identifier: MIT */
/*
** Giving out lines that have arrived already: the one thing of files that is not done in Lua, where it takes 2 500
** instructions for each line; here it takes 1 700.
*/
#include <string.h>

#include "core.h"

/* upvalues of the iterator */
enum { READER = PS_UP_OWN, NEWLINE, LIMIT, KEEP, SLOW };

/* the first 'mark' in the data, or NULL */
static const char *find(const char *data, size_t len, const char *mark, size_t width) {
  const char *end = data + len;
  while ((data = memchr(data, *mark, (size_t)(end - data))) != NULL) {
    if (width == 1) return data;
    if ((size_t)(end - data) < width) return NULL;
    if (memcmp(data, mark, width) == 0) return data;
    data++;
  }
  return NULL;
}

static int give(lua_State *L, int status, lua_KContext context) {
  (void)L, (void)status, (void)context;
  return 1;
}

static int next_line(lua_State *L) {
  size_t len, width;
  lua_settop(L, 0);
  lua_getfield(L, lua_upvalueindex(READER), "data");
  lua_getfield(L, lua_upvalueindex(READER), "pos");
  const char *data = lua_tolstring(L, 1, &len);
  const char *mark = lua_tolstring(L, lua_upvalueindex(NEWLINE), &width);
  size_t start = (size_t)lua_tointeger(L, 2) - 1;
  const char *end = data != NULL && start < len ? find(data + start, len - start, mark, width) : NULL;
  if (end == NULL || end - data - (lua_Integer)start > lua_tointeger(L, lua_upvalueindex(LIMIT))) {
    lua_settop(L, 0);
    lua_pushvalue(L, lua_upvalueindex(SLOW));
    lua_callk(L, 0, 1, 0, give);
    return 1;
  }
  const char *next = end + width;
  lua_pushinteger(L, next - data + 1);
  lua_setfield(L, lua_upvalueindex(READER), "pos");
  if (lua_toboolean(L, lua_upvalueindex(KEEP))) end = next;
  lua_pushlstring(L, data + start, (size_t)(end - data) - start);
  return 1;
}

/*
An iterator over the lines of a reader. It moves the reader's field `pos` in its
field `data`, and where no line ends there calls `slow`, which gives a line or
nil.
@function lines
@tparam table reader
@tparam string newline what ends a line, not empty
@tparam integer limit the longest line that it gives out itself, in bytes
@tparam boolean keep the line's end
@tparam function slow
@treturn function
*/
static int f_lines(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_argcheck(L, *luaL_checkstring(L, 2) != '\0', 2, "empty");
  luaL_checkinteger(L, 3);
  luaL_checktype(L, 5, LUA_TFUNCTION);
  lua_settop(L, 5);
  ps_function_push(L, "lines", next_line, 0, 5);
  return 1;
}

static const luaL_Reg functions[] = {{"lines", f_lines}, {NULL, NULL}};

void ps_line_open(lua_State *L) { ps_register(L, PS_OPEN_CORE, functions, 0); }
