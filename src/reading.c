/* SPDX-License-Identifier: MIT */
/* The methods of files that read as in Python. */
#include <string.h>

#include "reading.h"

/* Pushes "" for the end of the stream, or nil and the error of a non-blocking socket. */
static int give_empty(lua_State *L, Rest rest) {
  if (rest == BLOCKED) return ps_reading_nothing(L, rest);
  lua_pushliteral(L, "");
  return 1;
}

/* Takes the text that was found out of the buffer and pushes it; "" at the end of the stream. */
static int take_text(lua_State *L, Stream *f, const Found *found, Rest rest) {
  if (found->kind == '0') return give_empty(L, rest);
  return ps_found_take(L, f, found) ? 1 : PS_AGAIN;
}

/* the number of bytes at 'arg': PS_ALL for nil and negative ones */
static size_t size_at(lua_State *L, int arg) {
  lua_Integer size = lua_isnoneornil(L, arg) ? -1 : lua_tointeger(L, arg);
  return size < 0 ? PS_ALL : (size_t)size;
}

/***
Reads the next line with its end.
@function file:readline
@async
@tparam[opt] integer size the maximum number of bytes to return, in place of the file's limit for lines
@treturn ?string the line; `""` at the end of the stream. If the socket is non-blocking and has no complete line: the
  part that has arrived, or nil
@treturn ?BlockingIOError the error, after nil
@raise as `read`
@see Python's io.IOBase.readline
*/
static int take_readline(lua_State *L, Stream *f, int arg, Rest rest) {
  Found found;
  size_t most = size_at(L, arg);
  if (most == PS_ALL && rest == MORE && ps_line_take(L, f, 1)) return 1;
  if (!ps_find_line(L, f, 0, 1, most, rest, &found)) return 0;
  if (found.kind == '0' && rest == BLOCKED) ps_find_some(L, f, 0, most, rest, &found);
  return take_text(L, f, &found, rest);
}

/***
Reads all data up to the end of the stream.
@function file:readall
@async
@treturn ?string the data; `""` if the stream has ended. If the socket is non-blocking and the stream has not ended: the
  data that has arrived, or nil
@treturn ?BlockingIOError the error, after nil
@raise as `read`
@see Python's io.RawIOBase.readall
*/
static int take_readall(lua_State *L, Stream *f, int arg, Rest rest) {
  (void)arg;
  Found found;
  return ps_find_all(L, f, 0, rest, &found) ? take_text(L, f, &found, rest) : 0;
}

/***
Reads the data that is available, waiting for the first byte.
@function file:read1
@async
@tparam[opt] integer size the maximum number of bytes
@treturn ?string the data; `""` at the end of the stream; nil from a non-blocking socket without data
@treturn ?BlockingIOError the error, after nil
@raise as `read`
@see Python's io.BufferedIOBase.read1
*/
static int take_read1(lua_State *L, Stream *f, int arg, Rest rest) {
  Found found;
  return ps_find_some(L, f, 0, size_at(L, arg), rest, &found) ? take_text(L, f, &found, rest) : 0;
}

/***
Returns the data that is available, waiting for the first byte, and leaves the data in the buffer.
@function file:peek
@async
@tparam[opt] integer size the maximum number of bytes
@treturn ?string the data; `""` at the end of the stream; nil from a non-blocking socket without data
@treturn ?BlockingIOError the error, after nil
@raise as `read`; UnsupportedOperation for an unbuffered file
@see Python's io.BufferedReader.peek
*/
static int take_peek(lua_State *L, Stream *f, int arg, Rest rest) {
  Found found;
  size_t most = size_at(L, arg);
  if (!ps_find_some(L, f, 0, 1, rest, &found)) return 0;
  if (found.kind == '0') return give_empty(L, rest);
  ps_find_some(L, f, 0, most, rest, &found);
  return ps_found_push(L, f, &found) ? 1 : PS_AGAIN;
}

