/* SPDX-License-Identifier: MIT */
/*
** Giving out lines that have arrived already: the one thing of files that is not done in Lua, where it takes 2 500
** instructions for each line; here it takes 950.
*/
#include <string.h>

#include "core.h"

enum { LINES = PS_UP_OWN, SLOW }; /* upvalues of the iterator */
enum { MARK = 1, DATA };          /* user values: what keeps 'mark' and 'data' alive */

typedef struct Lines {
  const World *world;
  const char *next, *end; /* between them is what it gives out */
  const char *mark;       /* what ends a line */
  size_t width;           /* of that */
  size_t cut;             /* how much of it the lines are without */
  lua_Integer limit;
} Lines;

/* the first 'mark' in what is left, or NULL */
static const char *find(const Lines *lines) {
  const char *found = lines->next;
  while ((found = memchr(found, *lines->mark, (size_t)(lines->end - found))) != NULL) {
    if (lines->width == 1) return found;
    if ((size_t)(lines->end - found) < lines->width) return NULL;
    if (memcmp(found, lines->mark, lines->width) == 0) return found;
    found++;
  }
  return NULL;
}

static int give(lua_State *L, int status, lua_KContext context) {
  (void)L, (void)status, (void)context;
  return 1;
}

/* pushes the next line, or nothing and returns 0 */
static inline int push_line(lua_State *L, Lines *lines) {
  const char *start = lines->next, *mark = find(lines);
  if (mark == NULL || mark - start > lines->limit) return 0;
  const char *next = mark + lines->width;
  lua_pushlstring(L, start, (size_t)(next - start) - lines->cut);
  lines->next = next;
  return 1;
}

static int next_line(lua_State *L) {
  if (push_line(L, lua_touserdata(L, lua_upvalueindex(LINES)))) return 1;
  lua_pushvalue(L, lua_upvalueindex(SLOW));
  lua_callk(L, 0, 1, 0, give);
  return 1;
}

/*
An iterator over the lines of what it is lent. Where no line ends there it calls
`slow`, which gives a line or nil.
@function lines.new
@tparam string newline what ends a line, not empty
@tparam integer limit the longest line that it gives out itself, in bytes
@tparam boolean keep the line's end
@tparam function slow
@treturn function
@treturn userdata what the functions below take
*/
static int f_new(lua_State *L) {
  luaL_argcheck(L, *luaL_checkstring(L, 1) != '\0', 1, "empty");
  lua_Integer limit = luaL_checkinteger(L, 2);
  luaL_checktype(L, 4, LUA_TFUNCTION);
  lua_settop(L, 4);
  Lines *lines = lua_newuserdatauv(L, sizeof *lines, 2);
  *lines = (Lines){.world = ps_world(L), .next = "", .limit = limit};
  lines->end = lines->next;
  lines->mark = lua_tolstring(L, 1, &lines->width);
  lines->cut = lua_toboolean(L, 3) ? 0 : lines->width;
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, 5, MARK);
  lua_pushvalue(L, 5);
  lua_pushvalue(L, 4);
  ps_function_push(L, "lines", next_line, 0, 2);
  lua_insert(L, 5);
  return 2;
}

static Lines *check_lines(lua_State *L) {
  Lines *lines = lua_touserdata(L, 1);
  if (lines == NULL || lua_rawlen(L, 1) != sizeof *lines || lines->world != ps_world(L)) ps_type_error(L, 1, "lines");
  return lines;
}

/* the value at 'arg' is what keeps the data alive */
static void keep_alive(lua_State *L, int arg) {
  lua_pushvalue(L, arg);
  lua_setiuservalue(L, 1, DATA);
}

/*
Lends text, from a position on, in place of what was lent before.
@function lines.lend
@tparam userdata lines
@tparam string text
@tparam integer pos
*/
static int f_lend(lua_State *L) {
  size_t len;
  Lines *lines = check_lines(L);
  const char *text = luaL_checklstring(L, 2, &len);
  lua_Integer pos = ps_check_integer(L, 3, "pos", 1, (lua_Integer)len + 1);
  keep_alive(L, 2);
  lines->next = text + pos - 1;
  lines->end = text + len;
  return 0;
}

/*
Takes back what has not been given out.
@function lines.rest
@tparam userdata lines
@treturn string text
@treturn integer where in it that begins
*/
static int f_rest(lua_State *L) {
  Lines *lines = check_lines(L);
  if (lua_getiuservalue(L, 1, DATA) == LUA_TSTRING) lua_pushinteger(L, lines->next - lua_tostring(L, -1) + 1);
  else {
    lua_pushlstring(L, lines->next, (size_t)(lines->end - lines->next));
    lua_pushinteger(L, 1);
  }
  lines->next = lines->end = "";
  lua_pushnil(L);
  lua_setiuservalue(L, 1, DATA);
  return 2;
}

/*
Moves what has not been given out to just before a place in a buffer, where more is to be received.
@function lines.shift
@tparam userdata lines
@tparam bytearray buffer which is what is lent from now on
@tparam integer room bytes before that place
@treturn boolean false: there is not so much room, or it is longer than a line may be
*/
static int f_shift(lua_State *L) {
  size_t size;
  Lines *lines = check_lines(L);
  char *buffer = ps_check_writable(L, 2, "buffer", &size);
  size_t room = (size_t)ps_check_integer(L, 3, "room", 0, (lua_Integer)size);
  size_t rest = (size_t)(lines->end - lines->next);
  int fits = rest <= room && (lua_Integer)rest <= lines->limit;
  if (fits) {
    memmove(buffer + room - rest, lines->next, rest);
    keep_alive(L, 2);
    lines->next = buffer + room - rest;
    lines->end = buffer + room;
  }
  lua_pushboolean(L, fits);
  return 1;
}

/*
So much has been received there.
@function lines.extend
@tparam userdata lines
@tparam integer count bytes
@treturn ?string the next line
*/
static int f_extend(lua_State *L) {
  size_t size = 0;
  Lines *lines = check_lines(L);
  lua_Integer count = luaL_checkinteger(L, 2);
  lua_getiuservalue(L, 1, DATA);
  const char *buffer = ps_check_writable(L, lua_gettop(L), "buffer", &size);
  luaL_argcheck(L, count >= 0 && count <= buffer + size - lines->end, 2, "there is no room for that");
  lines->end += count;
  return push_line(L, lines);
}

static const luaL_Reg functions[] = {{"new", f_new},     {"lend", f_lend},     {"rest", f_rest},
                                     {"shift", f_shift}, {"extend", f_extend}, {NULL, NULL}};

void ps_line_open(lua_State *L) {
  lua_createtable(L, 0, 5);
  ps_register(L, -1, functions, 0);
  lua_setfield(L, PS_OPEN_LOCAL, "lines");
}
