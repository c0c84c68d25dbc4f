/* SPDX-License-Identifier: MIT */
/*
** What the files of a file object share: the C half of a file. The other half is the table that users have (pysocket.file), which
** holds this userdata at 1, and with it words: modes, names, closing.
*/
#ifndef PS_STREAM_H
#define PS_STREAM_H

#include "buffer.h"
#include "source.h"

typedef struct Encoding Encoding; /* an encoding that is checked; in text.c */

/* What text mode does to the bytes that are read. They are edited where they are, in the buffer of the socket. */
typedef struct Text {
  const Encoding *codec;  /* NULL: any byte is right */
  const char *substitute; /* for wrong bytes; NULL: they are an error */
  uint64_t checked;       /* the place up to which the encoding is right; what follows is not given out */
  int broken;             /* a wrong byte is there */
  int after_cr; /* the "\r" before the mark TRANSLATED was the last byte there was: a "\n" there belongs to it */
} Text;

/* Places of a stream, which edits of the bytes behind them move. */
enum {
  PS_MARK_TRANSLATED, /* up to here newlines are "\n" */
  PS_MARK_LINE,       /* where what was looked for last begins, ... */
  PS_MARK_SEARCHED,   /* ... and up to where it does not end */
  PS_MARK_LINES,      /* where the lines begin that were looked for last, ... */
  PS_MARK_WHOLE,      /* ... and up to where they are whole */
  PS_MARKS
};

typedef struct Stream {
  const char *type; /* ps_stream_type, by whose address it is known */
  World *world;
  Socket *socket; /* NULL: closed */

  /* reading */
  Buffer *in;  /* the socket's; NULL: not readable */
  size_t size; /* bytes to receive at once; 0: never more than are wanted */
  size_t most; /* the same where so many come that this is not enough */
  size_t limit;
  Newline newline;
  Text text;
  uint64_t marks[PS_MARKS];
  char sought[16];     /* the delimiter that the mark SEARCHED is about */
  size_t sought_width; /* of that; 0: it is about the end of a line */
  size_t wanted;       /* bytes that the read that waits would like to receive */
  int counted;         /* it waits for a number of bytes: each receive has the socket's timeout for itself */
  int left;            /* reads until the other tasks get their turn */

  /* writing: first the block, then the queue */
  int writable;
  Block out;
  size_t room;   /* bytes that may wait in all */
  size_t queued; /* bytes in the queue: a table of strings from 'head' to 'tail' */
  size_t sent;   /* bytes of the first that have gone */
  lua_Integer head, tail;
  const char *ending; /* what "\n" is written as; NULL: as it is */
  int by_line;        /* a line goes out as soon as it is complete */
  int failure;        /* the errno of sending while it waited for input; 0: none */
} Stream;

/* user values of a stream */
enum { PS_STREAM_SOCKET = 1, PS_STREAM_BUFFER, PS_STREAM_QUEUE, PS_STREAM_VALUES = PS_STREAM_QUEUE };

extern const char ps_stream_type[]; /* and its name */

/* The stream that is the userdata at 'index', or NULL. */
static inline Stream *ps_stream_at(lua_State *L, int index) {
  Stream *f = lua_touserdata(L, index);
  return f != NULL && lua_rawlen(L, index) == sizeof *f && f->type == ps_stream_type ? f : NULL;
}

/* Pushes what a file at 'arg' has at 1: the stream, or NULL. Nothing is pushed for what is no table. */
static inline Stream *ps_stream_push(lua_State *L, int arg) {
  if (lua_type(L, arg) != LUA_TTABLE) return NULL;
  lua_rawgeti(L, arg, 1);
  return ps_stream_at(L, -1);
}

/* The stream of the file at 'arg', if it is open, and can be read, or written; else raises. */
Stream *ps_stream_check(lua_State *L, int arg);
Stream *ps_stream_readable(lua_State *L, int arg);
Stream *ps_stream_writable(lua_State *L, int arg);
/* The stream that is the userdata at 1, or raises. */
Stream *ps_stream_self(lua_State *L);
int ps_stream_unsupported(lua_State *L, const char *reason);

/* upvalues of a method, behind its row: the engine's error; "", which takes 90 instructions to make */
#define PS_UP_WOULD_BLOCK lua_upvalueindex(PS_UP_OWN + 1)
#define PS_UP_EMPTY lua_upvalueindex(PS_UP_OWN + 2)
/* Adds a method that waits by a row to the table at the top. */
void ps_stream_method(lua_State *L, const Operation *row, const char *name, lua_CFunction method);

#define PS_READS 1000 /* of what is there, before the other tasks get their turn */

/* May the function that runs do without the engine? Only where nobody traces, no hook is due, and the others have had their turn
   lately. That saves 150 instructions of the 700 of a line. */
static inline int ps_stream_quick(lua_State *L, Stream *f) {
  World *world = f->world;
  if (f->in == NULL || world->trace != NULL) return 0;
  if (L != world->main && (lua_gethookmask(world->main) & LUA_MASKCALL)) return 0;
  if (!ps_is_scheduled(world) || --f->left >= 0) return 1;
  f->left = PS_READS;
  world->turn = 0; /* the engine takes it from here */
  return 0;
}

/* Text (text.c): windows of what is unread. */

/* Where the bytes end that may be given out. 'final': no more will come. May raise a memory error. */
size_t ps_text_end(lua_State *L, Stream *f, int final);
/* Translates newlines of the first 'count' bytes from 'first' on; how many there are then, at most 'count'. */
size_t ps_text_translate(Stream *f, size_t count, size_t end);
/* Takes so many bytes, with a "\n" that belongs to a "\r" before it. */
void ps_text_take(Stream *f, size_t count);
/* Raises an error if the next byte is a wrong one. */
void ps_text_check(lua_State *L, const Stream *f);
/* Sets the encoding of that name and what stands for wrong bytes; either may be nil. NULL, or which of the two is unknown. */
const char *ps_text_configure(lua_State *L, Text *text, int encoding, int errors);

/* Numerals (numeral.c). */

typedef struct Numeral {
  size_t start; /* blanks before it */
  size_t length;
  int is_number;
} Numeral;

/* Finds the longest prefix that may become a number, after blanks: 0 where more bytes are needed to know. */
int ps_numeral_find(const char *text, size_t length, int final, Numeral *numeral);
/* Pushes the number, or nil; whether it is one. */
int ps_numeral_push(lua_State *L, const char *text, const Numeral *numeral);

/* Writing (writing.c). */

static inline size_t ps_stream_unsent(const Stream *f) { return ps_block_held(&f->out) + f->queued; }
/* Sends what the system takes at once: 1 where nothing is left, 0 where it would block (wait->events says for what it waits), or what
   an attempt returns for an error. */
int ps_stream_drain(lua_State *L, Stream *f, int stream, Wait *wait);

#endif
