/* SPDX-License-Identifier: MIT */
/*
** The C half of a file, which is a userdata. The other half is the table that users have (pysocket.file): it contains
** the userdata at index 1, and implements modes, names and closing.
*/
#ifndef PS_STREAM_H
#define PS_STREAM_H

#include "buffer.h"
#include "source.h"

typedef struct Encoding Encoding; /* an encoding that is checked; in text.c */

/* The conversion of the bytes that are read in text mode. It edits them in place, in the buffer of the socket. */
typedef struct Text {
  const Encoding *codec;  /* NULL: every byte is valid */
  const char *substitute; /* replaces invalid bytes; NULL: they are an error */
  uint64_t checked;       /* the place up to which the encoding is valid; no read returns bytes beyond it */
  int broken;             /* an invalid byte is at that place */
  int after_cr;           /* the last byte before the mark TRANSLATED was "\r": a "\n" at the mark belongs to it */
} Text;

/* Places in a stream, which move when bytes behind them are edited. */
enum {
  PS_MARK_TRANSLATED, /* the end of the bytes whose newlines are translated */
  PS_MARK_LINE,       /* the start of the last search for a line or a delimiter, ... */
  PS_MARK_SEARCHED,   /* ... and the end of the bytes that were searched without success */
  PS_MARK_LINES,      /* the start of the last search for lines, ... */
  PS_MARK_WHOLE,      /* ... and the end of the lines that are complete */
  PS_MARKS
};

typedef struct Stream {
  const char *type; /* ps_stream_type, whose address identifies the userdata */
  World *world;
  Socket *socket; /* NULL: closed */

  /* reading */
  Buffer *in;  /* the buffer of the socket; NULL: not readable */
  size_t size; /* bytes to receive at once; 0: unbuffered, never more than a read needs */
  size_t most; /* bytes to receive at once after a receive that was filled */
  size_t limit;
  Newline newline;
  Text text;
  uint64_t marks[PS_MARKS];
  char sought[16];     /* the delimiter of the search that the mark SEARCHED belongs to */
  size_t sought_width; /* the length of the delimiter; 0: the search was for the end of a line */
  size_t wanted;       /* the number of bytes that the waiting read wants to receive */
  int counted;         /* the read waits for a number of bytes: the timeout begins anew with each receive */
  int left;            /* the number of reads until the other tasks get their turn */

  /* writing: first the block, then the queue */
  int writable;
  Block out;
  size_t room;   /* the number of bytes that may wait to be sent */
  size_t queued; /* the number of bytes in the queue: a table of strings from 'head' to 'tail' */
  size_t sent;   /* the number of bytes of the first string that are sent */
  lua_Integer head, tail;
  const char *ending; /* the text that is written for "\n"; NULL: "\n" itself */
  int by_line;        /* complete lines are sent at once */
  int failure;        /* the errno of a send during a wait for input; 0: none */
} Stream;

/* user values of a stream */
enum { PS_STREAM_SOCKET = 1, PS_STREAM_BUFFER, PS_STREAM_QUEUE, PS_STREAM_VALUES = PS_STREAM_QUEUE };

extern const char ps_stream_type[]; /* the name of the type */

/* The stream that is the userdata at 'index', or NULL. */
static inline Stream *ps_stream_at(lua_State *L, int index) {
  Stream *f = lua_touserdata(L, index);
  return f != NULL && lua_rawlen(L, index) == sizeof *f && f->type == ps_stream_type ? f : NULL;
}

/* Pushes the element 1 of a file at 'arg' and returns its stream, or NULL. Pushes nothing if the argument is no table.
   */
static inline Stream *ps_stream_push(lua_State *L, int arg) {
  if (lua_type(L, arg) != LUA_TTABLE) return NULL;
  lua_rawgeti(L, arg, 1);
  return ps_stream_at(L, -1);
}

/* The stream of the file at 'arg', which has to be open (and readable, or writable), or raises an error. */
Stream *ps_stream_check(lua_State *L, int arg);
Stream *ps_stream_readable(lua_State *L, int arg);
Stream *ps_stream_writable(lua_State *L, int arg);
/* The stream that is the userdata at 1, or raises an error. */
Stream *ps_stream_self(lua_State *L);
int ps_stream_unsupported(lua_State *L, const char *reason);

/* the upvalues of a method, after its row: the error of a non-blocking socket; "", which takes 90 instructions to make
   */
#define PS_UP_WOULD_BLOCK lua_upvalueindex(PS_UP_OWN + 1)
#define PS_UP_EMPTY lua_upvalueindex(PS_UP_OWN + 2)
/* Adds a method, which waits with the row, to the table at the top. */
void ps_stream_method(lua_State *L, const Operation *row, const char *name, lua_CFunction method);

#define PS_READS 1000 /* the number of reads from the buffer before the other tasks get their turn */

/* May the method read from the buffer without the engine? It may if there is no trace function, no hook is due and the
   turn of the task is not over. That saves 150 instructions of the 700 of a line. */
static inline int ps_stream_quick(lua_State *L, Stream *f) {
  World *world = f->world;
  if (f->in == NULL || world->trace != NULL) return 0;
  if (L != world->main && (lua_gethookmask(world->main) & LUA_MASKCALL)) return 0;
  if (!ps_is_scheduled(world) || --f->left >= 0) return 1;
  f->left = PS_READS;
  world->turn = 0; /* so that the engine ends the turn */
  return 0;
}

/* Text mode (text.c). */

/* The index of the end of the bytes that reads may return. 'final': the stream has ended. May raise a memory error. */
size_t ps_text_end(lua_State *L, Stream *f, int final);
/* Translates the newlines of the first 'count' bytes of the buffer, up to the index 'end'. Returns the number of
   translated bytes that are there, at most 'count'. */
size_t ps_text_translate(Stream *f, size_t count, size_t end);
/* Removes 'count' bytes from the buffer, and the "\n" that belongs to a "\r" at their end. */
void ps_text_take(Stream *f, size_t count);
/* Raises an error if the next byte is invalid. */
void ps_text_check(lua_State *L, const Stream *f);
/* Sets the encoding and the handling of errors by their names, at these indices, which may be nil. NULL, or the name of
   the argument that is unknown. */
const char *ps_text_configure(lua_State *L, Text *text, int encoding, int errors);

/* Numerals (numeral.c). */

typedef struct Numeral {
  size_t start; /* the number of blanks before it */
  size_t length;
  int is_number;
} Numeral;

/* Finds the longest text after blanks that may become a number: 1, or 0 if more bytes are needed. */
int ps_numeral_find(const char *text, size_t length, int final, Numeral *numeral);
/* Pushes the number, or nil. Returns whether it is a number. */
int ps_numeral_push(lua_State *L, const char *text, const Numeral *numeral);

/* Writing (writing.c). */

static inline size_t ps_stream_unsent(const Stream *f) { return ps_block_held(&f->out) + f->queued; }
/* Sends as much as the system takes at once: 1 if all bytes are sent, 0 if the send would block (on wait->events), or
   the result of an attempt for an error. */
int ps_stream_drain(lua_State *L, Stream *f, int stream, Wait *wait);

#endif
