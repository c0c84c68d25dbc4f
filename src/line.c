/* SPDX-License-Identifier: MIT */
/*
** Giving out lines that have arrived already: the one thing of files that is not done in Lua, where it takes 2 500
** instructions for each line; here it takes 950.
*/
#include <string.h>

#include "core.h"

enum { LINES = PS_UP_OWN, SLOW, PAUSE }; /* upvalues of the iterator */
enum { MARK = 1, DATA };                 /* user values: what keeps 'mark' and what is lent alive */
enum { READER_DATA = 1, READER_POS };    /* fields of a reader, which has neither while they are lent */

typedef struct Lines {
  const World *world;
  const char *next, *end; /* between them is what it gives out */
  const char *mark;       /* what ends a line */
  size_t width;           /* of that */
  size_t cut;             /* how much of it the lines are without */
  lua_Integer limit;
  lua_Integer most;   /* lines between two pauses */
  lua_Integer left;   /* until the next */
  lua_Unsigned round; /* counts how often something else was lent, or nothing */
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

/* Pushes the next line, or nothing and returns 0. To make it may run finalizers, which may use the file: then it is not the next
   any more. */
static inline int push_line(lua_State *L, Lines *lines) {
  for (;; lua_pop(L, 1)) {
    lua_Unsigned round = lines->round;
    const char *start = lines->next, *mark = find(lines);
    if (mark == NULL || mark - start > lines->limit) return 0;
    const char *next = mark + lines->width;
    lua_pushlstring(L, start, (size_t)(next - start) - lines->cut);
    if (lines->next != start || lines->round != round) continue;
    lines->next = next;
    return 1;
  }
}

static int push_next(lua_State *L, int status, lua_KContext context) {
  (void)status;
  if (push_line(L, (Lines *)context)) return 1;
  lua_pushvalue(L, lua_upvalueindex(SLOW));
  lua_callk(L, 0, 1, 0, give);
  return 1;
}

static int next_line(lua_State *L) {
  Lines *lines = lua_touserdata(L, lua_upvalueindex(LINES));
  if (--lines->left < 0) {
    lines->left = lines->most;
    lua_pushvalue(L, lua_upvalueindex(PAUSE));
    lua_callk(L, 0, 0, (lua_KContext)lines, push_next);
  }
  return push_next(L, LUA_OK, (lua_KContext)lines);
}

/***
An iterator over the lines of what it is lent. Where no line ends there it calls
`slow`, which gives a line or nil.
@function lines.new
@local
@tparam string newline what ends a line, not empty
@tparam integer limit the longest line that it gives out itself, in bytes
@tparam boolean keep the line's end
@tparam function slow
@tparam function pause called to let others have their turn,
@tparam integer most after so many lines
@treturn function
@treturn userdata what the functions below take
*/
static int f_new(lua_State *L) {
  luaL_argcheck(L, *luaL_checkstring(L, 1) != '\0', 1, "empty");
  lua_Integer limit = luaL_checkinteger(L, 2);
  luaL_checktype(L, 4, LUA_TFUNCTION);
  luaL_checktype(L, 5, LUA_TFUNCTION);
  lua_Integer most = luaL_checkinteger(L, 6);
  lua_settop(L, 5);
  Lines *lines = lua_newuserdatauv(L, sizeof *lines, 2);
  *lines = (Lines){.world = ps_world(L), .next = "", .limit = limit, .most = most, .left = most};
  lines->end = lines->next;
  lines->mark = lua_tolstring(L, 1, &lines->width);
  lines->cut = lua_toboolean(L, 3) ? 0 : lines->width;
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, 6, MARK);
  lua_pushvalue(L, 6);
  lua_pushvalue(L, 4);
  lua_pushvalue(L, 5);
  ps_function_push(L, "lines", next_line, 0, 3);
  lua_insert(L, 6);
  return 2;
}

static Lines *check_lines(lua_State *L) {
  Lines *lines = lua_touserdata(L, 1);
  if (lines == NULL || lua_rawlen(L, 1) != sizeof *lines || lines->world != ps_world(L)) ps_type_error(L, 1, "lines");
  return lines;
}

/* lines, a reader, and the class that it is to have */
static Lines *check_parties(lua_State *L) {
  Lines *lines = check_lines(L);
  luaL_checktype(L, 2, LUA_TTABLE);
  luaL_checktype(L, 3, LUA_TTABLE);
  lua_settop(L, 3);
  return lines;
}

/* From now on the value at the top, which is popped, keeps alive what is lent by the lines at 1. */
static void set_lent(lua_State *L, Lines *lines, const char *next, const char *end) {
  lua_setiuservalue(L, 1, DATA);
  lines->next = next;
  lines->end = end;
  lines->round++;
}

/* Has the reader at 2 lent what it has to the lines at 1? Whatever may run finalizers comes before it looks. */
static int is_lent(lua_State *L) {
  lua_pushliteral(L, "lent");
  lua_rawget(L, 2);
  int lent = lua_rawgeti(L, 2, READER_DATA) == LUA_TNIL && lua_rawequal(L, 1, -2);
  lua_pop(L, 2);
  return lent;
}

