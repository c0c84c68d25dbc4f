/* SPDX-License-Identifier: MIT */
#include "../plain.h"

#define BATCH 32

int main(int argc, char **argv) {
  static char data[BATCH][REQUEST];
  struct sockaddr_in addresses[BATCH], a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t len = sizeof a;
  struct iovec pieces[BATCH];
  struct mmsghdr messages[BATCH];
  (void)argc;
  arguments(argv);
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (bind(fd, (struct sockaddr *)&a, len) < 0 || getsockname(fd, (struct sockaddr *)&a, &len) < 0) return 1;
  for (long i = 0; i < count; i += BATCH) {
    for (int j = 0; j < BATCH; j++) {
      addresses[j] = a;
      pieces[j] = (struct iovec){data[j], REQUEST};
      messages[j] = (struct mmsghdr){
          .msg_hdr = {.msg_name = &addresses[j], .msg_namelen = sizeof a, .msg_iov = &pieces[j], .msg_iovlen = 1}};
    }
    if (sendmmsg(fd, messages, BATCH, 0) != BATCH) return 1;
    for (int got = 0, n; got < BATCH; got += n)
      if ((n = recvmmsg(fd, messages, (unsigned)(BATCH - got), MSG_WAITFORONE, NULL)) <= 0) return 1;
  }
  return 0;
}
