/* SPDX-License-Identifier: MIT */
/* The declarations that the reading methods of files share (receiving.c). */
#ifndef PS_READING_H
#define PS_READING_H

#include "find.h"

/* Takes the values of a method out of the buffer and pushes them. Returns the number of results, 0 if more bytes are
   needed, PS_AGAIN if finalizers have used the file meanwhile, or PS_ERROR. 'arg' is the index of the method's first
   argument. */
typedef int Take(lua_State *L, Stream *f, int arg, Rest rest);

typedef struct Reading {
  Operation op; /* socket, file, an argument */
  Take *take;
  void (*check)(lua_State *L); /* checks the arguments, from 2 on */
} Reading;

#define PS_READING(name, failed) \
  { name, 3, SYS_READ, 0, ps_reading_attempt, NULL, failed }

int ps_reading_attempt(lua_State *L, Socket *s, Wait *wait);
/* The function 'failed' of the rows: if the read would block, pushes its results, which may be nil and the error. */
int ps_reading_blocked(lua_State *L, int code);
/* Runs the operation for the file at 1 and the argument at 2. The method returns the result. */
int ps_reading_wait(lua_State *L);
/* Pushes nil for the end of the stream, or nil and the error of a read that would block. Returns the number of values.
   */
int ps_reading_nothing(lua_State *L, Rest rest);

#endif
