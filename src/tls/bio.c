/* SPDX-License-Identifier: MIT */
/*
** The BIO through which OpenSSL reads and writes the descriptor of a connection. Only a receive may block, and SIGPIPE is
** never raised. Bytes that the descriptor does not take stay in 'out', in the order in which OpenSSL wrote them.
*/
#include <string.h>

#include "tls.h"

static int would_block(int code) { return code == EAGAIN || code == EWOULDBLOCK || code == EINTR; }

static int retry(BIO *bio, Tls *t, int code, int reading) {
  t->code = code;
  if (!would_block(code)) return -1;
  if (reading) BIO_set_retry_read(bio);
  else BIO_set_retry_write(bio);
  return -1;
}

static int bio_read(BIO *bio, char *data, size_t size, size_t *count) {
  Tls *t = BIO_get_data(bio);
  BIO_clear_retry_flags(bio);
  int flags = t->unsent > 0 ? MSG_DONTWAIT : t->flags; /* the peer may wait for the bytes that are kept */
  ssize_t n = sys_recv(t->fd, data, size, flags);
  *count = 0;
  if (n < 0) return retry(bio, t, errno, 1);
  t->code = 0;
  if (n == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  *count = (size_t)n;
  return n > 0;
}

int ps_tls_flush(Tls *t) {
  while (t->unsent > 0) {
    ssize_t n = sys_send(t->fd, t->out + t->first, t->unsent, MSG_DONTWAIT);
    t->code = n < 0 ? errno : 0;
    if (n < 0) return 0;
    t->first += (size_t)n;
    t->unsent -= (size_t)n;
  }
  t->first = 0;
  t->owes = 0;
  return 1;
}

/* Writes a record that is no data, where the kernel encrypts: whole, or not at all. */
static int write_record(BIO *bio, Tls *t, const char *data, size_t size, size_t *count) {
  if (!ps_tls_flush(t)) return retry(bio, t, t->code, 0);
  if (ps_ktls_send(t->fd, t->type, data, size) < 0) return retry(bio, t, errno, 0);
  t->code = t->type = 0;
  *count = size;
  return 1;
}

/* Takes all bytes for which the descriptor or 'out' has room, so that OpenSSL never has to continue a record. */
static int bio_write(BIO *bio, const char *data, size_t size, size_t *count) {
  Tls *t = BIO_get_data(bio);
  BIO_clear_retry_flags(bio);
  *count = 0;
  if (t->type != 0) return write_record(bio, t, data, size, count);
  if (ps_tls_flush(t)) {
    ssize_t n = sys_send(t->fd, data, size, MSG_DONTWAIT);
    t->code = n < 0 ? errno : 0;
    if (n > 0) *count = (size_t)n;
  }
  if (t->code != 0 && !would_block(t->code)) return -1;
  size_t rest = size - *count;
  if (rest > TLS_OUT - t->unsent) return *count > 0 ? 1 : retry(bio, t, t->code, 0);
  if (t->first + t->unsent + rest > TLS_OUT) {
    memmove(t->out, t->out + t->first, t->unsent);
    t->first = 0;
  }
  memcpy(t->out + t->first + t->unsent, data + *count, rest);
  t->unsent += rest;
  if (rest > 0) t->owes = 1;
  *count = size;
  return 1;
}

/* Has the kernel encrypt, unless encrypted bytes are still to be sent. */
static int begin_ktls(Tls *t, const void *keys) {
  if (t->unsent == 0 && !t->source.direct) t->source.direct = ps_ktls_begin(t->fd, keys);
  return t->source.direct;
}

/* what OpenSSL asks of a BIO with OP_ENABLE_KTLS; bio.h has these numbers in a comment */
enum { SET_KTLS = 72, SET_RECORD_TYPE = 74, CLEAR_RECORD_TYPE = 75 };

static long bio_ctrl(BIO *bio, int command, long number, void *pointer) {
  Tls *t = BIO_get_data(bio);
  switch (command) {
    case BIO_CTRL_EOF:
      return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0;
    case BIO_CTRL_FLUSH:
    case BIO_CTRL_DUP:
      return 1;
    case BIO_CTRL_GET_KTLS_SEND:
      return t->source.direct;
    case SET_KTLS:
      return number != 0 && begin_ktls(t, pointer); /* 0: the keys are those for receiving */
    case SET_RECORD_TYPE:
      t->type = (unsigned char)number;
      return 0;
    case CLEAR_RECORD_TYPE:
      t->type = 0;
      return 0;
    default:
      return 0;
  }
}

int ps_tls_bio_attach(Tls *t) {
  if (t->method == NULL) {
    t->method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "pysocket");
    if (t->method == NULL) return 0;
    BIO_meth_set_read_ex(t->method, bio_read);
    BIO_meth_set_write_ex(t->method, bio_write);
    BIO_meth_set_ctrl(t->method, bio_ctrl);
  }
  BIO *bio = BIO_new(t->method);
  if (bio == NULL) return 0;
  t->first = t->unsent = t->begun = 0; /* of an earlier handshake that was aborted */
  t->flight = t->owes = t->type = t->roomy = 0;
  t->source.direct = 0;
  BIO_set_data(bio, t);
  BIO_set_init(bio, 1);
  SSL_set_bio(t->ssl, bio, bio);
  return 1;
}
