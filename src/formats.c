/* SPDX-License-Identifier: MIT */
/* The methods of files that read as in Lua: the formats of 'read' and 'lines'. */
#include "reading.h"

/* The letter of the format at 'arg', a string: 'l', 'L', 'a' or 'n'; 0 for any other string. */
static char format_kind(lua_State *L, int arg) {
  const char *text = lua_tostring(L, arg);
  char kind = *text == '*' ? text[1] : *text;
  return kind == 'l' || kind == 'L' || kind == 'a' || kind == 'n' ? kind : '\0';
}

static void check_formats(lua_State *L, int first, int last) {
  for (int i = first; i <= last; i++) {
    int integral;
    lua_Integer count = ps_to_integer(L, i, &integral);
    if (lua_type(L, i) == LUA_TSTRING ? format_kind(L, i) == '\0' : !integral || count < 0)
      ps_arg_error(L, i, "invalid format '%s'", luaL_tolstring(L, i, NULL));
  }
}

/* Looks for the value of the format at 'arg': 1, or 0 where more data is needed or the argument is no format. */
static int find_format(lua_State *L, Stream *f, int arg, size_t start, Rest rest, Found *found) {
  if (f->in == NULL) ps_arg_error(L, 1, "I/O operation on closed file");
  if (lua_type(L, arg) == LUA_TSTRING) {
    char kind = format_kind(L, arg);
    if (kind == 'l' || kind == 'L') return ps_find_line(L, f, start, kind == 'L', PS_ALL, rest, found);
    if (kind == 'n') return ps_find_number(L, f, start, rest, found);
    return kind == 'a' && ps_find_all(L, f, start, rest, found);
  }
  int integral;
  lua_Integer count = ps_to_integer(L, arg, &integral);
  if (!integral || count < 0) return 0;
  return (f->size > 0 ? ps_find_count : ps_find_some)(L, f, start, (size_t)count, rest, found);
}

/* Looks for the values of the formats, up to the first format that finds none, and pushes them if 'push' is set. 1, or
   0 where more data is needed or finalizers have used the file meanwhile. */
static int walk(lua_State *L, Stream *f, int first, int last, Rest rest, int push, Found *found) {
  *found = (Found){.kind = 's'};
  for (int i = first; i <= last && found->kind != '0'; i++) {
    if (!find_format(L, f, i, found->next, rest, found)) return 0;
    if (push && !ps_found_push(L, f, found)) return 0;
  }
  return 1;
}

static int take_formats(lua_State *L, Stream *f, int first, int last, Rest rest) {
  int top = lua_gettop(L);
  luaL_checkstack(L, last - first + 4, "too many formats");
  for (Found found;; lua_settop(L, top)) {
    if (!walk(L, f, first, last, rest, 0, &found)) return 0; /* before any string is made, all data has to be there */
    uint64_t changes = f->in->changes;
    if (!walk(L, f, first, last, rest, 1, &found) || f->in == NULL || f->in->changes != changes) continue;
    ps_text_take(f, found.next);
    if (found.kind == '0' && rest == BLOCKED) lua_pushvalue(L, PS_UP_WOULD_BLOCK);
    return lua_gettop(L) - top;
  }
}

/* Takes the value of a single format, whose data need not be found before it is pushed. */
static int take_format(lua_State *L, Stream *f, int arg, Rest rest) {
  for (Found found;;) {
    if (!find_format(L, f, arg, 0, rest, &found)) return 0;
    if (found.kind == '0') {
      ps_text_take(f, found.next);
      return ps_reading_nothing(L, rest);
    }
    if (ps_found_take(L, f, &found)) return 1;
  }
}

static int take_given(lua_State *L, Stream *f, int first, int last, Rest rest) {
  return first == last ? take_format(L, f, first, rest) : take_formats(L, f, first, last, rest);
}

