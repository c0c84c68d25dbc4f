/* SPDX-License-Identifier: MIT */
/* The operations of a TLS connection: handshake, receives, sends, close_notify; and the functions of its source. */
#include <string.h>

#include "transfer.h"

/* Receives. Returns the number of bytes, 0 at the end of the stream, or the attempt's result. It also sends what is
   kept, since the peer may read before it writes. */
static ptrdiff_t receive(lua_State *L, Socket *s, void *data, size_t size, Wait *wait) {
  Tls *t = ps_tls_of(s);
  int unready = ps_tls_start(L, s, t, wait);
  if (unready != 0) return unready;
  if (t->unsent > 0 && !t->broken && !ps_tls_flush(t)) ps_tls_stuck(t, wait);
  if (t->unsent == 0) {
    wait->events = SYS_READ;
    if (!SSL_has_pending(t->ssl) && ps_waits_again(s, wait, wait->flags)) return PS_ERRNO;
    t->flags = wait->flags; /* two system calls of five are saved where an answer takes a while */
  }
  size_t count;
  int result = SSL_read_ex(t->ssl, data, size, &count);
  t->flags = MSG_DONTWAIT;
  if (result == 1) return (ptrdiff_t)count;
  int code = SSL_get_error(t->ssl, result);
  unsigned long e = ERR_peek_last_error();
  int ragged = (code == SSL_ERROR_SYSCALL && e == 0 && t->code == 0) ||
               (code == SSL_ERROR_SSL && ERR_GET_REASON(e) == SSL_R_UNEXPECTED_EOF_WHILE_READING);
  if (ragged && t->suppress_ragged_eofs) {
    t->broken = 1;
    ERR_clear_error();
    return 0;
  }
  int outcome = ps_tls_failed(L, t, wait, result);
  /* a non-blocking program waits for one event, and knows already of the data that it sends */
  if (s->timeout == 0 && t->owes && !t->broken) wait->events = SYS_WRITE;
  return outcome;
}

/***
Performs the handshake. Without this call, the first call that sends or receives performs it.
@function SSLSocket:do_handshake
@async
@tparam[opt=false] boolean block whether to wait even if the socket is non-blocking
@raise SSLError, SSLCertVerificationError, SSLWantReadError, SSLWantWriteError, timeout
@see Python's SSLSocket.do_handshake
*/
static int try_do_handshake(lua_State *L, Socket *s, Wait *wait) {
  if (lua_toboolean(L, 2)) wait->policy = PS_WAIT_ALWAYS;
  return ps_tls_outcome(L, s, wait, ps_tls_start(L, s, ps_tls_of(s), wait)); /* once more where it is done: 'flight' */
}

static void check_connection(lua_State *L, Socket *s) {
  if (s->source == NULL) ps_type_error(L, 1, "SSLSocket");
}

/* Python has no flags for receives and sends over TLS. */
static void check_flags(lua_State *L, Socket *s, int arg) {
  check_connection(L, s);
  int flags = ps_opt_int(L, arg, "flags", 0);
  if (flags != 0) ps_arg_error(L, arg, "non-zero flags not allowed on an SSLSocket, got %d", flags);
}

static void check_recv(lua_State *L, Socket *s) {
  check_flags(L, s, 3);
  if (lua_isnoneornil(L, 2)) {
    lua_settop(L, 3);
    lua_pushinteger(L, 1024);
    lua_replace(L, 2);
  }
  ps_check_integer(L, 2, "bufsize", 0, PS_SIZE_MAX);
}

/***
Receives at most `bufsize` bytes of the stream, waiting for the first.
@function SSLSocket:recv
@async
@tparam[opt=1024] integer bufsize the maximum number of bytes
@tparam[opt=0] integer flags must be 0
@treturn string the bytes; "" at the end of the stream
@raise SSLError, SSLEOFError, SSLWantReadError, SSLWantWriteError, timeout
@see Python's SSLSocket.recv
*/
static int try_recv(lua_State *L, Socket *s, Wait *wait) {
  size_t size = (size_t)lua_tointeger(L, 2);
  if (size == 0) return lua_pushliteral(L, ""), 1;
  if (size > TLS_RECORD) size = TLS_RECORD; /* OpenSSL returns one record at a time */
  char *data = ps_scratch(L, size);
  ptrdiff_t n = receive(L, s, data, size, wait);
  if (n < 0) return ps_tls_outcome(L, s, wait, (int)n);
  lua_pushlstring(L, data, (size_t)n);
  return 1;
}

static void check_recv_into(lua_State *L, Socket *s) {
  size_t size;
  check_flags(L, s, 4);
  ps_check_writable(L, 2, "buffer", &size);
  if (!lua_isnoneornil(L, 3)) ps_check_integer(L, 3, "nbytes", 0, (lua_Integer)size);
}

