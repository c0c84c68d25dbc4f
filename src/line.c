/* SPDX-License-Identifier: MIT */
/*
** Giving out lines that have arrived already: the one thing of files that is not done in Lua, where it takes 2 500
** instructions for each line; here it takes 1 400.
*/
#include <string.h>

#include "core.h"

/* fields of a reader: by number, since to find one by its name takes 70 instructions more */
enum { DATA = 1, POS };

/* upvalues of the iterator */
enum { LINES = PS_UP_OWN, READER, MARK, SLOW };

typedef struct Lines {
  const char *mark; /* what ends a line; the upvalue keeps it alive */
  size_t width;
  lua_Integer limit;
  int keep;
} Lines;

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
  size_t len;
  const Lines *lines = lua_touserdata(L, lua_upvalueindex(LINES));
  lua_rawgeti(L, lua_upvalueindex(READER), POS);
  lua_rawgeti(L, lua_upvalueindex(READER), DATA);
  size_t start = (size_t)lua_tointeger(L, -2) - 1;
  const char *data = lua_tolstring(L, -1, &len);
  const char *end = data != NULL && start < len ? find(data + start, len - start, lines->mark, lines->width) : NULL;
  if (end == NULL || end - data - (lua_Integer)start > lines->limit) {
    lua_pushvalue(L, lua_upvalueindex(SLOW));
    lua_callk(L, 0, 1, 0, give);
    return 1;
  }
  const char *next = end + lines->width;
  lua_pushinteger(L, next - data + 1);
  lua_rawseti(L, lua_upvalueindex(READER), POS);
  lua_pushlstring(L, data + start, (size_t)((lines->keep ? next : end) - data) - start);
  return 1;
}

/*
An iterator over the lines of a reader. It moves the reader's position (field 2)
in its data (field 1), and where no line ends there calls `slow`, which gives a
line or nil.
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
  luaL_checktype(L, 5, LUA_TFUNCTION);
  lua_settop(L, 5);
  Lines *lines = lua_newuserdatauv(L, sizeof *lines, 0);
  lines->mark = lua_tolstring(L, 2, &lines->width);
  lines->limit = luaL_checkinteger(L, 3);
  lines->keep = lua_toboolean(L, 4);
  lua_pushvalue(L, 1);
  lua_pushvalue(L, 2);
  lua_pushvalue(L, 5);
  ps_function_push(L, "lines", next_line, 0, 4);
  return 1;
}

static const luaL_Reg functions[] = {{"lines", f_lines}, {NULL, NULL}};

void ps_line_open(lua_State *L) { ps_register(L, PS_OPEN_LOCAL, functions, 0); }
