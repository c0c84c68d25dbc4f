/* SPDX-License-Identifier: MIT */
/* receive: reads a line, a number of bytes, or the whole stream, through the object's buffer. */
#include <string.h>

#include "luasocket.h"

typedef struct Pattern {
  char kind;    /* 'l', 'a', or 'n': a number of bytes, prefix included */
  size_t count; /* of 'n' */
} Pattern;

static Pattern pattern_at(lua_State *L) {
  if (lua_isnumber(L, 2)) {
    double count = lua_tonumber(L, 2);
    if (!(count >= 0 && count < (double)PTRDIFF_MAX)) luaL_argerror(L, 2, "invalid receive pattern");
    return (Pattern){'n', (size_t)count};
  }
  const char *name = luaL_optstring(L, 2, "*l");
  if (name[0] != '*' || (name[1] != 'l' && name[1] != 'a')) luaL_argerror(L, 2, "invalid receive pattern");
  return (Pattern){name[1], 0};
}

/* Copies text without its "\r"; returns the number of bytes copied. */
static size_t copy_line(char *to, const char *text, size_t length) {
  const char *end = text + length, *start = to;
  while (text < end) {
    const char *cr = memchr(text, '\r', (size_t)(end - text));
    size_t count = (size_t)((cr != NULL ? cr : end) - text);
    memcpy(to, text, count);
    to += count;
    text += count + 1;
  }
  return (size_t)(to - start);
}

/* Pushes the first 'length' bytes without their "\r" as a string; returns 0 if finalizers have changed the buffer. */
static int push_line(lua_State *L, Buffer *b, size_t length) {
  luaL_Buffer line;
  uint64_t changes = b->changes;
  char *to = luaL_buffinitsize(L, &line, length);
  if (b->changes != changes) return 0;
  luaL_pushresultsize(&line, copy_line(to, b->block.data + b->block.first, length));
  return b->changes == changes;
}

/* Pushes the prefix and the first 'length' bytes (of a line, without "\r") as a string, and removes 'taken' bytes
   from the buffer. Returns 1, or 0 if finalizers have changed the buffer meanwhile. */
static int give(lua_State *L, Conn *c, size_t length, size_t taken, int line) {
  Buffer *b = &c->buffer;
  int top = lua_gettop(L);
  const char *text = ps_block_at(&b->block, b->block.first);
  if (line && length > 0 && text[length - 1] == '\r') length--;
  int whole = !line || length == 0 || memchr(text, '\r', length) == NULL;
  int given = whole ? ps_buffer_push_string(L, b, b->block.first, length) : push_line(L, b, length);
  if (given && top > 2 && !lua_isnil(L, 3)) {
    uint64_t changes = b->changes;
    lua_pushvalue(L, 3);
    lua_insert(L, -2);
    lua_concat(L, 2);
    given = b->changes == changes;
  }
  if (!given) {
    lua_settop(L, top);
    return 0;
  }
  ps_block_take(&b->block, taken);
  b->changes++;
  c->received += (double)taken;
  return 1;
}

/* returns three results, the first of which is the string at the top */
static int succeed(lua_State *L) {
  lua_pushnil(L);
  lua_pushnil(L);
  return 3;
}

/* Returns the results for the pattern; 0 if the buffer does not contain all of its bytes yet; PS_AGAIN if finalizers
   have changed the buffer. */
static int take(lua_State *L, Conn *c, const Pattern *pattern) {
  Block *block = &c->buffer.block;
  size_t held = ps_block_held(block), length, taken;
  if (pattern->kind == 'a') return 0;
  if (pattern->kind == 'n') {
    length = pattern->count;
    size_t prefix = lua_gettop(L) > 2 ? (size_t)lua_rawlen(L, 3) : 0;
    if (prefix > 0) {
      if (length <= prefix) return lua_pushvalue(L, 3), succeed(L);
      length -= prefix;
    }
    if (held < length || held == 0) return 0;
    taken = length;
  } else {
    if (held == 0) return 0;
    size_t from = ps_index(&c->buffer, c->searched);
    const char *found = memchr(block->data + from, '\n', block->last - from);
    if (found == NULL) {
      c->searched = ps_place(&c->buffer, block->last);
      return 0;
    }
    length = (size_t)(found - block->data) - block->first;
    taken = length + 1;
  }
  return give(L, c, length, taken, pattern->kind == 'l') ? succeed(L) : PS_AGAIN;
}

/* the minimum number of bytes that are missing */
static size_t missing(lua_State *L, const Conn *c, const Pattern *pattern) {
  if (pattern->kind != 'n') return 1;
  size_t there = ps_block_held(&c->buffer.block) + (lua_gettop(L) > 2 ? (size_t)lua_rawlen(L, 3) : 0);
  return pattern->count > there ? pattern->count - there : 1;
}

#define SOURCE_PIECE \
  ((size_t)16384) /* the size of a TLS record: with that room, TLS keeps no bytes that select cannot see */

/* Receives once into the buffer, and increases the size for the next time if the receive filled it. Returns the
   number of bytes, 0 at the end of the stream, or the result of an attempt. 'wait' is NULL outside of an operation. */
