/* SPDX-License-Identifier: MIT */
/* Blocks of memory that grow, and buffers: the bytes that a socket has received for its files (buffer.c). */
#ifndef PS_BUFFER_H
#define PS_BUFFER_H

#include "core.h"

/* A block of memory of Lua's allocator, which contains the bytes data[first] to data[last - 1]. All fields are 0 if it
   has no memory. */
typedef struct Block {
  char *data;
  size_t size;
  size_t first, last;
} Block;

/* The bytes that a socket's files have received and no read has returned yet. Every call into Lua may run a finalizer
   that uses the same file, so the fields are consistent before each call, and 'changes' tells whether a finalizer has
   used the buffer. */
typedef struct Buffer {
  const World *world; /* identifies the userdata */
  Block block;
  uint64_t received; /* the number of bytes received so far, plus PS_PLACE_FIRST: see ps_place */
  size_t step;       /* bytes to receive at once: more after a receive that was filled */
  uint64_t changes;  /* the number of times that bytes were taken or edited */
} Buffer;

/* The size of the userdata, which has to differ from a socket's, as it would not on i386: see ps_socket_to. */
#define PS_BUFFER_SIZE (sizeof(Buffer) + (sizeof(Buffer) == sizeof(Socket)))

#define PS_BUFFER_KEPT 2048               /* bytes of memory that an empty buffer keeps during a wait */
#define PS_BUFFER_LARGE ((size_t)1 << 18) /* the most bytes to receive at once */

static inline size_t ps_block_held(const Block *b) { return b->last - b->first; }

/* The address of the byte at that index, for reading. A block without memory needs a check, because an offset from NULL
   is undefined. */
static inline const char *ps_block_at(const Block *b, size_t index) { return b->data != NULL ? b->data + index : ""; }

/* Makes room for 'more' bytes behind the content, and returns its address. Raises a memory error and changes nothing if
   there is no memory. */
char *ps_block_reserve(lua_State *L, Block *b, size_t more);
/* Frees the memory of an empty block if it has more than 'kept' bytes. */
void ps_block_shrink(lua_State *L, Block *b, size_t kept);
/* Frees the memory, and with it the content. */
void ps_block_free(lua_State *L, Block *b);

static inline void ps_block_take(Block *b, size_t count) {
  b->first += count;
  if (b->first == b->last) b->first = b->last = 0;
}

/* A place in the stream is the number of bytes received before it. It stays valid when bytes before it are edited or
   taken, but not when bytes behind it are edited. A place before the content counts as the first byte of the content.
   The first place is not 0: places decrease when the bytes behind them grow in number (text.c), and have to remain
   comparable. */
#define PS_PLACE_FIRST ((uint64_t)1 << 63)

static inline uint64_t ps_place(const Buffer *b, size_t index) { return b->received - (b->block.last - index); }

static inline size_t ps_index(const Buffer *b, uint64_t place) {
  uint64_t behind = b->received - place;
  return behind >= ps_block_held(&b->block) ? b->block.first : b->block.last - (size_t)behind;
}

/* Pushes the buffer of the socket at that index, which is made if there is none. */
Buffer *ps_buffer_push(lua_State *L, int socket);
/* The number of bytes in the buffer of the socket at that index. */
size_t ps_buffer_held(lua_State *L, int socket);
/* Pushes a string of bytes of the buffer: 1, or 0 and nothing pushed if finalizers have changed the buffer meanwhile.
   */
static inline int ps_buffer_push_string(lua_State *L, Buffer *b, size_t index, size_t length) {
  uint64_t changes = b->changes;
  lua_pushlstring(L, length == 0 ? "" : b->block.data + index, length);
  if (b->changes == changes) return 1;
  lua_pop(L, 1);
  return 0;
}

/* Removes 'count' bytes from 'index' on. Moves the bytes before them or those behind them, whichever are fewer. */
void ps_buffer_cut(Buffer *b, size_t index, size_t count);

typedef enum Newline {
  NEWLINE_LF,
  NEWLINE_CR,
  NEWLINE_CRLF,
  NEWLINE_ANY,      /* any of the three, unchanged */
  NEWLINE_UNIVERSAL /* any of the three, read as "\n" */
} Newline;

typedef struct TextLine {
  size_t length; /* of the line without its end */
  size_t width;  /* of the line's end */
} TextLine;

/* Finds the first line of a text. No line ends in the first 'searched' bytes. 'final': no more bytes follow. */
int ps_line_find(const char *text, size_t length, size_t searched, Newline newline, int final, TextLine *line);

#endif
