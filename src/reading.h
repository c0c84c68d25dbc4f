/* SPDX-License-Identifier: MIT */
/* What the methods of files that read share (receiving.c). */
#ifndef PS_READING_H
#define PS_READING_H

#include "find.h"

/* What a method does with what is there: pushes what it finds and takes it out of the buffer. The number of results; 0 where it
   waits for more; PS_AGAIN where finalizers have used the file meanwhile; or PS_ERROR. 'arg' is the place of its first argument. */
typedef int Take(lua_State *L, Stream *f, int arg, Rest rest);

typedef struct Reading {
  Operation op; /* socket, file, an argument */
  Take *take;
  void (*check)(lua_State *L); /* of the arguments, from 2 on */
} Reading;

#define PS_READING(name, failed) \
  { name, 3, SYS_READ, 0, ps_reading_attempt, NULL, failed }

int ps_reading_attempt(lua_State *L, Socket *s, Wait *wait);
/* Where it would block, nil and the error are the results; all else is raised. */
int ps_reading_blocked(lua_State *L, int code);
/* Gives the call with the file at 1 and an argument at 2 to the engine; what a method returns then. */
int ps_reading_wait(lua_State *L);
/* Pushes nil for the end of the stream, or nil and the error; their number. */
int ps_reading_nothing(lua_State *L, Rest rest);

#endif
