/* SPDX-License-Identifier: MIT */
/* The attempts on a TLS connection: rows of operation.c, and the functions of its source. */
#ifndef PS_TLS_TRANSFER_H
#define PS_TLS_TRANSFER_H

#include "tls.h"

/* the functions of all connections */
extern const Source ps_tls_source;

enum { TLS_ENDED = 0 }; /* the result of ps_tls_failed after the peer's close_notify */

static inline Tls *ps_tls_of(const Socket *s) { return (Tls *)(uintptr_t)s->source; }

/* Prepares a call of OpenSSL: 0, or the attempt's result. OpenSSL's queue of errors belongs to the thread, and other
   code leaves errors in it. */
int ps_tls_start(lua_State *L, const Socket *s, Tls *t, Wait *wait);
/* Sends what is kept, and finishes a new handshake, if there is one: 0, or the attempt's result. OpenSSL would take a
   write of other data for the continuation of a message of that handshake, or of a record for which there is no room. */
int ps_tls_finish(lua_State *L, Tls *t, Wait *wait);
/* Returns the attempt's result after a call of OpenSSL returned 'result', or TLS_ENDED. */
int ps_tls_failed(lua_State *L, Tls *t, Wait *wait, int result);
/* The same for a send. After the peer's close_notify, OpenSSL reports each later failure as that end; but a send
   fails then. */
int ps_tls_failed_to_send(lua_State *L, Tls *t, Wait *wait, int result);
/* Returns the attempt's result after a send that did not take all bytes. */
int ps_tls_stuck(Tls *t, Wait *wait);
/* Returns a row's result for an outcome. On a non-blocking socket, the row raises Python's error for the event that
   TLS waits for; on all others it waits, even if the descriptor is a blocking one, since the BIO never blocks. */
int ps_tls_outcome(lua_State *L, const Socket *s, Wait *wait, int outcome);

#endif
