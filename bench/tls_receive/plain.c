/* SPDX-License-Identifier: MIT */
#include "../plain.h"
#include "../tls.h"

int main(int argc, char **argv) {
  static char data[PIECE];
  (void)argc;
  arguments(argv);
  SSL_CTX *ctx = tls_client_context();
  SSL *ssl = tls_connected(ctx, connected(SOCK_STREAM));
  long long left = (long long)count * PIECE;
  while (left > 0) {
    int n = SSL_read(ssl, data, sizeof data);
    if (n <= 0) return 1;
    left -= n;
  }
  SSL_shutdown(ssl);
  return 0;
}
