/* SPDX-License-Identifier: MIT */
#include "../plain.h"

/* the wait that follows an attempt in vain */
static ssize_t receive(int fd, char *data, size_t len) {
  for (;;) {
    ssize_t n = recv(fd, data, len, 0);
    if (n >= 0 || errno != EAGAIN) return n;
    if (poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, 5000) <= 0) exit(1);
  }
}

int main(int argc, char **argv) {
  char data[REQUEST] = "";
  (void)argc;
  arguments(argv);
  int fd = connected(SOCK_STREAM);
  fcntl(fd, F_SETFL, O_NONBLOCK);
  for (long i = 0; i < count; i++) {
    send(fd, data, sizeof data, MSG_NOSIGNAL);
    if (receive(fd, data, sizeof data) != sizeof data) return 1;
  }
  close(fd);
  return 0;
}