/* Pushes the error of a stream that has ended too early, with the remaining bytes as its field 'partial'. */
static int give_incomplete(lua_State *L, Stream *f, lua_Integer expected) {
  Found found;
  const char *name = lua_tostring(L, lua_upvalueindex(PS_UP_NAME));
  ps_find_all(L, f, 0, END, &found);
  if (!ps_found_take(L, f, &found)) return PS_AGAIN;
  ps_error_push_class(L, "IncompleteReadError", name, "the stream ended after %I bytes", (lua_Integer)found.length);
  lua_insert(L, -2);
  lua_setfield(L, -2, "partial");
  if (expected >= 0) {
    lua_pushinteger(L, expected);
    lua_setfield(L, -2, "expected");
  }
  return PS_ERROR;
}

/***
Reads exactly `n` bytes.
@function file:readexactly
@async
@tparam integer n the number of bytes
@treturn ?string the bytes; nil if the socket is non-blocking and fewer bytes have arrived
@treturn ?BlockingIOError the error, after nil
@raise as `read`; IncompleteReadError if the stream ends before: its field `partial` is the bytes that arrived
@see Python's asyncio.StreamReader.readexactly
*/
static int take_readexactly(lua_State *L, Stream *f, int arg, Rest rest) {
  Found found;
  lua_Integer count = lua_tointeger(L, arg);
  if (count == 0) return give_empty(L, MORE);
  if (!ps_find_count(L, f, 0, (size_t)count, rest == END ? END : MORE, &found))
    return rest == BLOCKED ? ps_reading_nothing(L, rest) : 0;
  if (found.kind == '0' || found.length < (size_t)count) return give_incomplete(L, f, count);
  return ps_found_take(L, f, &found) ? 1 : PS_AGAIN;
}

/***
Reads all data up to a delimiter, and the delimiter.
@function file:readuntil
@async
@tparam string delimiter one byte or several
@treturn ?string the data, which ends with the delimiter; nil if the socket is non-blocking and no delimiter has arrived
@treturn ?BlockingIOError the error, after nil
@raise as `read`; LimitOverrunError if more bytes than the file's limit for lines come before the delimiter;
  IncompleteReadError if the stream ends before the delimiter: its field `partial` is the bytes that arrived
@see Python's asyncio.StreamReader.readuntil
*/
static int take_readuntil(lua_State *L, Stream *f, int arg, Rest rest) {
  Found found;
  size_t width;
  const char *delimiter = lua_tolstring(L, arg, &width);
  if (!ps_find_until(L, f, delimiter, width, rest, &found)) return 0;
  if (found.kind == '0') return rest == END ? give_incomplete(L, f, -1) : ps_reading_nothing(L, rest);
  return ps_found_take(L, f, &found) ? 1 : PS_AGAIN;
}

/***
Reads into a buffer until the buffer is full. An unbuffered file reads the data that is available, waiting for the first
byte.
@function file:readinto
@async
@tparam bytearray buffer a bytearray or a view of one
@treturn ?integer the number of bytes read, less than the length of the buffer at the end of the stream and from a
  non-blocking socket; nil from a non-blocking socket without data
@treturn ?BlockingIOError the error, after nil
@raise as `read`
@see Python's io.BufferedIOBase.readinto
*/
static int take_readinto(lua_State *L, Stream *f, int arg, Rest rest) {
  Found found;
  size_t size;
  char *data = ps_check_writable(L, arg, "buffer", &size);
  if (size > 0 && !(f->size > 0 ? ps_find_count : ps_find_some)(L, f, 0, size, rest, &found)) return 0;
  if (size > 0 && found.kind == '0' && rest == BLOCKED) return ps_reading_nothing(L, rest);
  size_t count = size == 0 || found.kind == '0' ? 0 : found.length;
  if (count > 0) {
    memcpy(data, f->in->block.data + f->in->block.first, count);
    ps_text_take(f, count);
  }
  lua_pushinteger(L, (lua_Integer)count);
  return 1;
}