/* Gives the reader at 2 these fields, which are at the top, and the class at 3. This takes no memory: there were some before. */
static void set_reader(lua_State *L) {
  lua_rawseti(L, 2, READER_POS);
  lua_rawseti(L, 2, READER_DATA);
  lua_settop(L, 3);
  lua_setmetatable(L, 2);
}

/***
Lends what a reader has, unless it has lent it already. No hook and no finalizer finds it half done.
@function lines.lend
@local
@tparam userdata lines
@tparam table reader its field `lent` becomes `lines`
@tparam table class that it has meanwhile
*/
static int f_lend(lua_State *L) {
  size_t len;
  Lines *lines = check_parties(L);
  lua_rawgeti(L, 2, READER_POS);
  if (lua_rawgeti(L, 2, READER_DATA) == LUA_TNIL) return 0;
  const char *text = luaL_checklstring(L, -1, &len);
  lua_Integer pos = ps_check_integer(L, -2, "pos", 1, (lua_Integer)len + 1);
  lua_pushvalue(L, 1);
  lua_setfield(L, 2, "lent");
  set_lent(L, lines, text + pos - 1, text + len);
  lua_pushnil(L);
  lua_pushnil(L);
  set_reader(L);
  return 0;
}

/* Pushes the text in which what has not been given out begins at '*pos'; 0 where somebody has taken it back meanwhile. */
static int push_rest(lua_State *L, const Lines *lines, lua_Integer *pos) {
  *pos = 1;
  if (lua_getiuservalue(L, 1, DATA) == LUA_TSTRING) {
    *pos += lines->next - lua_tostring(L, -1);
    return 1;
  }
  for (;; lua_pop(L, 1)) {
    lua_Unsigned round = lines->round;
    const char *next = lines->next;
    lua_pushlstring(L, next, (size_t)(lines->end - next)); /* may run finalizers, as above */
    int lent = is_lent(L);
    if (!lent || (lines->next == next && lines->round == round)) return lent;
  }
}

/***
Takes back what has not been given out.
@function lines.take_back
@local
@tparam userdata lines
@tparam table reader
@tparam table class that it has again
*/
static int f_take_back(lua_State *L) {
  lua_Integer pos;
  Lines *lines = check_parties(L);
  if (!push_rest(L, lines, &pos)) return 0;
  lua_pushnil(L);
  set_lent(L, lines, "", "");
  lua_pushinteger(L, pos);
  set_reader(L);
  return 0;
}

/***
Moves what has not been given out to just before a place in a buffer, where more is to be received.
@function lines.shift
@local
@tparam userdata lines
@tparam table reader
@tparam bytearray buffer which is what is lent from now on
@tparam integer room bytes before that place
@treturn ?integer for `extend`; nil: it is not lent, there is a line in it, or it is longer than that or than a line may be
*/
static int f_shift(lua_State *L) {
  size_t size;
  Lines *lines = check_lines(L);
  luaL_checktype(L, 2, LUA_TTABLE);
  char *buffer = ps_check_writable(L, 3, "buffer", &size);
  size_t room = (size_t)ps_check_integer(L, 4, "room", 0, (lua_Integer)size);
  if (!is_lent(L) || find(lines) != NULL) return lua_pushnil(L), 1;
  size_t rest = (size_t)(lines->end - lines->next);
  if (rest > room || (lua_Integer)rest > lines->limit) return lua_pushnil(L), 1;
  memmove(buffer + room - rest, lines->next, rest);
  lua_pushvalue(L, 3);
  set_lent(L, lines, buffer + room - rest, buffer + room);
  lua_pushinteger(L, (lua_Integer)lines->round);
  return 1;
}

/***
So much has been received there.
@function lines.extend
@local
@tparam userdata lines
@tparam integer round what `shift` gave
@tparam integer count bytes
@treturn boolean false: that buffer is not what is lent any more
@treturn ?string the next line
*/
static int f_extend(lua_State *L) {
  size_t size = 0;
  Lines *lines = check_lines(L);
  lua_Integer round = luaL_checkinteger(L, 2), count = luaL_checkinteger(L, 3);
  int lent = (lua_Unsigned)round == lines->round;
  lua_pushboolean(L, lent);
  if (!lent) return 1;
  lua_getiuservalue(L, 1, DATA);
  const char *buffer = ps_check_writable(L, lua_gettop(L), "buffer", &size);
  luaL_argcheck(L, count >= 0 && count <= buffer + size - lines->end, 3, "there is no room for that");
  lua_pop(L, 1);
  lines->end += count;
  return 1 + push_line(L, lines);
}

static const luaL_Reg functions[] = {{"new", f_new},     {"lend", f_lend},     {"take_back", f_take_back},
                                     {"shift", f_shift}, {"extend", f_extend}, {NULL, NULL}};

void ps_line_open(lua_State *L) {
  lua_createtable(L, 0, 6);
  ps_register(L, -1, functions, 0);
  lua_getfield(L, PS_OPEN_METHODS, "recv");
  lua_setfield(L, -2, "recv"); /* by which is told whether somebody has put another in its place */
  lua_setfield(L, PS_OPEN_LOCAL, "lines");
}
