/* SPDX-License-Identifier: MIT */
#include "../plain.h"

int main(int argc, char **argv) {
  static char data[PIECE];
  memset(data, 1, sizeof data); /* memory of its own: a page of zeros is shared */
  (void)argc;
  arguments(argv);
  int fd = connected(SOCK_STREAM);
  for (long i = 0; i < count; i++)
    for (size_t sent = 0; sent < sizeof data;) {
      ssize_t n = send(fd, data + sent, sizeof data - sent, MSG_NOSIGNAL);
      if (n < 0) return 1;
      sent += (size_t)n;
    }
  close(fd);
  return 0;
}
