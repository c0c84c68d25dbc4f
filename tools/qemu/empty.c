/* SPDX-License-Identifier: MIT */
/* A message of no pieces is sent and received as one without bytes. */
#include <sys/socket.h>

int main(void) {
  int ends[2];
  char byte;
  struct msghdr message = {0};
  if (socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) < 0) return 2;
  if (sendmsg(ends[0], &message, 0) < 0 || recv(ends[1], &byte, 1, MSG_DONTWAIT) != 0) return 1;
  if (send(ends[0], "x", 1, 0) < 0) return 2;
  return recvmsg(ends[1], &message, 0) < 0 || recv(ends[1], &byte, 1, MSG_DONTWAIT) >= 0;
}
