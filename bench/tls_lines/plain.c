/* SPDX-License-Identifier: MIT */
#include "../plain.h"
#include "../tls.h"

int main(int argc, char **argv) {
  static char data[PIECE];
  (void)argc;
  arguments(argv);
  SSL_CTX *ctx = tls_client_context();
  SSL *ssl = tls_connected(ctx, connected(SOCK_STREAM));
  long lines = 0;
  while (lines < count) {
    int n = SSL_read(ssl, data, sizeof data);
    if (n <= 0) return 1;
    for (char *at = data; (at = memchr(at, '\n', (size_t)(data + n - at))) != NULL; at++) lines++;
  }
  SSL_shutdown(ssl);
  return 0;
}
