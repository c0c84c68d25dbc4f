/* SPDX-License-Identifier: MIT */
/*
** A source moves the bytes of files between a socket and its descriptor, as TLS does. The files of a plain socket use
** the descriptor directly. A source is a struct that begins with this one; the field 'source' of the Socket points to
** it, and the socket's user value PS_SOCKET_SOURCE keeps it alive. The socket still has the timeout and owns the
** descriptor.
*/
#ifndef PS_SOURCE_H
#define PS_SOURCE_H

#include "core.h"

/*
** The functions do the same as an attempt of operation.c, but move bytes instead of pushing results. They return the
** number of bytes moved (at least 1; 'receive' returns 0 at the end of the stream), or a result of an attempt:
** PS_ERRNO, PS_AGAIN, or PS_ERROR with an error object at the top.
**
** If 'wait->flags' is MSG_DONTWAIT, no function waits in the kernel: it passes the flag on to recv(2) and sendmsg(2). A
** caller outside of operation.c sets that field itself. A source that cannot go on sets 'wait->events' to the event
** that it needs first (SYS_READ or SYS_WRITE, and TLS may need either in each direction) and errno to EAGAIN, and
** returns PS_ERRNO. The engine then waits, as the socket's timeout allows, and repeats the call. The repeated call may
** have more room or other bytes, so a source keeps no argument between two calls. A send of a part of the bytes returns
** the number of bytes in that part. A source may take bytes before it sends them: a send of no pieces returns 0 when
** all of them are sent.
**
** 'wait' has the row that is running, or NULL while a file is being dropped and sends as much as possible at once. No
** function may run Lua code or allocate memory of the Lua state, except for the error object of PS_ERROR: finalizers
** would run, and may use the same file.
*/
typedef struct Source {
  const char *name; /* the name of the socket in 'tostring': "ssl.SSLSocket" */
  ptrdiff_t (*receive)(lua_State *L, Socket *s, void *data, size_t size, Wait *wait);            /* 'size' is not 0 */
  ptrdiff_t (*send)(lua_State *L, Socket *s, const struct iovec *pieces, int count, Wait *wait); /* no piece is empty */
  /* Ends the direction for sending, which may wait as a send does: 0, or a result as above. */
  ptrdiff_t (*finish)(lua_State *L, Socket *s, Wait *wait);
  /* Called before the descriptor is closed: may send a last message, if that is possible at once. It neither waits nor
     raises an error. May be NULL. */
  void (*closing)(Socket *s);
  int direct; /* whether the kernel encrypts what is sent to the descriptor, once 'send' has nothing left */
} Source;

/* Receives from the socket's source, or from its descriptor. */
ptrdiff_t ps_source_receive(lua_State *L, Socket *s, void *data, size_t size, Wait *wait);
/* Sends to the socket's source, or to its descriptor. */
ptrdiff_t ps_source_send(lua_State *L, Socket *s, const struct iovec *pieces, int count, Wait *wait);

#endif
