/* SPDX-License-Identifier: MIT */
/*
** Buffers: the bytes that a socket has received for its files, and the search for line ends in them. The memory comes
** directly from Lua's allocator, as that of a luaL_Buffer does: a buffer of megabytes can grow in place, and its memory
** is freed as soon as it is empty, while userdata would wait for the collector.
*/
#include <string.h>

#include "buffer.h"

#define BLOCK_MIN 256

static void resize(lua_State *L, Block *b, size_t size) {
  void *state;
  lua_Alloc allocate = lua_getallocf(L, &state);
  char *data = allocate(state, b->data, b->size, size);
  if (data == NULL && size > 0) {
    lua_pushliteral(L, "not enough memory");
    lua_error(L);
  }
  b->data = data;
  b->size = size;
}

char *ps_block_reserve(lua_State *L, Block *b, size_t more) {
  size_t held = ps_block_held(b);
  if (b->size - b->last >= more) return b->data + b->last;
  size_t size = b->size;
  if (size - held < more || b->first < held / 2) { /* moving many bytes for little room would soon be repeated */
    if (more > PS_SIZE_MAX - held - held / 2) luaL_error(L, "not enough memory");
    size = held + held / 2 + more;
    if (size < BLOCK_MIN) size = BLOCK_MIN;
  }
  if (size > b->size) resize(L, b, size);
  if (b->first > 0) memmove(b->data, b->data + b->first, held);
  b->first = 0;
  b->last = held;
  return b->data + held;
}

void ps_block_free(lua_State *L, Block *b) {
  if (b->size > 0) resize(L, b, 0);
  b->first = b->last = 0;
}

void ps_block_shrink(lua_State *L, Block *b, size_t kept) {
  if (b->first == b->last && b->size > kept) ps_block_free(L, b);
}

static int buffer_gc(lua_State *L) {
  Buffer *b = lua_touserdata(L, 1);
  if (b == NULL || lua_rawlen(L, 1) != PS_BUFFER_SIZE || b->world != ps_world(L)) ps_type_error(L, 1, "buffer");
  ps_block_free(L, &b->block);
  b->changes++;
  return 0;
}

size_t ps_buffer_held(lua_State *L, int socket) {
  socket = lua_absindex(L, socket);
  int top = lua_gettop(L);
  size_t held = 0;
  if (lua_getiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_BUFFERS) == LUA_TTABLE) { /* else no socket has files */
    lua_pushvalue(L, socket);
    lua_rawget(L, -2);
    const Buffer *b = lua_touserdata(L, -1);
    if (b != NULL) held = ps_block_held(&b->block);
  }
  lua_settop(L, top);
  return held;
}

Buffer *ps_buffer_push(lua_State *L, int socket) {
  socket = lua_absindex(L, socket);
  lua_getiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_BUFFERS);
  lua_pushvalue(L, socket);
  if (lua_rawget(L, -2) == LUA_TNIL) {
    lua_pop(L, 1);
    Buffer *b = lua_newuserdatauv(L, PS_BUFFER_SIZE, 0);
    *b = (Buffer){.world = ps_world(L), .received = PS_PLACE_FIRST, .step = PS_BUFFER_KEPT};
    lua_getiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_BUFFER);
    lua_setmetatable(L, -2);
    lua_pushvalue(L, socket);
    lua_pushvalue(L, -2);
    lua_rawset(L, -4);
  }
  lua_remove(L, -2);
  return lua_touserdata(L, -1);
}

void ps_buffer_cut(Buffer *b, size_t index, size_t count) {
  Block *block = &b->block;
  size_t before = index - block->first, behind = block->last - index - count;
  if (before <= behind) {
    memmove(block->data + block->first + count, block->data + block->first, before);
    ps_block_take(block, count);
  } else {
    memmove(block->data + index, block->data + index + count, behind);
    block->last -= count;
  }
  b->changes++;
}

#define WINDOW \
  128 /* bytes that are searched for "\n" and then for "\r", so that no search for one runs far beyond the other */

/* The first "\r" or "\n", or NULL. */
static const char *find_any(const char *text, const char *end) {
  while (text < end) {
    size_t window = end - text > WINDOW ? WINDOW : (size_t)(end - text);
    const char *lf = memchr(text, '\n', window);
    const char *cr = memchr(text, '\r', lf != NULL ? (size_t)(lf - text) : window);
    if (cr != NULL || lf != NULL) return cr != NULL ? cr : lf;
    text += window;
  }
  return NULL;
}

/* The "\n" of the first "\r\n", or NULL. */
static const char *find_pair(const char *text, const char *searched, const char *end) {
  while ((searched = memchr(searched, '\n', (size_t)(end - searched))) != NULL) {
    if (searched > text && searched[-1] == '\r') return searched;
    searched++;
  }
  return NULL;
}

int ps_line_find(const char *text, size_t length, size_t searched, Newline newline, int final, TextLine *line) {
  const char *end = text + length, *from = text + searched, *found;
  if (length == 0) return 0;
  if (newline == NEWLINE_LF || newline == NEWLINE_CR) {
    found = memchr(from, newline == NEWLINE_LF ? '\n' : '\r', (size_t)(end - from));
    if (found == NULL) return 0;
    *line = (TextLine){(size_t)(found - text), 1};
  } else if (newline == NEWLINE_CRLF) {
    found = find_pair(text, from, end);
    if (found == NULL) return 0;
    *line = (TextLine){(size_t)(found - text) - 1, 2};
  } else {
    found = find_any(from, end);
    if (found == NULL) return 0;
    int pair = *found == '\r' && found + 1 < end && found[1] == '\n';
    int open = *found == '\r' && found + 1 == end; /* a "\n" that belongs to the "\r" may follow */
    if (open && newline == NEWLINE_ANY && !final) return 0;
    *line = (TextLine){(size_t)(found - text), pair ? 2 : 1};
  }
  return 1;
}

static const luaL_Reg methods[] = {{"__gc", buffer_gc}, {NULL, NULL}};

void ps_buffer_open(lua_State *L) {
  ps_metatable_push(L, PS_BUFFER, "pysocket.buffer");
  ps_register(L, -1, methods, PS_METHOD);
  ps_weak_push(L, "k");
  lua_setiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_BUFFERS);
}