/***
Reads all lines up to the end of the stream.
@function file:readlines
@async
@tparam[opt] integer hint a number of bytes: the method stops after the line that exceeds it
@treturn ?table a sequence of the lines with their ends. If the socket is non-blocking and the stream has not ended: the
  lines that are complete, or nil
@treturn ?BlockingIOError the error, after nil
@raise as `read`; the lines that arrived before the error stay in the buffer
@see Python's io.IOBase.readlines
*/
static int take_readlines(lua_State *L, Stream *f, int arg, Rest rest) {
  Found all, line = {0};
  size_t hint = size_at(L, arg);
  if (!ps_find_lines(L, f, hint == 0 ? PS_ALL : hint, rest, &all)) return 0;
  if (all.kind == '0' && rest == BLOCKED) return ps_reading_nothing(L, rest);
  uint64_t changes = f->in->changes;
  lua_newtable(L);
  for (lua_Integer i = 1; all.kind == 's' && line.next < all.length; i++) {
    if (f->in == NULL || f->in->changes != changes) return PS_AGAIN;
    ps_find_line(L, f, line.next, 1, PS_ALL, END, &line);
    if (!ps_found_push(L, f, &line)) return PS_AGAIN;
    lua_rawseti(L, -2, i);
  }
  if (f->in == NULL || f->in->changes != changes) return PS_AGAIN;
  ps_text_take(f, all.next);
  return 1;
}

static void check_size(lua_State *L) { ps_opt_integer(L, 2, "size", LUA_MININTEGER, LUA_MAXINTEGER, 0); }
static void check_hint(lua_State *L) { ps_opt_integer(L, 2, "hint", LUA_MININTEGER, LUA_MAXINTEGER, 0); }
static void check_nothing(lua_State *L) { (void)L; }

static void check_buffered_size(lua_State *L) {
  check_size(L);
  if (ps_stream_readable(L, 1)->size == 0) ps_stream_unsupported(L, "the file is unbuffered");
}

static void check_count(lua_State *L) { ps_check_integer(L, 2, "n", 0, LUA_MAXINTEGER); }

static void check_delimiter(lua_State *L) {
  size_t width;
  ps_check_string(L, 2, "delimiter", &width);
  if (width == 0) ps_arg_error(L, 2, "delimiter must not be empty");
}

static void check_buffer(lua_State *L) {
  size_t size;
  ps_check_writable(L, 2, "buffer", &size);
}

/* Reads from the buffer where the buffered data suffices; else waits. */
static int m_reading(lua_State *L) {
  const Reading *reading = (const Reading *)ps_operation(L);
  Stream *f = ps_stream_readable(L, 1);
  reading->check(L);
  lua_settop(L, 2);
  if (ps_stream_quick(L, f)) {
    int n = reading->take(L, f, 2, MORE);
    if (n > 0) return n;
    lua_settop(L, 2);
  }
  return ps_reading_wait(L);
}

static const Reading readings[] = {
    {PS_READING("readline", ps_reading_blocked), take_readline, check_size},
    {PS_READING("readlines", ps_reading_blocked), take_readlines, check_hint},
    {PS_READING("readall", ps_reading_blocked), take_readall, check_nothing},
    {PS_READING("readinto", ps_reading_blocked), take_readinto, check_buffer},
    {PS_READING("read1", ps_reading_blocked), take_read1, check_size},
    {PS_READING("peek", ps_reading_blocked), take_peek, check_buffered_size},
    {PS_READING("readexactly", ps_reading_blocked), take_readexactly, check_count},
    {PS_READING("readuntil", ps_reading_blocked), take_readuntil, check_delimiter},
};

void ps_reading_open(lua_State *L) {
  lua_getfield(L, PS_OPEN_LOCAL, "stream");
  lua_getfield(L, -1, "methods");
  for (size_t i = 0; i < sizeof readings / sizeof *readings; i++)
    ps_stream_method(L, &readings[i].op, readings[i].op.name, m_reading);
}
