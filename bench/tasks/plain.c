/* SPDX-License-Identifier: MIT */
#include "../plain.h"

#define EVENTS 256

/* one request, or the end of the connection: 1 when it has ended */
static int serve(int fd) {
  char data[4096]; /* more than a request, as in servers that do not know how long it is */
  ssize_t n = recv(fd, data, sizeof data, 0);
  if (n > 0) send(fd, data, (size_t)n, MSG_NOSIGNAL);
  else close(fd);
  return n <= 0;
}

int main(int argc, char **argv) {
  struct epoll_event events[EVENTS];
  (void)argc;
  arguments(argv);
  int server = listening(), poller = epoll_create1(EPOLL_CLOEXEC);
  for (long i = 0; i < size; i++) {
    events[0] = (struct epoll_event){.events = EPOLLIN};
    events[0].data.fd = accept4(server, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    epoll_ctl(poller, EPOLL_CTL_ADD, events[0].data.fd, &events[0]);
  }
  for (long left = size; left > 0;) {
    int n = epoll_wait(poller, events, EVENTS, -1);
    for (int i = 0; i < n; i++) left -= serve(events[i].data.fd);
  }
  return 0;
}
