/* SPDX-License-Identifier: MIT */
/* The parts that all attempts on a TLS connection share: their beginning, with the first handshake, and their outcome. */
#include "transfer.h"

int ps_tls_want_push(lua_State *L, int event, const char *call) {
  if (event == SYS_READ)
    return ps_tls_error_text(L, "SSLWantReadError", SSL_ERROR_WANT_READ, "The operation did not complete (read)", call);
  return ps_tls_error_text(L, "SSLWantWriteError", SSL_ERROR_WANT_WRITE, "The operation did not complete (write)",
                           call);
}

int ps_tls_fatal_push(lua_State *L, Tls *t, int code, const char *call) {
  t->broken = 1;
  if (code == SSL_ERROR_SYSCALL && (t->code != 0 || ERR_peek_error() == 0)) {
    ERR_clear_error();
    errno = t->code;
    if (t->code != 0) return PS_ERRNO;
    return ps_tls_error_text(L, "SSLEOFError", TLS_ERROR_EOF, "EOF occurred in violation of protocol", call);
  }
  unsigned long e = ERR_peek_last_error();
  int eof = ERR_GET_LIB(e) == ERR_LIB_SSL && ERR_GET_REASON(e) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
  return eof ? ps_tls_error_push(L, "SSLEOFError", TLS_ERROR_EOF, call, t)
             : ps_tls_error_push(L, "SSLError", code, call, t);
}

int ps_tls_outcome(lua_State *L, const Socket *s, Wait *wait, int outcome) {
  if (outcome != PS_ERRNO || errno != EAGAIN) return outcome;
  if (s->timeout != 0) wait->policy = PS_WAIT_ALWAYS;
  if (wait->policy == PS_WAIT_ALWAYS) return outcome;
  return ps_tls_want_push(L, wait->events & SYS_READ ? SYS_READ : SYS_WRITE, wait->op->name);
}

int ps_tls_failed(lua_State *L, Tls *t, Wait *wait, int result) {
  int code = SSL_get_error(t->ssl, result);
  if (code == SSL_ERROR_ZERO_RETURN) return TLS_ENDED;
  if (code != SSL_ERROR_WANT_READ && code != SSL_ERROR_WANT_WRITE)
    return ps_tls_fatal_push(L, t, code, wait->op != NULL ? wait->op->name : NULL);
  wait->events = code == SSL_ERROR_WANT_READ ? SYS_READ : SYS_WRITE;
  if (t->unsent > 0 && !t->broken) wait->events |= SYS_WRITE; /* the peer may wait for these bytes */
  errno = t->code == EINTR ? EINTR : EAGAIN;
  return PS_ERRNO;
}

int ps_tls_failed_to_send(lua_State *L, Tls *t, Wait *wait, int result) {
  int outcome = ps_tls_failed(L, t, wait, result);
  if (outcome != TLS_ENDED) return outcome;
  t->broken = 1;
  errno = t->code != 0 ? t->code : EPIPE;
  return PS_ERRNO;
}

int ps_tls_stuck(Tls *t, Wait *wait) {
  wait->events = SYS_WRITE;
  errno = t->code != 0 ? t->code : EAGAIN; /* 0: it took a part */
  if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) t->broken = 1;
  return PS_ERRNO;
}

/* Performs the first handshake. Returns PS_AGAIN once it is done, or the attempt's result. It never handles bytes of
   the caller, because functions of users run meanwhile, and may change the caller's buffers and the socket. */
static int shake_hands(lua_State *L, const Socket *s, Tls *t, Wait *wait) {
  if (!ps_tls_flush(t)) return ps_tls_stuck(t, wait);
  int result = ps_tls_handshake(L, t);
  t->fd = s->fd;
  if (t->raised) return ps_tls_raised(L, t);
  t->flight = t->unsent > 0;
  if (result == 1) return PS_AGAIN;
  int outcome = ps_tls_failed(L, t, wait, result);
  if (t->flight) wait->events = SYS_WRITE;
  if (outcome != TLS_ENDED) return outcome;
  return ps_tls_error_text(L, "SSLZeroReturnError", SSL_ERROR_ZERO_RETURN, "TLS/SSL connection has been closed (EOF)",
                           wait->op != NULL ? wait->op->name : NULL);
}

/* Has OpenSSL keep its buffers of 17 KB each where a caller waits for this connection alone: to allocate them for each
   record takes a tenth of the instructions of a small message. Of many connections, the most are idle. */
static void set_room(const Socket *s, Tls *t) {
  int roomy = s->timeout != 0 && s->world->task == NULL;
  if (roomy == t->roomy) return;
  t->roomy = (unsigned char)roomy;
  if (roomy) SSL_clear_mode(t->ssl, SSL_MODE_RELEASE_BUFFERS);
  else SSL_set_mode(t->ssl, SSL_MODE_RELEASE_BUFFERS);
}

int ps_tls_start(lua_State *L, const Socket *s, Tls *t, Wait *wait) {
  ps_tls_errors_clear();
  t->code = 0;
  t->fd = s->fd;
  t->flags = MSG_DONTWAIT;
  errno = s->fd == SYS_NO_FD ? EBADF : t->ssl == NULL ? ENOTCONN : EBUSY;
  if (s->fd == SYS_NO_FD || t->ssl == NULL || t->handshake != NULL) return PS_ERRNO;
  set_room(s, t);
  if (!t->established) return shake_hands(L, s, t, wait);
  if (t->flight && !ps_tls_flush(t)) return ps_tls_stuck(t, wait);
  t->flight = 0;
  return 0;
}

int ps_tls_finish(lua_State *L, Tls *t, Wait *wait) {
  if (!ps_tls_flush(t)) return ps_tls_stuck(t, wait);
  if (!SSL_in_init(t->ssl)) return 0;
  int result = SSL_do_handshake(t->ssl);
  if (result != 1) return ps_tls_failed_to_send(L, t, wait, result);
  return ps_tls_flush(t) ? 0 : ps_tls_stuck(t, wait);
}
