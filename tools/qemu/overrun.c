/* SPDX-License-Identifier: MIT */
/* recvmsg(2) writes no further into the room for control messages than its length says. */
#define _GNU_SOURCE
#include <string.h>
#include <sys/socket.h>

int main(void) {
  int ends[2], on = 1;
  char byte = 'x', got[256];
  struct iovec piece = {&byte, 1};
  if (socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) < 0) return 2;
  if (setsockopt(ends[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof on) < 0) return 2; /* so that there is one */
  for (size_t size = 0; size <= 100; size++) {
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = got, .msg_controllen = size};
    memset(got, 'u', sizeof got);
    if (send(ends[0], &byte, 1, 0) < 0 || recvmsg(ends[1], &message, 0) < 0) return 2;
    for (size_t i = size; i < sizeof got; i++)
      if (got[i] != 'u') return 1;
  }
  return 0;
}
