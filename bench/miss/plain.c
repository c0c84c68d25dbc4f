/* SPDX-License-Identifier: MIT */
#include "../plain.h"

int main(int argc, char **argv) {
  char data[REQUEST];
  (void)argc;
  arguments(argv);
  int fd = connected(SOCK_STREAM);
  fcntl(fd, F_SETFL, O_NONBLOCK);
  for (long i = 0; i < count; i++)
    if (recv(fd, data, sizeof data, 0) >= 0 || errno != EAGAIN) return 1;
  close(fd);
  return 0;
}