/* Takes the values of the formats at 'arg': a single format, or the table that 'pack_formats' has made of several. */
static int take_read(lua_State *L, Stream *f, int arg, Rest rest) {
  if (!lua_istable(L, arg)) return take_given(L, f, arg, arg, rest);
  int first = lua_gettop(L) + 1, count = (int)lua_rawlen(L, arg);
  luaL_checkstack(L, count, "too many formats");
  for (int i = 1; i <= count; i++) lua_rawgeti(L, arg, i);
  return take_given(L, f, first, first + count - 1, rest);
}

/* Replaces several formats from 'first' on by one table of them, since an operation has a fixed number of arguments. */
static void pack_formats(lua_State *L, int first) {
  int count = lua_gettop(L) - first + 1;
  if (count < 2) return;
  lua_createtable(L, count, 0);
  lua_insert(L, first);
  for (int i = count; i >= 1; i--) lua_rawseti(L, first, i);
}

/* A faster find_format for values that need no conversion. */
static inline Piece find_quickly(lua_State *L, const Stream *f, int arg, size_t start) {
  const void *format = lua_topointer(L, arg);
  if (format == f->world->formats[0]) return ps_line_quick(f, start, 0);
  if (format == f->world->formats[1]) return ps_line_quick(f, start, 1);
  lua_Integer count = format == NULL ? lua_tointeger(L, arg) : 0;
  return count > 0 ? ps_count_quick(f, start, (size_t)count) : (Piece){0, 0};
}

#define FREE 16 /* free stack slots that a function has beside its arguments, without those that it needs itself */

/* Takes the values of the formats from 2 to 'last' and pushes them, if all data is there and needs no conversion: the
   number of results, else 0. */
static inline int read_quickly(lua_State *L, Stream *f, int last) {
  Buffer *b = f->in;
  uint64_t changes = b->changes;
  size_t start = 0;
  if (last > FREE && !lua_checkstack(L, last)) return 0;
  for (int arg = 2;;) {
    Piece piece = last < 2 ? ps_line_quick(f, 0, 0) : find_quickly(L, f, arg, start);
    if (piece.next == 0) return 0;
    if (piece.length == 0) lua_pushvalue(L, PS_UP_EMPTY);
    else if (!ps_buffer_push_string(L, b, b->block.first + start, piece.length)) return 0;
    start = piece.next;
    if (arg++ < last) continue;
    if (b->changes != changes) return 0;
    ps_block_take(&b->block, start);
    b->changes++;
    return arg - 2;
  }
}

static int wait_for_formats(lua_State *L) {
  ps_stream_readable(L, 1);
  if (lua_gettop(L) < 2 || (lua_gettop(L) == 2 && lua_isnil(L, 2))) {
    lua_settop(L, 1);
    lua_pushliteral(L, "l");
  }
  check_formats(L, 2, lua_gettop(L));
  pack_formats(L, 2);
  return ps_reading_wait(L);
}

/***
Reads one value for each format, as Lua's files do. The formats are `"l"`, a line without its end (the default); `"L"`,
a line with its end; `"a"`, all data up to the end of the stream; `"n"`, a number; and an integer: that many bytes, or
fewer at the end of the stream. An unbuffered file returns for an integer the data that is available, at most that many
bytes. The format 0 waits for the next byte, and returns `""`, or nil at the end of the stream: do not read a message of
0 bytes with it. If an error interrupts the read, such as a timeout, the data that came stays in the buffer for the next
read, also the data of the formats that were complete.
@function file:read
@async
@param ... the formats
@return the value of each format, up to the first nil: at the end of the stream, or where the text is no number
@return a BlockingIOError after nil, if a non-blocking socket has no data. A number of bytes and `"a"` then return the
  data that has come, if there is any
@raise OSError as recv(2), timeout, LimitOverrunError, UnicodeDecodeError, UnsupportedOperation
@see Lua's file:read
*/
static int m_read(lua_State *L) {
  int last = lua_gettop(L);
  Stream *f = ps_stream_push(L, 1);
  if (f != NULL && ps_stream_quick(L, f)) {
    int n = read_quickly(L, f, last);
    if (n > 0) return n;
    lua_settop(L, last);
    if (f->in != NULL && last > 1) n = take_given(L, f, 2, last, MORE);
    if (n > 0) return n;
  }
  lua_settop(L, last);
  return wait_for_formats(L);
}

