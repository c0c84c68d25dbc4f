/* SPDX-License-Identifier: MIT */
#include "../plain.h"

int main(int argc, char **argv) {
  static char data[PIECE];
  (void)argc;
  arguments(argv);
  int fd = connected(SOCK_STREAM);
  long got = 0;
  ssize_t n;
  while ((n = recv(fd, data, sizeof data, 0)) > 0) got += n;
  close(fd);
  return got != count * PIECE;
}
