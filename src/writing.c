/* SPDX-License-Identifier: MIT */
/*
** The methods of files that write. The data waits in a block of memory or, if there is much to copy, in a queue of the
** strings themselves; one system call sends both. An interrupted flush (a timeout, a cancelled task, Ctrl-C) has
** removed the bytes that were sent, and has kept all others.
*/
#include <stdio.h>
#include <string.h>

#include "stream.h"

#define KEPT 8192 /* bytes of memory that an empty block keeps */
#define PIECES 64 /* strings that one system call sends */
#define NUMBER 64 /* bytes of a number as text */

/* The bytes of the argument, which for a number are those that Lua's files write. */
static const char *data_at(lua_State *L, int arg, char number[NUMBER], size_t *length) {
  if (lua_type(L, arg) != LUA_TNUMBER) return ps_check_buffer(L, arg, "data", length);
#if LUA_VERSION_NUM >= 505
  *length = lua_numbertocstring(L, arg, number) - 1;
#else
  int count = lua_isinteger(L, arg) ? snprintf(number, NUMBER, LUA_INTEGER_FMT, lua_tointeger(L, arg))
                                    : snprintf(number, NUMBER, LUA_NUMBER_FMT, lua_tonumber(L, arg));
  *length = (size_t)count;
#endif
  return number;
}

/* Appends text to the block, which has room for it. */
static void append(Block *out, const char *text, size_t length) {
  if (length == 0) return;
  memcpy(out->data + out->last, text, length);
  out->last += length;
}

/* Appends text with the file's line end in place of each "\n". */
static void append_lines(lua_State *L, Stream *f, const char *text, size_t length) {
  const char *end = text + length, *lf;
  size_t width = strlen(f->ending), lines = 0;
  for (lf = text; length > 0 && (lf = memchr(lf, '\n', (size_t)(end - lf))) != NULL; lf++) lines++;
  ps_block_reserve(L, &f->out, length + lines * (width - 1));
  for (; lines > 0; lines--, text = lf + 1) {
    lf = memchr(text, '\n', (size_t)(end - text));
    append(&f->out, text, (size_t)(lf - text));
    append(&f->out, f->ending, width);
  }
  append(&f->out, text, (size_t)(end - text));
}

/* Puts the argument at the end of the queue, as a string. */
static void enqueue(lua_State *L, Stream *f, int queue, int arg) {
  char number[NUMBER];
  size_t length;
  const char *data = data_at(L, arg, number, &length);
  if (length == 0) return;
  if (lua_type(L, arg) == LUA_TSTRING) lua_pushvalue(L, arg);
  else lua_pushlstring(L, data, length);
  lua_rawseti(L, queue, f->tail + 1);
  f->tail++;
  f->queued += length;
}

/* Pushes the stream of the file at 1, and its queue. Returns the index of the queue. */
static int push_queue(lua_State *L) {
  lua_rawgeti(L, 1, 1);
  if (lua_getiuservalue(L, -1, PS_STREAM_QUEUE) != LUA_TTABLE) {
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_setiuservalue(L, -3, PS_STREAM_QUEUE);
  }
  return lua_gettop(L);
}

/* Puts the arguments from 'first' to 'last' into the block or the queue. Returns whether the file has to be flushed
   now. */
static int take_in(lua_State *L, Stream *f, int first, int last) {
  char number[NUMBER];
  size_t total = 0, length;
  int line = 0;
  for (int i = first; i <= last; i++) { /* all arguments are checked before the first is written */
    const char *data = data_at(L, i, number, &length);
    if (f->by_line && length > 0 && memchr(data, '\n', length) != NULL) line = 1;
    total += length;
  }
  if (total == 0) return ps_stream_unsent(f) > f->room;
  if (f->ending != NULL && f->queued == 0) {
    for (int i = first; i <= last; i++) {
      const char *data = data_at(L, i, number, &length);
      append_lines(L, f, data, length);
    }
  } else if (f->queued == 0 && (total <= KEPT || ps_block_held(&f->out) + total <= f->room)) {
    ps_block_reserve(L, &f->out, total);
    for (int i = first; i <= last; i++) {
      const char *data = data_at(L, i, number, &length);
      append(&f->out, data, length);
    }
  } else {
    int top = lua_gettop(L), queue = push_queue(L);
    for (int i = first; i <= last; i++) enqueue(L, f, queue, i);
    lua_settop(L, top);
  }
  return line || ps_stream_unsent(f) > f->room;
}

