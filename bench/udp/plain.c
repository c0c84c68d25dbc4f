/* SPDX-License-Identifier: MIT */
#include "../plain.h"

int main(int argc, char **argv) {
  char data[REQUEST] = "";
  (void)argc;
  arguments(argv);
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  for (long i = 0; i < count; i++) {
    struct sockaddr_in a = peer();
    socklen_t len = sizeof a;
    sendto(fd, data, sizeof data, MSG_NOSIGNAL, (struct sockaddr *)&a, len);
    if (recvfrom(fd, data, sizeof data, 0, (struct sockaddr *)&a, &len) != sizeof data) return 1;
  }
  close(fd);
  return 0;
}
