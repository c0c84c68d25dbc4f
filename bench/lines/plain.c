/* SPDX-License-Identifier: MIT */
#include "../plain.h"

/* counts lines as a program would take them: found with memchr(3), the rest moved to the front */
int main(int argc, char **argv) {
  static char data[PIECE];
  (void)argc;
  arguments(argv);
  int fd = connected(SOCK_STREAM);
  long got = 0, bytes = 0;
  size_t held = 0;
  ssize_t n;
  while ((n = recv(fd, data + held, sizeof data - held, 0)) > 0) {
    char *line = data, *end = data + held + n, *feed;
    while ((feed = memchr(line, '\n', (size_t)(end - line))) != NULL) {
      got++;
      bytes += feed - line;
      line = feed + 1;
    }
    held = (size_t)(end - line);
    memmove(data, line, held);
  }
  close(fd);
  return got != count || bytes != count * 39;
}
