/* SPDX-License-Identifier: MIT */
#include "../plain.h"
#include "../tls.h"

int main(int argc, char **argv) {
  char data[REQUEST] = "";
  (void)argc;
  arguments(argv);
  SSL_CTX *ctx = tls_client_context();
  SSL *ssl = tls_connected(ctx, connected(SOCK_STREAM));
  for (long i = 0; i < count; i++) {
    SSL_write(ssl, data, sizeof data);
    for (int got = 0; got < REQUEST;) {
      int n = SSL_read(ssl, data + got, REQUEST - got);
      if (n <= 0) return 1;
      got += n;
    }
  }
  SSL_shutdown(ssl);
  return 0;
}