/* Sends once: the number of bytes, or the result of an attempt for an error. 'stream' is the index of the userdata. */
static ptrdiff_t send_once(lua_State *L, Stream *f, int stream, Wait *wait) {
  struct iovec pieces[PIECES];
  size_t room = ps_piece(f->socket, SIZE_MAX), held = ps_block_held(&f->out);
  int count = 0;
  if (held > 0) pieces[count++] = (struct iovec){f->out.data + f->out.first, held < room ? held : room};
  room -= held < room ? held : room;
  if (f->queued > 0) lua_getiuservalue(L, stream, PS_STREAM_QUEUE);
  for (lua_Integer i = f->head; f->queued > 0 && i <= f->tail && count < PIECES && room > 0; i++) {
    size_t length, gone = i == f->head ? f->sent : 0;
    lua_rawgeti(L, -1, i);
    const char *text = lua_tolstring(L, -1, &length); /* which the queue keeps alive */
    length = length - gone < room ? length - gone : room;
    pieces[count++] = (struct iovec){(void *)(uintptr_t)(text + gone), length};
    room -= length;
    lua_pop(L, 1);
  }
  if (f->queued > 0) lua_pop(L, 1);
  count = (int)ps_piece_of(f->socket, pieces, (size_t)count);
  return ps_source_send(L, f->socket, pieces, count, wait);
}

/* Removes 'count' bytes, which have been sent. */
static void forget(lua_State *L, Stream *f, int stream, size_t count) {
  size_t held = ps_block_held(&f->out), of_block = count < held ? count : held;
  ps_block_take(&f->out, of_block);
  count -= of_block;
  ps_block_shrink(L, &f->out, KEPT);
  if (f->queued == 0) return;
  lua_getiuservalue(L, stream, PS_STREAM_QUEUE);
  for (f->queued -= count; f->head <= f->tail; f->head++) {
    lua_rawgeti(L, -1, f->head);
    size_t rest = (size_t)lua_rawlen(L, -1) - f->sent;
    lua_pop(L, 1);
    if (count < rest) break;
    count -= rest;
    f->sent = 0;
    lua_pushnil(L); /* needs no memory, because the table has the element */
    lua_rawseti(L, -2, f->head);
  }
  f->sent += count;
  if (f->queued == 0) {
    f->head = 1;
    f->tail = 0;
  }
  lua_pop(L, 1);
}

