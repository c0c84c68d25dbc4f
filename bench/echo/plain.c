/* SPDX-License-Identifier: MIT */
#include "../plain.h"

int main(int argc, char **argv) {
  char data[REQUEST] = "";
  (void)argc;
  arguments(argv);
  int fd = connected(SOCK_STREAM);
  for (long i = 0; i < count; i++) {
    send(fd, data, sizeof data, MSG_NOSIGNAL);
    for (size_t got = 0; got < sizeof data;) {
      ssize_t n = recv(fd, data + got, sizeof data - got, 0);
      if (n <= 0) return 1;
      got += (size_t)n;
    }
  }
  close(fd);
  return 0;
}
