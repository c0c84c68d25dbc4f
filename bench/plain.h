/* SPDX-License-Identifier: MIT */
/* What the plain C programs share: their arguments, and the first call. */
#ifndef PLAIN_H
#define PLAIN_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define PIECE 65536
#define REQUEST 64

static int port;
static long count, size;

static inline void arguments(char **argv) {
  port = atoi(argv[1]);
  count = atol(argv[2]);
  size = atol(argv[3]);
}

static inline struct sockaddr_in peer(void) {
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return a;
}

static inline int connected(int type) {
  struct sockaddr_in a = peer();
  int fd = socket(AF_INET, type, 0);
  if (connect(fd, (struct sockaddr *)&a, sizeof a) < 0) exit(1);
  return fd;
}

static inline int listening(void) {
  struct sockaddr_in a = peer();
  int on = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(fd, (struct sockaddr *)&a, sizeof a) < 0 || listen(fd, 4096) < 0) exit(1);
  return fd;
}

#endif