/***
Receives bytes of the stream into a buffer.
@function SSLSocket:recv_into
@async
@tparam bytearray buffer
@tparam[opt] integer nbytes the maximum number of bytes; 0 or nil: as many as fit
@tparam[opt=0] integer flags must be 0
@treturn integer the number of bytes; 0 at the end of the stream
@raise as `SSLSocket:recv`
@see Python's SSLSocket.recv_into
*/
static int try_recv_into(lua_State *L, Socket *s, Wait *wait) {
  size_t size;
  char *data = ps_check_writable(L, 2, "buffer", &size);
  size_t wanted = (size_t)lua_tointeger(L, 3);
  if (wanted > 0 && wanted < size) size = wanted;
  ptrdiff_t n = size == 0 ? 0 : receive(L, s, data, size, wait);
  if (n < 0) return ps_tls_outcome(L, s, wait, (int)n);
  lua_pushinteger(L, n);
  return 1;
}

static void check_send(lua_State *L, Socket *s) {
  size_t length;
  check_flags(L, s, 3);
  ps_check_buffer(L, 2, "data", &length);
}

static size_t progress(lua_State *L, const Wait *wait) { return (size_t)lua_tointeger(L, PS_PROGRESS(wait->op)); }

static void set_progress(lua_State *L, const Wait *wait, size_t count) {
  lua_pushinteger(L, (lua_Integer)count);
  lua_replace(L, PS_PROGRESS(wait->op));
}

/* Whether the data begins with that of the record that a non-blocking call began. */
static int repeats(const Tls *t, const char *data, size_t length) {
  return length >= t->begun && memcmp(data, t->copy, t->begun) == 0;
}

/* Makes room for the copy of a record, now, since its data counts once OpenSSL has it. */
static void prepare_copy(lua_State *L, Tls *t) {
  if (t->copy != NULL) return;
  ps_tls_values_push(L, 1);
  t->copy = lua_newuserdatauv(L, TLS_RECORD, 0);
  lua_setiuservalue(L, -2, TLS_COPY);
  lua_pop(L, 1);
}

/* Sends the next piece of the data, of which 'done' bytes are sent. Returns the number of bytes that are sent then, or the
   attempt's result. */
static ptrdiff_t send_piece(lua_State *L, Socket *s, Wait *wait, const char *data, size_t length, size_t done) {
  Tls *t = ps_tls_of(s);
  int unready = ps_tls_start(L, s, t, wait);
  if (unready != 0) return unready;
  int blocks = s->timeout != 0, repeated = done == 0 && t->begun > 0;
  if (repeated && !repeats(t, data, length))
    return ps_tls_error_text(L, "SSLError", SSL_ERROR_SSL, "[SSL: BAD_WRITE_RETRY] bad write retry", wait->op->name);
  size_t begun = t->begun;
  if (repeated && blocks) {
    t->begun = 0; /* this call waits until the record is sent */
    done = begun;
    set_progress(L, wait, done);
  }
  unready = ps_tls_finish(L, t, wait);
  if (unready != 0) return unready;
  if (repeated && !blocks) return t->begun = 0, (ptrdiff_t)begun;
  if (done == length) return (ptrdiff_t)done;
  if (!blocks) prepare_copy(L, t);
  size_t piece = length - done < TLS_RECORD ? length - done : TLS_RECORD, count;
  int result = SSL_write_ex(t->ssl, data + done, piece, &count);
  if (result != 1) return ps_tls_failed_to_send(L, t, wait, result);
  if (t->unsent == 0) return (ptrdiff_t)(done + count);
  t->owes = 0;
  if (blocks) {
    set_progress(L, wait, done + count);
  } else {
    memcpy(t->copy, data + done, count);
    t->begun = count;
  }
  return ps_tls_stuck(t, wait);
}

/***
Sends bytes: at most one record of 16 384 bytes.
@function SSLSocket:send
@async
@tparam string|bytearray data
@tparam[opt=0] integer flags must be 0
@treturn integer the number of bytes sent
@raise SSLError, SSLWantReadError, SSLWantWriteError (repeat the call with the same bytes), timeout;
`characters_written` includes the record under way
@see Python's SSLSocket.send
*/
static int try_send(lua_State *L, Socket *s, Wait *wait) {
  size_t length, done = progress(L, wait);
  const char *data = ps_check_buffer(L, 2, "data", &length);
  ptrdiff_t n = send_piece(L, s, wait, data, done > 0 ? done : length, done);
  if (n < 0) return ps_tls_outcome(L, s, wait, (int)n);
  lua_pushinteger(L, n);
  return 1;
}

/* Gives an error object at the top the number of bytes that were sent before; returns the outcome. */
static int count_in(lua_State *L, const Wait *wait, int outcome) {
  if (outcome != PS_ERROR) return outcome;
  lua_pushinteger(L, (lua_Integer)progress(L, wait));
  lua_setfield(L, -2, "characters_written");
  return outcome;
}

