/* SPDX-License-Identifier: MIT */
/*
** A client of TLS 1.3, "key_update PORT BYTES COUNT": lets the server send until it has to wait, then asks COUNT times for new
** keys of both sides. Only afterwards it reads that many bytes, and all answers but the last, which OpenSSL sends with its next
** message. It prints how many of the bytes are not 'a'.
*/
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#include <openssl/ssl.h>

static long answers;

/* Counts the server's messages that announce new keys. */
static void note(int sent, int version, int type, const void *data, size_t length, SSL *ssl, void *unused) {
  (void)version, (void)ssl, (void)unused;
  if (!sent && type == SSL3_RT_HANDSHAKE && length > 0 && *(const unsigned char *)data == SSL3_MT_KEY_UPDATE) answers++;
}

static void rest(void) { nanosleep(&(struct timespec){0, 100000000}, NULL); }

/* Waits until the server has sent something, and then until it sends nothing more. */
static int settle(int fd) {
  int before = -1, waiting = 0;
  while (waiting == 0 || waiting != before) {
    before = waiting;
    rest();
    if (ioctl(fd, FIONREAD, &waiting) < 0) return -1;
  }
  return 0;
}

static int fail(const char *what) {
  perror(what);
  return 1;
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(argv[1]))};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int fd = socket(AF_INET, SOCK_STREAM, 0), size = 4096;
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) return fail("connect");
  SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
  SSL *ssl = SSL_new(ctx);
  SSL_set_fd(ssl, fd);
  SSL_set_msg_callback(ssl, note);
  if (SSL_connect(ssl) != 1) return fail("SSL_connect");
  if (settle(fd) < 0) return fail("ioctl");
  long left = atol(argv[2]), count = atol(argv[3]), wrong = 0;
  for (long i = 0; i < count; i++) {
    if (SSL_key_update(ssl, SSL_KEY_UPDATE_REQUESTED) != 1 || SSL_do_handshake(ssl) != 1) return fail("SSL_key_update");
    if (i < 2) rest();
  }
  for (int i = 0; i < 5; i++) rest(); /* the server answers as long as there is room */
  struct timeval limit = {30, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  SSL_clear_mode(ssl, SSL_MODE_AUTO_RETRY); /* SSL_read returns after each message, too */
  while (left > 0 || answers < count - 1) {
    char data[4096];
    errno = 0;
    int n = SSL_read(ssl, data, sizeof data);
    if (n <= 0 && (errno != 0 || SSL_get_error(ssl, n) != SSL_ERROR_WANT_READ)) return fail("SSL_read");
    for (int i = 0; i < n; i++) wrong += data[i] != 'a';
    if (n > 0) left -= n;
  }
  if (SSL_write(ssl, "end", 3) != 3) return fail("SSL_write");
  printf("%ld wrong\n", wrong);
  SSL_shutdown(ssl);
  SSL_free(ssl);
  SSL_CTX_free(ctx);
  return 0;
}