static ptrdiff_t fill(lua_State *L, Conn *c, Socket *s, const Pattern *pattern, Wait *wait) {
  Buffer *b = &c->buffer;
  size_t wanted = missing(L, c, pattern), size = wanted > b->step ? wanted : b->step;
  if (size > PS_BUFFER_LARGE) size = PS_BUFFER_LARGE;
  if (s->source != NULL && size < SOURCE_PIECE) size = SOURCE_PIECE;
  char *room = ps_block_reserve(L, &b->block, size);
  ptrdiff_t n;
  if (s->source == NULL) n = sys_recv(s->fd, room, size, wait != NULL ? wait->flags : MSG_DONTWAIT);
  else n = ps_conn_outcome(L, c, wait, ps_source_receive(L, s, room, size, wait));
  if (n <= 0) return n;
  b->block.last += (size_t)n;
  b->received += (size_t)n;
  if ((size_t)n == size) b->step = size * 2 < PS_BUFFER_LARGE ? size * 2 : PS_BUFFER_LARGE;
  else if (n <= PS_BUFFER_KEPT) b->step = PS_BUFFER_KEPT;
  return n;
}

static int at_end(lua_State *L, Conn *c, const Pattern *pattern) {
  size_t held = ps_block_held(&c->buffer.block);
  if (pattern->kind == 'a' && held > 0) return give(L, c, held, held, 0) ? succeed(L) : PS_AGAIN;
  errno = EPIPE;
  return PS_ERRNO;
}

static void give_rest(lua_State *L, Conn *c, const Pattern *pattern) {
  size_t held;
  do held = ps_block_held(&c->buffer.block);
  while (!give(L, c, held, held, pattern->kind == 'l'));
}

/* returns nil, the message of a failure, and the received bytes */
static int fail(lua_State *L, Conn *c, const Pattern *pattern, int code) {
  give_rest(L, c, pattern);
  lua_pushnil(L);
  ps_conn_error_push(L, c, code);
  lua_rotate(L, -3, 2);
  return 3;
}

/* the same, with the message at the top */
static int fail_with_text(lua_State *L, Conn *c, const Pattern *pattern) {
  lua_pushnil(L);
  lua_insert(L, -2);
  give_rest(L, c, pattern);
  return 3;
}

static int failed_receive(lua_State *L, int code) {
  Pattern pattern = pattern_at(L);
  return fail(L, lua_touserdata(L, 1), &pattern, code);
}

/***
Receives a line, a number of bytes, or the whole stream.
@function conn:receive
@async
@tparam[opt="*l"] string|integer pattern `"*l"`: a line without its end and without any `\r`; `"*a"`: all bytes up to
the end of the stream; a number: that many bytes, prefix included
@tparam[opt] string prefix inserted before the received bytes
@treturn ?string
@treturn ?string after nil `"timeout"`, `"closed"` or another message
@treturn ?string after nil the prefix and the bytes received so far
*/
static int try_receive(lua_State *L, Socket *s, Wait *wait) {
  Conn *c = lua_touserdata(L, 1);
  Pattern pattern = pattern_at(L);
  int n = take(L, c, &pattern);
  if (n != 0) return n;
  if (ps_conn_attempt(s, wait) < 0 || ps_conn_is_open(c) < 0 || ps_conn_blocked(c)) return PS_ERRNO;
  ptrdiff_t got = fill(L, c, s, &pattern, wait);
  if (got > 0) {
    n = take(L, c, &pattern);
    if (n != 0) return n;
    ps_conn_moved(L, c, wait);
    errno = EINTR; /* hooks and other tasks run before the next receive */
    return PS_ERRNO;
  }
  if (got == 0) return at_end(L, c, &pattern);
  if (got == PS_ERROR) return fail_with_text(L, c, &pattern);
  if (got == PS_AGAIN) return PS_AGAIN;
  int code = errno;
  ps_block_shrink(L, &c->buffer.block, PS_BUFFER_KEPT);
  errno = code;
  return PS_ERRNO;
}

/* Makes the first attempt outside of an operation. Returns the results, or 0 if the operation has to continue. */
static int receive_directly(lua_State *L, Conn *c, const Pattern *pattern) {
  Socket *s = c->carrier.socket;
  if (s->fd == SYS_NO_FD) return 0;
  ptrdiff_t got = fill(L, c, s, pattern, NULL);
  int code = got < 0 ? errno : EPIPE, n = 0;
  if (got > 0) n = take(L, c, pattern);
  else if (got == 0 && pattern->kind == 'a') n = at_end(L, c, pattern);
  if (n > 0) return n;
  if (got > 0 || n == PS_AGAIN || code == EINTR) return 0;
  c->blocked = (code == EAGAIN || code == EWOULDBLOCK) && s->timeout != 0;
  return c->blocked ? 0 : fail(L, c, pattern, code);
}

/* clang-format off */
const Operation ps_conn_receiving =
    {"receive",           3,        SYS_READ, 0,      try_receive, NULL,       failed_receive};
/* clang-format on */

int ps_conn_receive(lua_State *L) {
  Conn *c = ps_conn_check(L, CLIENTS, "client");
  Pattern pattern = pattern_at(L);
  int n = 0, prefix = lua_gettop(L) > 2;
  if (prefix) luaL_optstring(L, 3, NULL);
  if (prefix || ps_block_held(&c->buffer.block) > 0) n = take(L, c, &pattern);
  if (n > 0) return n;
  ps_conn_begin(c);
  if (n == 0 && ps_conn_direct(c)) {
    if (ps_is_patient(&c->own) && c->own.timeout != 0 && c->own.fd != SYS_NO_FD) c->blocked = 1;
    else n = receive_directly(L, c, &pattern);
  }
  return n > 0 ? n : ps_operation_run(L);
}
