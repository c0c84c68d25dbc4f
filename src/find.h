/* SPDX-License-Identifier: MIT */
/* The searches of reads in the buffer (find.c). */
#ifndef PS_FIND_H
#define PS_FIND_H

#include <string.h>

#include "stream.h"

/* The input beyond the bytes in the buffer. */
typedef enum Rest {
  MORE,   /* more bytes may come: a search that needs them waits */
  END,    /* the stream has ended */
  BLOCKED /* more bytes may come, but the read may not wait for them */
} Rest;

#define PS_ALL SIZE_MAX

typedef struct Found {
  size_t start, length; /* the bytes to return, counted from the first byte of the buffer */
  size_t next;          /* the start of the next search */
  char kind;            /* 's'tring, 'n'umber, or '0' for none */
  Numeral numeral;
} Found;

/* The searches return 1, or 0 if they need more bytes; then f->wanted and f->counted describe the wait. Each searches
   from 'start' on, and raises the errors of the read. No byte leaves the buffer. */

/* Finds a line, or the first 'most' bytes of it and its end. For PS_ALL, the file's limit for lines applies. */
int ps_find_line(lua_State *L, Stream *f, size_t start, int keep, size_t most, Rest rest, Found *found);
/* Finds 'count' bytes. For 0, tells whether there is at least one byte. */
int ps_find_count(lua_State *L, Stream *f, size_t start, size_t count, Rest rest, Found *found);
/* Finds the bytes in the buffer, at least one and at most 'most'. */
int ps_find_some(lua_State *L, Stream *f, size_t start, size_t most, Rest rest, Found *found);
int ps_find_all(lua_State *L, Stream *f, size_t start, Rest rest, Found *found);
int ps_find_number(lua_State *L, Stream *f, size_t start, Rest rest, Found *found);
/* Finds the bytes up to the end of a delimiter. */
int ps_find_until(lua_State *L, Stream *f, const char *delimiter, size_t width, Rest rest, Found *found);
/* Finds lines until they have more than 'hint' bytes in all, as one range of bytes. */
int ps_find_lines(lua_State *L, Stream *f, size_t hint, Rest rest, Found *found);

typedef struct Piece {
  size_t length;
  size_t next; /* the start of the next piece; 0: there is no piece */
} Piece;

/* The line at 'start', if it is complete and needs none of the conversions of ps_find_line, as nearly every line. That
   saves 250 instructions of the 700 of a line. */
static inline Piece ps_line_quick(const Stream *f, size_t start, int keep) {
  const Block *block = &f->in->block;
  size_t held = ps_block_held(block), width = 1;
  if (held <= start || f->text.codec != NULL) return (Piece){0, 0};
  const char *text = block->data + block->first + start, *lf = memchr(text, '\n', held - start);
  if (lf == NULL) return (Piece){0, 0};
  size_t count = (size_t)(lf - text);
  if (f->newline == NEWLINE_CRLF) {
    if (count == 0 || lf[-1] != '\r') return (Piece){0, 0};
    width = 2;
  } else if (f->newline == NEWLINE_UNIVERSAL) {
    const char *cr = memchr(text, '\r', count);
    if (f->text.after_cr || (cr != NULL && (cr + 1 != lf || keep))) return (Piece){0, 0};
    if (cr != NULL) width = 2;
  } else if (f->newline != NEWLINE_LF) return (Piece){0, 0};
  count -= width - 1;
  if (count > f->limit) return (Piece){0, 0};
  return (Piece){keep ? count + width : count, start + count + width};
}

/* Takes that line out of the buffer and pushes it: 1, or 0 if there is none. */
static inline int ps_line_take(lua_State *L, Stream *f, int keep) {
  Piece piece = ps_line_quick(f, 0, keep);
  Buffer *b = f->in;
  if (piece.next == 0 || !ps_buffer_push_string(L, b, b->block.first, piece.length)) return 0;
  ps_block_take(&b->block, piece.next);
  b->changes++;
  return 1;
}

/* The same as ps_line_quick for a number of bytes. */
static inline Piece ps_count_quick(const Stream *f, size_t start, size_t count) {
  if (count > ps_block_held(&f->in->block) - start || f->text.codec != NULL || f->newline == NEWLINE_UNIVERSAL)
    return (Piece){0, 0};
  return (Piece){count, start + count};
}

/* Pushes the value that was found: 1, or 0 and nothing pushed if finalizers have changed the buffer meanwhile. */
int ps_found_push(lua_State *L, Stream *f, const Found *found);
/* The same, and takes the bytes out of the buffer. */
int ps_found_take(lua_State *L, Stream *f, const Found *found);

#endif
