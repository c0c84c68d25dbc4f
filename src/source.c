/* SPDX-License-Identifier: MIT */
/* Moves bytes between a file and its socket, through the socket's source or, without one, through the descriptor. */
#include "source.h"

ptrdiff_t ps_source_receive(lua_State *L, Socket *s, void *data, size_t size, Wait *wait) {
  if (s->source != NULL) return s->source->receive(L, s, data, size, wait);
  ssize_t n = ps_receive(s, data, size, wait->flags, wait);
  return n < 0 ? PS_ERRNO : n;
}

ptrdiff_t ps_source_send(lua_State *L, Socket *s, const struct iovec *pieces, int count, Wait *wait) {
  if (s->source != NULL) return s->source->send(L, s, pieces, count, wait);
  struct msghdr msg = {.msg_iov = (struct iovec *)(uintptr_t)pieces, .msg_iovlen = (size_t)count};
  ssize_t n = sys_sendmsg(s->fd, &msg, wait->flags);
  return n < 0 ? PS_ERRNO : n;
}
