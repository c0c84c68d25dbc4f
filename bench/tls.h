/* SPDX-License-Identifier: MIT */
/* What the plain C programs and their peer share of TLS: contexts with the certificates in the folder BENCH_TLS. */
#ifndef BENCH_TLS_H
#define BENCH_TLS_H

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include <openssl/ssl.h>

static inline const char *tls_file(char path[512], const char *name) {
  const char *folder = getenv("BENCH_TLS");
  snprintf(path, 512, "%s/%s", folder != NULL ? folder : ".", name);
  return path;
}

static inline SSL_CTX *tls_client_context(void) {
  char path[512];
  SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
  signal(SIGPIPE, SIG_IGN);
  SSL_CTX_set_mode(ctx, SSL_MODE_AUTO_RETRY);
  if (!SSL_CTX_load_verify_locations(ctx, tls_file(path, "authority.pem"), NULL)) exit(1);
  SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
  return ctx;
}

static inline SSL_CTX *tls_server_context(void) {
  char path[512];
  SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
  signal(SIGPIPE, SIG_IGN); /* OpenSSL writes to a descriptor by write(2) */
  SSL_CTX_set_mode(ctx, SSL_MODE_AUTO_RETRY);
  if (!SSL_CTX_use_certificate_chain_file(ctx, tls_file(path, "localhost.pem")) ||
      !SSL_CTX_use_PrivateKey_file(ctx, tls_file(path, "localhost.key"), SSL_FILETYPE_PEM))
    exit(1);
  return ctx;
}

/* The client's end on a connected descriptor, whose certificate is verified as that of localhost. */
static inline SSL *tls_connected(SSL_CTX *ctx, int fd) {
  SSL *ssl = SSL_new(ctx);
  SSL_set_fd(ssl, fd);
  SSL_set_tlsext_host_name(ssl, "localhost");
  SSL_set1_host(ssl, "localhost");
  if (SSL_connect(ssl) != 1) exit(1);
  return ssl;
}

#endif
