/* SPDX-License-Identifier: MIT */
/* receive: a line, a number of bytes, or all, looked for in the object's buffer. */
#include <string.h>

#include "luasocket.h"

typedef struct Pattern {
  char kind;    /* 'l', 'a'; 'n': so many bytes, those of the prefix included */
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

/* Copies text without its "\r": how many bytes are left. */
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

/* Pushes the prefix and the first 'length' bytes as one string: a copy in another buffer, for what is not one piece. */
static int push_joined(lua_State *L, Buffer *b, size_t length, int line) {
  luaL_Buffer joined;
  size_t size = 0;
  const char *prefix = lua_tolstring(L, 3, &size);
  uint64_t changes = b->changes;
  char *to = luaL_buffinitsize(L, &joined, size + length);
  if (b->changes == changes) {
    const char *text = b->block.data + b->block.first;
    if (size > 0) memcpy(to, prefix, size);
    if (line) length = copy_line(to + size, text, length);
    else if (length > 0) memcpy(to + size, text, length);
    luaL_pushresultsize(&joined, size + length);
  }
  return b->changes == changes;
}

/* Gives out the first 'length' bytes, behind the prefix and, of a line, without "\r"; 'taken' bytes leave the buffer. 1: a string
   is at the top; 0: finalizers have changed the buffer meanwhile. */
static int give(lua_State *L, Conn *c, size_t length, size_t taken, int line) {
  Buffer *b = &c->buffer;
  int top = lua_gettop(L);
  const char *text = b->block.data + b->block.first;
  if (line && length > 0 && text[length - 1] == '\r') length--;
  int whole = lua_isnoneornil(L, 3) && (!line || length == 0 || memchr(text, '\r', length) == NULL);
  int given = whole ? ps_buffer_push_string(L, b, b->block.first, length) : push_joined(L, b, length, line);
  if (!given) {
    lua_settop(L, top);
    return 0;
  }
  ps_block_take(&b->block, taken);
  b->changes++;
  c->received += (double)taken;
  return 1;
}

/* a string is at the top: three results */
static int succeed(lua_State *L) {
  lua_pushnil(L);
  lua_pushnil(L);
  return 3;
}

/* What the pattern asks for, as results; 0 where it is not there yet; PS_AGAIN where finalizers have changed the buffer. */
static int take(lua_State *L, Conn *c, const Pattern *pattern) {
  Block *block = &c->buffer.block;
  size_t held = ps_block_held(block), length, taken;
  if (pattern->kind == 'a') return 0;
  if (pattern->kind == 'n') {
    length = pattern->count;
    if (!lua_isnoneornil(L, 3)) {
      size_t prefix = lua_rawlen(L, 3);
      if (prefix > 0 && length <= prefix) return lua_pushvalue(L, 3), succeed(L);
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

/* how many bytes are missing at least */
static size_t missing(lua_State *L, const Conn *c, const Pattern *pattern) {
  size_t there = ps_block_held(&c->buffer.block) + (lua_isnoneornil(L, 3) ? 0 : lua_rawlen(L, 3));
  return pattern->count > there ? pattern->count - there : 1;
}

/* Receives once, behind what is there; more at once after a receive that was filled. */
static ptrdiff_t fill(lua_State *L, Conn *c, Socket *s, const Pattern *pattern, Wait *wait) {
  Buffer *b = &c->buffer;
  size_t wanted = missing(L, c, pattern), size = wanted > b->step ? wanted : b->step;
  if (size > PS_BUFFER_LARGE) size = PS_BUFFER_LARGE;
  char *room = ps_block_reserve(L, &b->block, size);
  ptrdiff_t n = ps_source_receive(L, s, room, size, wait);
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

/***
Receives.
@function conn:receive
@tparam[opt="*l"] string|integer pattern `"*l"`: a line, without its end and without any `\r`; `"*a"`: all until the end of the
  stream; a number: so many bytes, the prefix included
@tparam[opt] string prefix what stands before the result
@treturn ?string
@treturn ?string after nil `"timeout"`, `"closed"` or another text
@treturn ?string after nil what had come, with the prefix
*/
static int try_receive(lua_State *L, Socket *s, Wait *wait) {
  Conn *c = lua_touserdata(L, 1);
  Pattern pattern = pattern_at(L);
  int n = take(L, c, &pattern);
  if (n != 0) return n;
  if (ps_conn_attempt(s, wait) < 0) return PS_ERRNO;
  ptrdiff_t got = fill(L, c, s, &pattern, wait);
  if (got > 0) {
    n = take(L, c, &pattern);
    if (n != 0) return n;
    ps_conn_moved(L, c, wait);
    errno = EINTR; /* hooks run, and other tasks, before more is received */
    return PS_ERRNO;
  }
  if (got == 0) return at_end(L, c, &pattern);
  int code = errno;
  if (got == PS_ERRNO) ps_block_shrink(L, &c->buffer.block, PS_BUFFER_KEPT);
  errno = code;
  return (int)got;
}

static int failed_receive(lua_State *L, int code) {
  Conn *c = lua_touserdata(L, 1);
  int line = pattern_at(L).kind == 'l';
  size_t held;
  do held = ps_block_held(&c->buffer.block);
  while (!give(L, c, held, held, line));
  lua_pushnil(L);
  ps_conn_error_push(L, c, code);
  lua_rotate(L, -3, 2);
  return 3;
}

/* clang-format off */
const Operation ps_conn_receiving =
    {"receive",           3,        SYS_READ, 0,      try_receive, NULL,       failed_receive};
/* clang-format on */

int ps_conn_receive(lua_State *L) {
  Conn *c = ps_conn_check(L, CLIENTS, "client");
  Pattern pattern = pattern_at(L);
  luaL_optstring(L, 3, NULL);
  if (ps_block_held(&c->buffer.block) > 0 || lua_gettop(L) > 2) {
    int n = take(L, c, &pattern);
    if (n > 0) return n;
  }
  ps_conn_begin(c);
  return ps_operation_run(L);
}
