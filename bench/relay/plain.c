/* SPDX-License-Identifier: MIT */
#include "../plain.h"

/* one direction as far as it goes at once; 0 at its end */
static int pass(int from, int to, char *data) {
  ssize_t n = read(from, data, PIECE);
  if (n <= 0) {
    shutdown(to, SHUT_WR);
    return 0;
  }
  for (ssize_t done = 0, sent; done < n; done += sent)
    if ((sent = write(to, data + done, (size_t)(n - done))) < 0) exit(1);
  return 1;
}

int main(int argc, char **argv) {
  static char data[PIECE];
  (void)argc;
  arguments(argv);
  struct sockaddr_in target = peer();
  target.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
  int listener = listening(), a = accept(listener, NULL, NULL), b = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(b, (struct sockaddr *)&target, sizeof target) < 0) return 1;
  struct pollfd fds[2] = {{.fd = a, .events = POLLIN}, {.fd = b, .events = POLLIN}};
  while (fds[0].fd >= 0 || fds[1].fd >= 0) {
    poll(fds, 2, -1);
    if (fds[0].revents && !pass(a, b, data)) fds[0].fd = -1;
    if (fds[1].revents && !pass(b, a, data)) fds[1].fd = -1;
  }
  return 0;
}
