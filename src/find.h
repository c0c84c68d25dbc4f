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

/* The line at 'start', where its end is there and nothing has to be looked after that ps_find_line knows of: nearly always. Else 0.
   It saves 250 instructions of the 700 of a line. */
static inline int ps_line_quick(const Stream *f, size_t start, int keep, size_t *length, size_t *next) {
  const Block *block = &f->in->block;
  size_t held = ps_block_held(block), width = 1;
  if (held <= start || f->text.codec != NULL) return 0;
  const char *text = block->data + block->first + start, *lf = memchr(text, '\n', held - start);
  if (lf == NULL) return 0;
  size_t count = (size_t)(lf - text);
  if (f->newline == NEWLINE_CRLF) {
    if (count == 0 || lf[-1] != '\r') return 0;
    width = 2;
  } else if (f->newline == NEWLINE_UNIVERSAL) {
    const char *cr = memchr(text, '\r', count);
    if (f->text.after_cr || (cr != NULL && (cr + 1 != lf || keep))) return 0;
    if (cr != NULL) width = 2;
  } else if (f->newline != NEWLINE_LF) return 0;
  count -= width - 1;
  *next = start + count + width;
  *length = keep ? count + width : count;
  return count <= f->limit;
}

/* The same for a number of bytes. */
static inline int ps_count_quick(const Stream *f, size_t start, size_t count, size_t *length, size_t *next) {
  *length = count;
  *next = start + count;
  return count > 0 && count <= ps_block_held(&f->in->block) - start && f->text.codec == NULL &&
         f->newline != NEWLINE_UNIVERSAL;
}

/* Pushes what was found; 0 where finalizers have changed the buffer meanwhile: nothing is pushed then. */
int ps_found_push(lua_State *L, Stream *f, const Found *found);
/* The same, and takes it out of the buffer. */
int ps_found_take(lua_State *L, Stream *f, const Found *found);

#endif
