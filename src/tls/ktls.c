/* SPDX-License-Identifier: MIT */
/*
** TLS in the kernel (Documentation/networking/tls.rst of Linux): the kernel encrypts what is sent on a descriptor once it
** has the keys, so that sendfile(2) sends a file without a copy in this process.
*/
#include <string.h>

#include "tls.h"

#if defined TCP_ULP && __has_include(<linux/tls.h>)
#include <linux/tls.h>

#ifndef SOL_TLS
#define SOL_TLS 282
#endif

/* The size of the keys of a cipher; 0: this file does not know the cipher. */
static socklen_t size_of(int cipher) {
  switch (cipher) {
    case TLS_CIPHER_AES_GCM_128:
      return sizeof(struct tls12_crypto_info_aes_gcm_128);
#ifdef TLS_CIPHER_AES_GCM_256
    case TLS_CIPHER_AES_GCM_256:
      return sizeof(struct tls12_crypto_info_aes_gcm_256);
#endif
#ifdef TLS_CIPHER_CHACHA20_POLY1305
    case TLS_CIPHER_CHACHA20_POLY1305:
      return sizeof(struct tls12_crypto_info_chacha20_poly1305);
#endif
    default:
      return 0;
  }
}

int ps_ktls_begin(sys_fd fd, const void *keys) {
  const struct tls_crypto_info *info = keys; /* OpenSSL has the kernel's structures */
  socklen_t size = size_of(info->cipher_type);
  return size > 0 && sys_setsockopt(fd, IPPROTO_TCP, TCP_ULP, "tls", sizeof "tls") == 0 &&
         sys_setsockopt(fd, SOL_TLS, TLS_TX, keys, size) == 0;
}

ssize_t ps_ktls_send(sys_fd fd, unsigned char type, const char *data, size_t size) {
  union {
    struct cmsghdr header;
    char room[CMSG_SPACE(sizeof type)];
  } control = {.header = {.cmsg_len = CMSG_LEN(sizeof type), .cmsg_level = SOL_TLS, .cmsg_type = TLS_SET_RECORD_TYPE}};
  struct iovec piece = {.iov_base = (void *)(uintptr_t)data, .iov_len = size};
  struct msghdr msg = {
      .msg_iov = &piece, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control.room};
  memcpy(CMSG_DATA(&control.header), &type, sizeof type);
  return sys_sendmsg(fd, &msg, MSG_DONTWAIT);
}
#else
int ps_ktls_begin(sys_fd fd, const void *keys) { return (void)fd, (void)keys, 0; }

ssize_t ps_ktls_send(sys_fd fd, unsigned char type, const char *data, size_t size) {
  (void)fd, (void)type, (void)data, (void)size;
  return errno = EOPNOTSUPP, -1;
}
#endif
