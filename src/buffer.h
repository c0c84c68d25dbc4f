/* SPDX-License-Identifier: MIT */
/* What buffer.c shares: memory that grows, and the bytes that a socket has received for its files. */
#ifndef PS_BUFFER_H
#define PS_BUFFER_H

#include "core.h"

/* Memory of Lua's allocator, which holds data[first] to data[last - 1]. All zero where it has none. */
typedef struct Block {
  char *data;
  size_t size;
  size_t first, last;
} Block;

/* What a socket's files have received and not given out. Between two calls into Lua its fields are consistent, and every call into
   Lua may run a finalizer that uses the same file: 'changes' tells whether one did. */
typedef struct Buffer {
  const World *world; /* by which it is known */
  Block block;
  uint64_t received; /* bytes that ever came, and PS_PLACE_FIRST: see ps_place */
  size_t step;       /* bytes to receive at once: more after a receive that was filled */
  uint64_t changes;  /* how often bytes were taken or edited */
} Buffer;

/* The size of its userdata, other than a socket's, to which it would be equal on i386: see ps_socket_to. */
#define PS_BUFFER_SIZE (sizeof(Buffer) + (sizeof(Buffer) == sizeof(Socket)))

#define PS_BUFFER_KEPT 2048               /* bytes of memory that an empty buffer keeps while it waits */
#define PS_BUFFER_LARGE ((size_t)1 << 18) /* the most that is received at once */

static inline size_t ps_block_held(const Block *b) { return b->last - b->first; }

/* Where the byte of that index is, for reading: without memory nothing is there, and an offset from NULL would be undefined. */
static inline const char *ps_block_at(const Block *b, size_t index) { return b->data != NULL ? b->data + index : ""; }

/* Room for so many bytes behind what it holds, or a memory error and no change. */
char *ps_block_reserve(lua_State *L, Block *b, size_t more);
/* Frees its memory where it holds nothing and has more than 'kept' bytes. */
void ps_block_shrink(lua_State *L, Block *b, size_t kept);
/* Frees its memory, and what it holds. */
void ps_block_free(lua_State *L, Block *b);

static inline void ps_block_take(Block *b, size_t count) {
  b->first += count;
  if (b->first == b->last) b->first = b->last = 0;
}

/* A place in the stream is the number of bytes that came before it. It stays right whatever happens to the bytes before it; edits of
   what is behind it make it wrong. Places that have been given out become the first byte held. The first is not 0, since places
   become less where bytes behind them become more (text.c), and have to be comparable. */
#define PS_PLACE_FIRST ((uint64_t)1 << 63)

static inline uint64_t ps_place(const Buffer *b, size_t index) { return b->received - (b->block.last - index); }

static inline size_t ps_index(const Buffer *b, uint64_t place) {
  uint64_t behind = b->received - place;
  return behind >= ps_block_held(&b->block) ? b->block.first : b->block.last - (size_t)behind;
}

/* Pushes the buffer of the socket at that index, made where there is none. */
Buffer *ps_buffer_push(lua_State *L, int socket);
/* How many bytes its files have received and not given out. */
size_t ps_buffer_held(lua_State *L, int socket);
/* Makes a string of bytes that it holds. 1, or 0 where finalizers have changed the buffer meanwhile: nothing is pushed then. */
static inline int ps_buffer_push_string(lua_State *L, Buffer *b, size_t index, size_t length) {
  uint64_t changes = b->changes;
  lua_pushlstring(L, length == 0 ? "" : b->block.data + index, length);
  if (b->changes == changes) return 1;
  lua_pop(L, 1);
  return 0;
}

/* Removes 'count' bytes from 'index' on; moves what is before them or what is behind them, whichever is less. */
void ps_buffer_cut(Buffer *b, size_t index, size_t count);

typedef enum Newline {
  NEWLINE_LF,
  NEWLINE_CR,
  NEWLINE_CRLF,
  NEWLINE_ANY,      /* any of the three, unchanged */
  NEWLINE_UNIVERSAL /* any of the three, given out as "\n" */
} Newline;

typedef struct TextLine {
  size_t length; /* without its end */
  size_t width;  /* of its end */
} TextLine;

/* Finds the first line of a text. No line ends in its first 'searched' bytes. 'final': nothing follows the text. */
int ps_line_find(const char *text, size_t length, size_t searched, Newline newline, int final, TextLine *line);

#endif
