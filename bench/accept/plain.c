/* SPDX-License-Identifier: MIT */
#include "../plain.h"

int main(int argc, char **argv) {
  (void)argc;
  arguments(argv);
  int server = listening();
  for (long i = 0; i < count; i++) {
    struct sockaddr_in a;
    socklen_t len = sizeof a;
    int fd = accept4(server, (struct sockaddr *)&a, &len, SOCK_CLOEXEC);
    if (fd < 0) return 1;
    close(fd);
  }
  return 0;
}