/***
Sends all of the bytes. Of tasks that send at the same time, each sends one record in turn.
@function SSLSocket:sendall
@async
@tparam string|bytearray data
@tparam[opt=0] integer flags must be 0
@raise as `SSLSocket:send`; `characters_written` of SSLWantWriteError does not include the record under way: continue with
the bytes behind that number
@see Python's SSLSocket.sendall
*/
static int try_sendall(lua_State *L, Socket *s, Wait *wait) {
  size_t length;
  const char *data = ps_check_buffer(L, 2, "data", &length);
  size_t first = progress(L, wait);
  set_progress(L, wait, first); /* also where nothing can be sent */
  for (size_t done = first; done < length || ps_tls_of(s)->unsent > 0;) {
    if (done - first >= PS_PIECE) return PS_AGAIN; /* after a turn of the other tasks */
    ptrdiff_t n = send_piece(L, s, wait, data, length, done);
    if (n < 0) return count_in(L, wait, ps_tls_outcome(L, s, wait, (int)n));
    done = (size_t)n;
    set_progress(L, wait, done);
  }
  return 0;
}

/* Sends what is kept, and close_notify: 0, or the attempt's result. */
static int send_end(lua_State *L, Tls *t, Wait *wait) {
  int unready = ps_tls_finish(L, t, wait);
  if (unready != 0) return unready;
  if (SSL_get_shutdown(t->ssl) & SSL_SENT_SHUTDOWN && t->type == 0) return 0; /* else the kernel has not taken it yet */
  int result = SSL_shutdown(t->ssl);
  if (result < 0) {
    int outcome = ps_tls_failed(L, t, wait, result);
    if (outcome != TLS_ENDED) return outcome;
  }
  return ps_tls_flush(t) ? 0 : ps_tls_stuck(t, wait);
}

/* end_tls(): sends close_notify and waits for the peer's; the first half of unwrap */
static int try_shutdown(lua_State *L, Socket *s, Wait *wait) {
  Tls *t = ps_tls_of(s);
  int unready = ps_tls_start(L, s, t, wait);
  if (unready != 0) return ps_tls_outcome(L, s, wait, unready);
  unready = send_end(L, t, wait);
  if (unready != 0) return ps_tls_outcome(L, s, wait, unready);
  int result = SSL_shutdown(t->ssl); /* waits for the peer's */
  if (result == 1) return 0;
  int outcome = ps_tls_failed(L, t, wait, result);
  return outcome == TLS_ENDED ? 0 : ps_tls_outcome(L, s, wait, outcome);
}

/* Sends what is kept and close_notify before the descriptor is closed, if that is possible at once. */
static void source_closing(Socket *s) {
  Tls *t = ps_tls_of(s);
  if (!t->established || t->broken) return;
  ps_tls_errors_clear();
  t->fd = s->fd;
  t->flags = MSG_DONTWAIT;
  if (!ps_tls_flush(t) || SSL_in_init(t->ssl)) return;
  SSL_shutdown(t->ssl);
  ps_tls_errors_clear();
}

/* Sends as much of the first piece as fits into a record. The bytes count as sent once OpenSSL has them. Without a
   piece, it sends what is kept. */
static ptrdiff_t source_send(lua_State *L, Socket *s, const struct iovec *pieces, int count, Wait *wait) {
  Tls *t = ps_tls_of(s);
  int unready = ps_tls_start(L, s, t, wait);
  if (unready == 0) unready = ps_tls_finish(L, t, wait);
  if (unready != 0 || count == 0) return unready;
  size_t piece = pieces[0].iov_len < TLS_RECORD ? pieces[0].iov_len : TLS_RECORD, sent;
  int result = SSL_write_ex(t->ssl, pieces[0].iov_base, piece, &sent);
  if (result != 1) return ps_tls_failed_to_send(L, t, wait, result);
  t->owes = 0;
  return (ptrdiff_t)sent;
}

/* Ends sending; the peer's data is still received. */
static ptrdiff_t source_finish(lua_State *L, Socket *s, Wait *wait) {
  Tls *t = ps_tls_of(s);
  int unready = ps_tls_start(L, s, t, wait);
  return unready != 0 ? unready : send_end(L, t, wait);
}

const Source ps_tls_source = {"ssl.SSLSocket", receive, source_send, source_finish, source_closing, 0};

/* clang-format off */
static const Operation operations[] = {
    /* method or function arguments waits for  address attempt           checks            failure as a result */
    {"do_handshake",      2,        SYS_READ,  0,      try_do_handshake, check_connection, NULL},
    {"recv",              3,        SYS_READ,  0,      try_recv,         check_recv,       NULL},
    {"recv_into",         4,        SYS_READ,  0,      try_recv_into,    check_recv_into,  NULL},
    {"send",              3,        SYS_WRITE, 0,      try_send,         check_send,       NULL},
    {"end_tls",           1,        SYS_READ,  0,      try_shutdown,     check_connection, NULL},
    {NULL,                0,        0,         0,      NULL,             NULL,             NULL},
};

static const Operation counted[] = {
    {"sendall",           3,        SYS_WRITE, 0,      try_sendall,      check_send,       NULL},
    {NULL,                0,        0,         0,      NULL,             NULL,             NULL},
};
/* clang-format on */

void ps_tls_transfer_open(lua_State *L) {
  lua_getfield(L, TLS_MODULE, "SSLSocket");
  ps_operations_register(L, -1, operations, PS_METHOD);
  ps_operations_register(L, -1, counted, PS_METHOD | PS_COUNTED);
  lua_settop(L, TLS_LOCAL);
}