/* the upvalues of an iterator: the C half of the file, then the file, the number of formats, and the formats */
#define HALF (PS_UP_OWN + 3)
#define FILE_AND_FORMATS (PS_UP_OWN + 4)

/* Makes the file and the formats the arguments. */
static void push_formats(lua_State *L) {
  int count = (int)lua_tointeger(L, lua_upvalueindex(FILE_AND_FORMATS + 1));
  lua_settop(L, 0);
  luaL_checkstack(L, 1 + count + LUA_MINSTACK, NULL); /* the stack space of a function with these arguments */
  lua_pushvalue(L, lua_upvalueindex(FILE_AND_FORMATS));
  for (int i = 0; i < count; i++) lua_pushvalue(L, lua_upvalueindex(FILE_AND_FORMATS + 2 + i));
}

static int next_of_formats(lua_State *L) {
  push_formats(L);
  return m_read(L);
}

static inline int next_quickly(lua_State *L, int keep) {
  Stream *f = lua_touserdata(L, lua_upvalueindex(HALF));
  int quick = ps_stream_quick(L, f);
  if (quick && ps_line_take(L, f, keep)) return 1;
  push_formats(L);
  return quick ? m_read(L) : wait_for_formats(L);
}

static int next_line(lua_State *L) { return next_quickly(L, 0); }
static int next_whole_line(lua_State *L) { return next_quickly(L, 1); }

/***
Returns an iterator that reads one value for each format at each step, up to the end of the stream.
@function file:lines
@param ... formats as for `read`; without any, lines without their ends
@treturn function the iterator
@raise in the iterator: as `read`, and BlockingIOError for a non-blocking socket without data
@see Lua's file:lines
@usage for line in f:lines() do print(line) end
*/
static int m_lines(lua_State *L) {
  int count = lua_gettop(L) - 1;
  ps_stream_readable(L, 1);
  check_formats(L, 2, lua_gettop(L));
  if (count > 200) ps_arg_error(L, 200, "too many formats");
  char kind = count == 0 ? 'l' : count == 1 && lua_type(L, 2) == LUA_TSTRING ? format_kind(L, 2) : '\0';
  lua_CFunction next = kind == 'l' ? next_line : kind == 'L' ? next_whole_line : next_of_formats;
  lua_pushvalue(L, lua_upvalueindex(PS_UP_OWN));
  lua_pushvalue(L, PS_UP_WOULD_BLOCK);
  lua_pushvalue(L, PS_UP_EMPTY);
  lua_rawgeti(L, 1, 1);
  lua_pushvalue(L, 1);
  lua_pushinteger(L, count);
  lua_rotate(L, 2, 6);
  ps_function_push(L, "lines", next, PS_METHOD, 6 + count);
  return 1;
}

static const Reading read_row = {PS_READING("read", ps_reading_blocked), take_read, NULL};
static const Reading lines_row = {PS_READING("lines", NULL), take_read, NULL};

void ps_formats_open(lua_State *L) {
  lua_getfield(L, PS_OPEN_LOCAL, "stream");
  lua_getfield(L, -1, "methods");
  ps_stream_method(L, &read_row.op, "read", m_read);
  ps_stream_method(L, &lines_row.op, "lines", m_lines);
  lua_getiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_STREAM);
  for (int i = 0; i < 2; i++) {
    lua_pushstring(L, i == 0 ? "l" : "L");
    ps_world(L)->formats[i] = lua_topointer(L, -1);
    lua_rawseti(L, -2, i + 1); /* so that the string keeps its identity */
  }
}
