/* SPDX-License-Identifier: MIT */
#include "../plain.h"
#include "../tls.h"

int main(int argc, char **argv) {
  (void)argc;
  arguments(argv);
  SSL_CTX *ctx = tls_client_context();
  for (long i = 0; i < count; i++) {
    int fd = connected(SOCK_STREAM);
    SSL *ssl = tls_connected(ctx, fd);
    SSL_shutdown(ssl);
    SSL_free(ssl);
    close(fd);
  }
  return 0;
}