int ps_stream_drain(lua_State *L, Stream *f, int stream, Wait *wait) {
  while (ps_stream_unsent(f) > 0) {
    ptrdiff_t n = send_once(L, f, stream, wait);
    if (n == PS_ERRNO && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return 0;
    if (n < 0) return (int)n;
    forget(L, f, stream, (size_t)n);
  }
  return 1;
}

/* flush(socket, file): returns the file. */
static int try_flush(lua_State *L, Socket *s, Wait *wait) {
  Stream *f = ps_stream_writable(L, 2);
  if (ps_stream_unsent(f) > 0) {
    lua_rawgeti(L, 2, 1);
    ptrdiff_t n = send_once(L, f, PS_DEADLINE(wait->op) + 1, wait);
    if (n == PS_ERRNO && s->source != NULL && s->timeout != 0) wait->policy = PS_WAIT_ALWAYS;
    if (n < 0) return (int)n;
    forget(L, f, PS_DEADLINE(wait->op) + 1, (size_t)n);
    if (ps_stream_unsent(f) > 0) {
      lua_pushnil(L); /* the timeout begins anew while data flows */
      lua_replace(L, PS_DEADLINE(wait->op));
      errno = EINTR; /* hooks run before the rest is sent */
      return PS_ERRNO;
    }
  }
  if (s->source != NULL) { /* the source has taken all bytes, but may not have sent them */
    ptrdiff_t n = ps_source_send(L, s, NULL, 0, wait);
    if (n == PS_ERRNO && s->timeout != 0) wait->policy = PS_WAIT_ALWAYS;
    if (n < 0) return (int)n;
  }
  f->failure = 0;
  lua_pushvalue(L, 2);
  return 1;
}

/* Flushes the file at 1: the engine expects the socket as the first argument, then the file. */
static int enter(lua_State *L) {
  lua_settop(L, 1);
  lua_rawgeti(L, 1, 1);
  lua_getiuservalue(L, 2, PS_STREAM_SOCKET);
  lua_replace(L, 2);
  lua_insert(L, 1);
  return ps_operation_run(L);
}

/***
Writes strings, numbers and bytearrays into the buffer, and sends the buffer when it is full, or at the end of a line if
the file is line-buffered. If sending fails, the buffer keeps the unsent data, and `flush` sends it.
@function file:write
@async
@param ... strings, numbers and bytearrays
@treturn file the file itself
@raise OSError as send(2), BlockingIOError, timeout
@see Lua's file:write
*/
static int m_write(lua_State *L) {
  if (take_in(L, ps_stream_writable(L, 1), 2, lua_gettop(L))) return enter(L);
  lua_settop(L, 1);
  return 1;
}

/***
Writes each element of a sequence, without adding line ends.
@function file:writelines
@async
@tparam table lines a sequence of strings, numbers and bytearrays
@raise as `write`
@see Python's io.IOBase.writelines
*/
static int m_writelines(lua_State *L) {
  char number[NUMBER];
  size_t length;
  Stream *f = ps_stream_writable(L, 1);
  int due = 0;
  if (lua_type(L, 2) != LUA_TTABLE) ps_arg_error(L, 2, "lines must be a sequence, got %s", ps_type_name(L, 2));
  lua_settop(L, 2);
  lua_pushvalue(L, 2);
  for (lua_Integer i = 1; lua_geti(L, 3, i) != LUA_TNIL; i++) { /* all are checked before the first is written */
    lua_replace(L, 2);
    data_at(L, 2, number, &length);
  }
  for (lua_Integer i = 1; lua_geti(L, 3, i) != LUA_TNIL; i++) {
    lua_replace(L, 2);
    due |= take_in(L, f, 2, 2);
    lua_settop(L, 3);
  }
  if (due) enter(L);
  return 0;
}

/***
Sends all data in the buffer. After an error, call it again: no data is lost, and none is sent twice.
@function file:flush
@async
@treturn file the file itself
@raise OSError as send(2), BlockingIOError, timeout
@see Python's io.IOBase.flush
*/
static int m_flush(lua_State *L) {
  const Stream *f = ps_stream_check(L, 1);
  lua_settop(L, 1);
  int due = f->writable && (ps_stream_unsent(f) > 0 || (f->socket != NULL && f->socket->source != NULL));
  return due ? enter(L) : 1;
}

/***
Returns the bytes that a file writes for the arguments.
@function stream.text
@local
@param ... strings, numbers, bytearrays
@treturn string the bytes
*/
static int f_text(lua_State *L) {
  char number[NUMBER];
  size_t length;
  luaL_Buffer b;
  int last = lua_gettop(L);
  luaL_buffinit(L, &b);
  for (int i = 1; i <= last; i++) {
    const char *data = data_at(L, i, number, &length);
    luaL_addlstring(&b, data, length);
  }
  luaL_pushresult(&b);
  return 1;
}

/***
Sends as much of the buffer as the system takes at once, and ignores errors.
@function stream.drain
@local
@tparam userdata stream the C half of the file
@treturn integer the number of bytes that are left
*/
static int f_drain(lua_State *L) {
  Stream *f = ps_stream_self(L);
  Wait wait = {.flags = MSG_DONTWAIT, .events = SYS_WRITE};
  if (f->socket != NULL && ps_stream_unsent(f) > 0) ps_stream_drain(L, f, 1, &wait);
  lua_pushinteger(L, (lua_Integer)ps_stream_unsent(f));
  return 1;
}

static const Operation flush_row = {"flush", 2, SYS_WRITE, 0, try_flush, NULL, NULL};

static const luaL_Reg methods[] = {{"write", m_write}, {"writelines", m_writelines}, {"flush", m_flush}, {NULL, NULL}};

static const luaL_Reg functions[] = {{"drain", f_drain}, {NULL, NULL}};

void ps_writing_open(lua_State *L) {
  lua_getfield(L, PS_OPEN_LOCAL, "stream");
  ps_register(L, -1, functions, 0);
  ps_function_push(L, "write", f_text, 0, 0);
  lua_setfield(L, -2, "text");
  lua_getfield(L, -1, "methods");
  for (const luaL_Reg *method = methods; method->name != NULL; method++)
    ps_stream_method(L, &flush_row, method->name, method->func);
}
