/* SPDX-License-Identifier: MIT */
#include "../plain.h"

#define BATCH 32

/* each datagram by a call of its own */
int main(int argc, char **argv) {
  char data[REQUEST] = {1};
  (void)argc;
  arguments(argv);
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t len = sizeof a;
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (bind(fd, (struct sockaddr *)&a, len) < 0 || getsockname(fd, (struct sockaddr *)&a, &len) < 0) return 1;
  for (long i = 0; i < count; i += BATCH) {
    for (int j = 0; j < BATCH; j++)
      if (sendto(fd, data, sizeof data, 0, (struct sockaddr *)&a, sizeof a) != REQUEST) return 1;
    for (int j = 0; j < BATCH; j++)
      if (recv(fd, data, sizeof data, 0) != REQUEST) return 1;
  }
  return 0;
}
