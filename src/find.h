/* SPDX-License-Identifier: MIT */
/* What reads look for in the buffer (find.c). */
#ifndef PS_FIND_H
#define PS_FIND_H

#include <string.h>

#include "stream.h"

/* What a read is told of its input. */
typedef enum Rest {
  MORE,   /* more may come: what finds too little waits */
  END,    /* nothing more comes */
  BLOCKED /* it may not wait for more */
} Rest;

#define PS_ALL SIZE_MAX

typedef struct Found {
  size_t start, length; /* what is given, from the first byte held */
  size_t next;          /* where the next one begins */
  char kind;            /* 's'tring, 'n'umber, or '0' for nothing */
  Numeral numeral;
} Found;

/* They return 1, or 0 where they wait: then f->wanted and f->counted tell for what. Each looks from 'start' on, and raises what the
   read is to raise. Nothing leaves the buffer. */

/* a line, or 'most' bytes of one, its end included; PS_ALL: as long as the limit allows */
int ps_find_line(lua_State *L, Stream *f, size_t start, int keep, size_t most, Rest rest, Found *found);
/* so many bytes; 0 asks whether there is one */
int ps_find_count(lua_State *L, Stream *f, size_t start, size_t count, Rest rest, Found *found);
/* what is there, at least one byte and at most so many */
int ps_find_some(lua_State *L, Stream *f, size_t start, size_t most, Rest rest, Found *found);
int ps_find_all(lua_State *L, Stream *f, size_t start, Rest rest, Found *found);
int ps_find_number(lua_State *L, Stream *f, size_t start, Rest rest, Found *found);
/* all up to and with a delimiter */
int ps_find_until(lua_State *L, Stream *f, const char *delimiter, size_t width, Rest rest, Found *found);
/* Lines, until there are more bytes than that: sets the number of bytes. Nothing where there is no line. */
int ps_find_lines(lua_State *L, Stream *f, size_t hint, Rest rest, Found *found);

typedef struct Piece {
  size_t length;
  size_t next; /* where the next one begins; 0: there is no piece */
} Piece;

/* The line at 'start', where its end is there and nothing has to be looked after that ps_find_line knows of: nearly always. It saves
   250 instructions of the 700 of a line. */
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

/* Pushes that line, and takes it: 1, or 0 where there is none. */
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

/* Pushes what was found; 0 where finalizers have changed the buffer meanwhile: nothing is pushed then. */
int ps_found_push(lua_State *L, Stream *f, const Found *found);
/* The same, and takes it out of the buffer. */
int ps_found_take(lua_State *L, Stream *f, const Found *found);

#endif
