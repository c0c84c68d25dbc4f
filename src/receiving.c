/* SPDX-License-Identifier: MIT */
/*
** The waiting reads of files. A method first looks into the buffer; a read that has to wait is a row of operation.c,
** whose attempt receives once and looks again. No byte leaves the buffer before all values of the call are complete, so
** a timeout, a cancel or an error loses no data.
*/
#include "reading.h"

int ps_reading_nothing(lua_State *L, Rest rest) {
  lua_pushnil(L);
  if (rest != BLOCKED) return 1;
  lua_pushvalue(L, PS_UP_WOULD_BLOCK);
  return 2;
}

/* Receives once into the buffer: the number of bytes, 0 at the end of the stream, or the result of an attempt for an
   error. */
static ptrdiff_t receive(lua_State *L, Socket *s, Stream *f, Wait *wait) {
  Buffer *b = f->in;
  size_t usual = b->step < f->most ? b->step : f->most;
  size_t wanted = f->wanted < PS_BUFFER_LARGE ? f->wanted : PS_BUFFER_LARGE;
  size_t size = f->size == 0 || wanted > usual ? wanted : usual;
  ptrdiff_t n = ps_source_receive(L, s, ps_block_reserve(L, &b->block, size), size, wait);
  if (n <= 0) return n;
  b->block.last += (size_t)n;
  b->received += (size_t)n;
  if ((size_t)n == size) b->step = size < f->size ? f->size : f->most;
  else if (n <= PS_BUFFER_KEPT) b->step = PS_BUFFER_KEPT;
  return n;
}

/* Sends written data while there is no input, and adds the event that the send waits for. An error of the send is
   stored until the input has ended, since a server may answer and close before it has read everything. */
static void send_meanwhile(lua_State *L, Stream *f, Wait *wait) {
  Wait sending = *wait;
  sending.events = SYS_WRITE;
  lua_rawgeti(L, 2, 1);
  int n = ps_stream_drain(L, f, lua_gettop(L), &sending);
  if (n == 0) wait->events |= sending.events;
  else if (n < 0) f->failure = n == PS_ERRNO ? errno : EPIPE;
}

int ps_reading_attempt(lua_State *L, Socket *s, Wait *wait) {
  Take *take_it = ((const Reading *)wait->op)->take;
  Stream *f = ps_stream_readable(L, 2);
  int n = take_it(L, f, 3, MORE);
  if (n != 0) return n;
  int sends = ps_stream_unsent(f) > 0 && f->failure == 0;
  if (sends) wait->flags = MSG_DONTWAIT;
  ptrdiff_t got = receive(L, s, f, wait);
  if (got > 0) {
    n = take_it(L, f, 3, MORE);
    if (n != 0) return n;
    lua_settop(L, PS_DEADLINE(wait->op));
    if (f->counted) {
      lua_pushnil(L);
      lua_replace(L, PS_DEADLINE(wait->op));
    }
    errno = EINTR; /* hooks run before the next receive */
    return PS_ERRNO;
  }
  if (got == 0) {
    errno = f->failure;
    if (f->failure != 0 && ps_block_held(&f->in->block) == 0) return PS_ERRNO;
    n = take_it(L, f, 3, END);
    return n == 0 ? PS_AGAIN : n;
  }
  int code = errno;
  if (got == PS_ERRNO && (code == EAGAIN || code == EWOULDBLOCK)) {
    ps_block_shrink(L, &f->in->block, PS_BUFFER_KEPT);
    if (sends) send_meanwhile(L, f, wait);
    if ((sends || s->source != NULL) && s->timeout != 0) wait->policy = PS_WAIT_ALWAYS;
  }
  errno = code;
  return (int)got;
}

/* EAGAIN under a timeout means that the time has passed, which is raised. */
int ps_reading_blocked(lua_State *L, int code) {
  const Socket *s = lua_touserdata(L, 1);
  if ((code != EAGAIN && code != EWOULDBLOCK) || s->timeout > 0) return 0;
  lua_settop(L, PS_DEADLINE(ps_operation(L)));
  return ((const Reading *)ps_operation(L))->take(L, ps_stream_readable(L, 2), 3, BLOCKED);
}

/* The engine expects the socket as the first argument, then the file. */
int ps_reading_wait(lua_State *L) {
  lua_rawgeti(L, 1, 1);
  lua_getiuservalue(L, -1, PS_STREAM_SOCKET);
  lua_insert(L, 1);
  lua_pop(L, 1);
  return ps_operation_run(L);
}
