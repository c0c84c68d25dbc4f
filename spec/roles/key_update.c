/* SPDX-License-Identifier: MIT */
/*
** A client of TLS 1.3, "key_update PORT BYTES": lets the server send until it has to wait, then asks for new keys of both
** sides COUNT times, and reads that many bytes only afterwards. It prints how many of them are not 'a'.
*/
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#include <openssl/ssl.h>

#define COUNT 200 /* more than there is room for the answers */

static void rest(void) { nanosleep(&(struct timespec){0, 100000000}, NULL); }

static int fail(const char *what) {
  perror(what);
  return 1;
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(argv[1]))};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int fd = socket(AF_INET, SOCK_STREAM, 0), size = 4096;
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) return fail("connect");
  SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
  SSL *ssl = SSL_new(ctx);
  SSL_set_fd(ssl, fd);
  if (SSL_connect(ssl) != 1) return fail("SSL_connect");
  int before = -1, waiting = 0;
  while (waiting == 0 || waiting != before) { /* until nothing more arrives */
    before = waiting;
    rest();
    if (ioctl(fd, FIONREAD, &waiting) < 0) return fail("ioctl");
  }
  for (int i = 0; i < COUNT; i++) {
    if (SSL_key_update(ssl, SSL_KEY_UPDATE_REQUESTED) != 1 || SSL_do_handshake(ssl) != 1) return fail("SSL_key_update");
    if (i < 2) rest();
  }
  long left = atol(argv[2]), wrong = 0;
  while (left > 0) {
    char data[4096];
    int n = SSL_read(ssl, data, sizeof data);
    if (n <= 0) return fail("SSL_read");
    for (int i = 0; i < n; i++) wrong += data[i] != 'a';
    left -= n;
  }
  if (SSL_write(ssl, "end", 3) != 3) return fail("SSL_write");
  printf("%ld wrong\n", wrong);
  SSL_shutdown(ssl);
  SSL_free(ssl);
  SSL_CTX_free(ctx);
  return 0;
}
