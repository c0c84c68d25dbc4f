/* SPDX-License-Identifier: MIT */
/*
** Where the bytes of files come from, and where they go. The files of a plain socket use its descriptor; what stands between a
** socket and its descriptor (TLS) is a source: a struct that begins with this one. The field 'source' of the Socket points to it,
** and the socket's user value PS_SOCKET_SOURCE keeps it alive. Timeout, descriptor and life stay the socket's.
*/
#ifndef PS_SOURCE_H
#define PS_SOURCE_H

#include "core.h"

/*
** The functions do what an attempt of operation.c does, but move bytes instead of pushing results. They return the number of bytes
** moved (at least 1; of 'receive' 0 for the end of the stream), or what an attempt returns in place of results: PS_ERRNO, PS_AGAIN,
** or PS_ERROR with an error object at the top.
**
** None waits in the kernel where 'wait->flags' is MSG_DONTWAIT, which it hands on to recv(2) and sendmsg(2); a caller outside of
** operation.c sets that field itself. A source that cannot go on sets 'wait->events' to the event that it
** needs first (SYS_READ or SYS_WRITE, not always the obvious one) and errno to EAGAIN, and returns PS_ERRNO: the engine waits, as
** the socket's timeout allows, and the same call comes again. That call may have more room or other bytes than the one before: a
** source keeps nothing of the arguments between two calls. A send that took part of the bytes returns their number. A source may
** take bytes before they are on their way: a send of no pieces returns 0 once all of them are.
**
** 'wait' has the row that is running, or NULL where a file is dropped and sends what goes at once. No function may run Lua
** code or allocate in the Lua state, except for the error object of PS_ERROR: finalizers would run, and may use the same file.
*/
typedef struct Source {
  const char *name; /* what 'tostring' calls the socket: "ssl.SSLSocket" */
  ptrdiff_t (*receive)(lua_State *L, Socket *s, void *data, size_t size, Wait *wait);            /* 'size' is not 0 */
  ptrdiff_t (*send)(lua_State *L, Socket *s, const struct iovec *pieces, int count, Wait *wait); /* none is empty */
  /* Tells the peer that nothing more will be sent, which may wait as a send does: 0, or as above. */
  ptrdiff_t (*finish)(lua_State *L, Socket *s, Wait *wait);
  /* The descriptor is about to be closed: last words that go at once may be sent. It neither waits nor raises. NULL: there are none. */
  void (*closing)(Socket *s);
} Source;

/* Receives from the socket's source, or from its descriptor. */
ptrdiff_t ps_source_receive(lua_State *L, Socket *s, void *data, size_t size, Wait *wait);
/* Sends to the socket's source, or to its descriptor. */
ptrdiff_t ps_source_send(lua_State *L, Socket *s, const struct iovec *pieces, int count, Wait *wait);

#endif
